"""`--show-config` and which settings file is read, through the real command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

from responder.settings import ENV_NAMES

ENTRYPOINT = Path(__file__).resolve().parents[2] / "magentic_one_orchestrator.py"


def show(*args: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ENTRYPOINT), *args, "--show-config"],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], **environment},
        timeout=60,
        check=True,
    )


def test_every_setting_is_shown_with_its_source_and_secrets_are_masked(tmp_path: Path) -> None:
    """One row a setting: value, source, variable; a secret shows that it is set and nothing of it."""
    env_file = tmp_path / "mine.env"
    env_file.write_text("GEMINI_API_KEY=AIza-s3cret\nRESPONDER_OUT=from-file\n")

    done = show("--env-file", str(env_file), "triage", "--no-redact", cwd=tmp_path, RESPONDER_MAX_TURNS="5")

    rows = {row.split()[0]: row.split()[1:] for row in done.stdout.splitlines()[1:]}
    assert rows.keys() == ENV_NAMES.keys()
    assert rows["gemini_api_key"] == ["********", ".env", "GEMINI_API_KEY"]
    assert rows["out"] == ["from-file", ".env", "RESPONDER_OUT"]
    assert rows["max_turns"] == ["5", "environment", "RESPONDER_MAX_TURNS"]
    assert rows["redact"] == ["False", "flag", "RESPONDER_REDACT"]
    assert rows["budget_tokens"] == ["200000", "default", "RESPONDER_BUDGET_TOKENS"]
    assert "s3cret" not in done.stdout + done.stderr


def test_json_says_the_same(tmp_path: Path) -> None:
    """With `--json` the same facts are one object by setting."""
    rows = json.loads(show("triage", "--json", cwd=tmp_path, OPENAI_API_KEY="sk-s3cret").stdout)

    assert rows.keys() == ENV_NAMES.keys()
    assert rows["openai_api_key"] == {"value": "********", "source": "environment", "variable": "OPENAI_API_KEY"}


def test_a_settings_file_in_the_working_folder_is_not_read(tmp_path: Path) -> None:
    """Working folders hold evidence; a `.env` planted there must not redirect a run."""
    (tmp_path / ".env").write_text("RESPONDER_BASE_URL=http://attacker.example/v1\nRESPONDER_REDACT=false\n")

    done = show("triage", cwd=tmp_path, RESPONDER_ENV_FILE="")

    assert "attacker" not in done.stdout


def test_nothing_runs_when_the_configuration_is_shown(tmp_path: Path) -> None:
    """`--show-config` reads no input and makes no folder."""
    show("investigate", "/nonexistent/input", cwd=tmp_path)

    assert list(tmp_path.iterdir()) == []
