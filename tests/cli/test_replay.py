"""Claims about repeating a finished run from its journal, through the real command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ENTRYPOINT = Path(__file__).resolve().parents[2] / "magentic_one_orchestrator.py"
SECRET = "hunter2-" + "Zq8LpW3x"
LOG = (
    "2026-03-14 14:03:10.001 UTC [11] LOG:  checkpoint complete\n"
    f"2026-03-14 14:03:11.000 UTC [11] LOG:  connecting with postgres://orders:{SECRET}@orders-db/orders\n"
    + "".join(
        f"2026-03-14 14:03:{second}.418 UTC [{second}] FATAL:  remaining connection slots are reserved for "
        f"superuser connections, password={SECRET}\n"
        for second in range(12, 30)
    )
)


def command(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ENTRYPOINT), *map(str, words)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A finished run over a log that holds a secret."""
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "postgresql.log").write_text(LOG)
    done = command("investigate", logs, "--out", tmp_path / "out", "--model", "analyst", "--sandbox", "auto", "--quiet")
    assert done.returncode == 0, done.stderr
    return (tmp_path / "out" / "latest").resolve()


def test_a_run_repeats_to_the_byte(run: Path) -> None:
    """With no model, no network and no code run, the four reports come out the same, redacted secrets included."""
    assert "REDACTED" in (run / "report.json").read_text()

    done = command("replay", run)

    assert (done.returncode, done.stdout) == (
        0,
        "identical: report.json, final_report.md, post_mortem.md, report.html\n",
    )


def test_changed_evidence_is_the_first_divergence(run: Path, tmp_path: Path) -> None:
    """When the input is no longer what it was, the replay names where it first differs."""
    (tmp_path / "logs" / "postgresql.log").write_text(LOG.replace("14:03:2", "14:04:2"))

    done = command("replay", run)

    assert done.returncode == 7
    assert done.stdout.startswith("diverged: ")


def test_a_changed_journal_is_not_repeated(run: Path) -> None:
    """A record that does not verify proves nothing, so nothing is replayed from it."""
    journal = run / "audit.jsonl"
    lines = journal.read_text().split("\n")
    entry = json.loads(lines[3])
    entry["data"]["stage"] = "other"
    lines[3] = json.dumps(entry)
    journal.write_text("\n".join(lines))

    done = command("replay", run)

    assert done.returncode == 7
    assert "does not verify" in done.stderr


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    """The message says what to name instead."""
    done = command("replay", tmp_path)

    assert done.returncode == 2
    assert "no run at" in done.stderr
