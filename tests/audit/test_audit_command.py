import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from responder.audit.interface import Head
from responder.audit.journal import FileJournal
from responder.cli.audit import app
from responder.errors import AuditError, ConfigError
from responder.safety.redact import NullRedactor


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    with FileJournal(
        tmp_path / "audit.jsonl", clock=lambda: datetime(2026, 3, 1, tzinfo=UTC), redactor=NullRedactor()
    ) as journal:
        for number in range(5):
            journal.record("decision", {"number": number})
        write_report(tmp_path, journal.head())
    return tmp_path


def write_report(folder: Path, head: Head) -> None:
    audit = {"path": "audit.jsonl", "entries": head.entries, "head": head.hash}
    (folder / "report.json").write_text(json.dumps({"audit": audit}))


def test_a_sound_run_verifies_as_folder_and_as_file(run_folder: Path) -> None:
    """Exit 0, and the answer says that the report's head was checked."""
    for target in (run_folder, run_folder / "audit.jsonl"):
        result = CliRunner().invoke(app, ["verify", str(target)])

        assert result.exit_code == 0
        assert "the report's head is among them" in result.stdout


def test_a_cut_tail_is_found_against_the_report(run_folder: Path) -> None:
    """Exit 7, and the line is named, in words and in JSON."""
    journal = run_folder / "audit.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:3]))

    words = CliRunner().invoke(app, ["verify", str(run_folder)])
    data = CliRunner().invoke(app, ["verify", str(run_folder), "--json"])

    assert (words.exit_code, data.exit_code) == (7, 7)
    assert words.stdout.startswith("tampered: line 4 is missing")
    assert (json.loads(data.stdout)["status"], json.loads(data.stdout)["line"]) == ("tampered", 4)


def test_a_head_kept_elsewhere_beats_the_report(run_folder: Path) -> None:
    """A forger who rewrites the report too is found by a head that was noted down elsewhere."""
    result = CliRunner().invoke(app, ["verify", str(run_folder), "--head", "5:" + "a" * 64])

    assert result.exit_code == 7
    assert "computed anew" in result.stdout


@pytest.mark.parametrize("report", ["", "{}", "[]", "[" * 100_000, '{"audit": {"entries": true, "head": "x"}}'])
def test_a_damaged_report_is_not_taken_for_a_missing_one(run_folder: Path, report: str) -> None:
    """Spoiling the report must not turn off the check against it."""
    (run_folder / "report.json").write_text(report)

    result = CliRunner().invoke(app, ["verify", str(run_folder)])

    assert isinstance(result.exception, AuditError)


@pytest.mark.parametrize("arguments", [["/does/not/exist"], [".", "--head", "5:xyz"], [".", "--head", "hash"]])
def test_wrong_arguments_are_configuration_errors(arguments: list[str]) -> None:
    """A wrong path or head is the caller's mistake, not a broken journal."""
    result = CliRunner().invoke(app, ["verify", *arguments])

    assert isinstance(result.exception, ConfigError)
