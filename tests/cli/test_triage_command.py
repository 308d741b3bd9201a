"""`triage` through the real command line: the report, the exit codes, what it loads."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import jsonschema

from responder.errors import ExitCode

PROJECT = Path(__file__).resolve().parents[2]
ENTRYPOINT = PROJECT / "magentic_one_orchestrator.py"
SAMPLES = PROJECT / "sample_logs"


def triage(*args: str | Path, stdin: bytes = b"", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, str(ENTRYPOINT), "triage", *map(str, args)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "RESPONDER_ENV_FILE": "/dev/null"},
        timeout=120,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_without_input_the_bundled_sample_is_diagnosed(tmp_path: Path) -> None:
    """From any folder, in words, with code 0, and nothing is written."""
    done = triage(cwd=tmp_path)

    assert done.returncode == ExitCode.OK, done.stderr
    assert "connection" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_json_is_the_report_contract() -> None:
    """`--json` prints one document that the shipped schema accepts."""
    report = json.loads(triage("--json").stdout)

    jsonschema.validate(report, json.loads((files("responder.reporting") / "report.schema.json").read_text()))
    assert report["verdict"] == "diagnosed"
    assert report["root_cause"]["category"] == "resource_exhaustion.connections"


def test_it_loads_neither_agents_nor_engine_nor_templates() -> None:
    """What `triage` does not need it does not pay for."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(ENTRYPOINT), "triage"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "RESPONDER_ENV_FILE": "/dev/null"},
        timeout=60,
    )

    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "responder.pipeline" in imported
    assert (
        not {"autogen_core", "autogen_agentchat", "docker", "jinja2", "openai", "requests", "pydantic", "asyncio"}
        & imported
    )


def test_a_healthy_folder_is_code_0() -> None:
    """Healthy is an answer, not a failure."""
    done = triage(SAMPLES / "healthy" / "logs", "--json")

    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (ExitCode.OK, "healthy")


def test_fail_on_turns_a_verdict_into_code_1() -> None:
    """Pipelines choose which verdict is a failure."""
    assert triage(SAMPLES / "healthy" / "logs", "--fail-on", "healthy").returncode == ExitCode.FINDING
    assert triage(SAMPLES / "healthy" / "logs", "--fail-on", "diagnosed").returncode == ExitCode.OK


def test_standard_input_is_an_input() -> None:
    """A pipe can be explained like a file."""
    line = b"2026-03-14 12:00:0%d UTC [99] FATAL:  remaining connection slots are reserved for superusers\n"

    done = triage("-", "--json", stdin=b"".join(line % second for second in range(9)))

    report = json.loads(done.stdout)
    assert [item["line"] for item in report["evidence"]][:1] == [1]
    assert done.returncode in (ExitCode.OK, ExitCode.INCONCLUSIVE)


def test_terminal_sequences_in_logs_and_names_stay_there(tmp_path: Path) -> None:
    """Neither a log line nor a file name can move the cursor or set the title."""
    (tmp_path / "evil\x1b]0;owned\x07.log").write_bytes(
        b"2026-03-14 12:00:00 FATAL \x1b[2J\x1b]0;owned\x07 remaining connection slots are reserved\n" * 5
    )

    done = triage(tmp_path, "--task", "why \x1b[2J?")

    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stdout + done.stderr
