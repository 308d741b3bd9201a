"""Twelve incidents told by several signals, each with one thing in it that leads a hasty reader astray."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.command import run, run_folder
from tests.acceptance.expectation import broken_promises, differences, load

FOLDER = Path(__file__).resolve().parent / "incidents"
INCIDENTS = sorted(path.parent.name for path in FOLDER.glob("*/expected.toml"))
MOST_BYTES = 200_000


def test_there_are_twelve_small_incidents() -> None:
    """Every incident has logs and an expectation, and fits into two hundred kilobytes."""
    sizes = {
        folder.parent.name: sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        for folder in FOLDER.glob("*/logs")
    }

    assert sorted(sizes) == INCIDENTS
    assert len(sizes) == 12
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}


def test_incidents_are_written_by_their_generator(tmp_path: Path) -> None:
    """Running the generator gives the bundled files byte for byte, and there are no others."""
    subprocess.run([sys.executable, FOLDER / "generate.py", "--out", tmp_path], check=True)

    def files(folder: Path) -> dict[str, bytes]:
        found = folder.glob("*/logs/**/*")
        return {str(path.relative_to(folder)): path.read_bytes() for path in found if path.is_file()}

    assert files(tmp_path) == files(FOLDER)


@pytest.mark.parametrize("incident", INCIDENTS)
def test_expectation_points_at_lines_that_exist(incident: str) -> None:
    """Every place an expectation accepts is found, so a comparison can only fail for the report's sake."""
    expected = load(FOLDER / incident)

    assert [place for place in expected.places if not place.lines(expected.logs)] == []


@pytest.mark.parametrize("incident", INCIDENTS)
def test_triage_answers(incident: str) -> None:
    """Code alone is not led astray, and every promise of a report holds."""
    expected = load(FOLDER / incident)

    ended = run("triage", expected.logs, "--json", "--task", expected.task)

    assert ended.code == expected.exit_code, ended.stderr
    assert differences(ended.report, expected) == []
    assert broken_promises(ended.report, expected.logs) == []


@pytest.mark.docker
@pytest.mark.parametrize("incident", INCIDENTS)
def test_whole_run_answers_in_docker(incident: str, tmp_path: Path) -> None:
    """The team reaches the same answer, and what it tested in the container does not overturn it."""
    expected = load(FOLDER / incident)

    ended = run(
        "investigate", expected.logs, "--out", tmp_path, "--model", "analyst", "--sandbox", "docker", "--json",
        "--task", expected.task,
    )  # fmt: skip

    assert ended.code == expected.exit_code, ended.stderr
    assert differences(ended.report, expected) == []
    assert broken_promises(ended.report, expected.logs) == []
    assert {execution["ending"] for execution in ended.report["sandbox"]["executions"]} <= {"exited"}
    assert (run_folder(tmp_path) / "final_report.md").is_file()
