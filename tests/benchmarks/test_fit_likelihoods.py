"""The script that fits the likelihoods, run as a user runs it, on cases made here."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "benchmarks" / "fit_likelihoods.py"
FULL = "2026-03-04T14:03:{:02}Z ERROR write failed: No space left on device\n"


def case(folder: Path, lines: str, component: str) -> None:
    (folder / "input").mkdir(parents=True)
    (folder / "input" / f"{component}.log").write_text(lines)
    expected = {
        "group": folder.name,
        "task": "incident_root_cause",
        "inputs": [f"input/{component}.log"],
        "labels": {"root_cause_component": component},
    }
    (folder / "expected.json").write_text(json.dumps(expected))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False, timeout=300
    )


def test_reports_on_cases_of_ones_own_and_writes_nothing(tmp_path: Path) -> None:
    """The report has the calibration of groups held out; the shipped table stays as it is."""
    table = (ROOT / "responder" / "causes" / "likelihoods.toml").read_bytes()
    for number in range(3):
        case(tmp_path / "own" / f"case{number}", "".join(FULL.format(s) for s in range(20)), f"store-{number}x")

    done = run("--cases", str(tmp_path), "--jobs", "1")

    assert done.returncode == 0, done.stderr
    assert "| own | 3 |" in done.stdout
    assert "| `states_cause` |" in done.stdout
    assert (ROOT / "responder" / "causes" / "likelihoods.toml").read_bytes() == table


def test_an_empty_folder_is_a_clear_error(tmp_path: Path) -> None:
    """Without a labelled case there is nothing to fit."""
    done = run("--cases", str(tmp_path))

    assert done.returncode == 2
    assert "no labelled case" in done.stderr


def test_without_cases_it_prints_how_the_shipped_table_was_fitted() -> None:
    """The training report can be read without a single case."""
    done = run()

    assert done.returncode == 0
    assert done.stdout == (ROOT / "docs" / "calibration-report.md").read_text(encoding="utf-8") + "\n"
