"""`doctor` against the real machine, and against one that lacks things."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from responder.cli.doctor import examine, verdict
from responder.errors import ExitCode
from responder.settings import Settings

ENTRYPOINT = Path(__file__).resolve().parents[2] / "magentic_one_orchestrator.py"
NO_ENGINE = "unix:///nonexistent/docker.sock"


def doctor(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ENTRYPOINT), "doctor", *args],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "RESPONDER_ENV_FILE": "/dev/null", "DOCKER_HOST": NO_ENGINE, **environment},
        timeout=120,
    )


def test_a_missing_engine_is_told_with_its_fix_and_is_no_failure() -> None:
    """Without an engine a run still works, so `doctor` exits 0, and the rows that need the engine say what to do."""
    done = doctor("--json")

    told = json.loads(done.stdout)
    rows = {row["name"]: row for row in told["checks"]}
    assert (done.returncode, told["ready"]) == (ExitCode.OK, True), done.stderr
    for name in ("container engine", "sandbox docker"):
        assert rows[name]["state"] == "missing"
        assert rows[name]["fix"]
    assert rows["model"]["found"].startswith("analyst")


def test_a_demanded_sandbox_that_is_not_there_is_refused() -> None:
    """`doctor` ends the way a run with these settings would."""
    assert doctor("--sandbox", "docker").returncode == ExitCode.SANDBOX_REFUSED


def test_a_model_nobody_can_reach_is_a_wrong_setting() -> None:
    """An unknown model name is named with the way out, and is the usage code."""
    done = doctor("--json", RESPONDER_MODEL="no-such-model")

    [row] = [row for row in json.loads(done.stdout)["checks"] if row["name"] == "model"]
    assert done.returncode == ExitCode.USAGE
    assert row["state"] == "wrong"
    assert "--base-url" in row["fix"]


def test_a_key_decides_the_model_and_stays_unseen() -> None:
    """The row says which key decided, never what it is."""
    done = doctor(OPENAI_API_KEY="sk-s3cret")

    assert "OPENAI_API_KEY is set" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr


async def test_an_output_folder_that_cannot_be_made_is_wrong(tmp_path: Path) -> None:
    """A file where the output folder should be would stop every run."""
    blocked = tmp_path / "file"
    blocked.touch()
    settings = Settings(out=blocked / "reports", docker_host=NO_ENGINE)

    checks = await examine(settings, env_file=None)

    assert {check.name: check.state for check in checks}["output folder"] == "wrong"
    assert verdict(checks, settings) == ExitCode.USAGE


@pytest.mark.parametrize(("mode", "state"), [(0o600, "ok"), (0o644, "warning")])
async def test_a_settings_file_open_to_others_is_a_warning(tmp_path: Path, mode: int, state: str) -> None:
    """A `.env` holds keys, so other users must not be able to read it."""
    env_file = tmp_path / ".env"
    env_file.touch()
    env_file.chmod(mode)

    checks = await examine(Settings(docker_host=NO_ENGINE, out=tmp_path), env_file=env_file)

    assert {check.name: check.state for check in checks}[".env"] == state
