"""The run folder: every document whole, `latest` pointing at the newest, and clear errors."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from responder.errors import ConfigError
from responder.reporting.writer import write_run
from tests.reporting.builders import CONCLUSION, VERIFICATION, healthy, report


def run_folder(root: Path, name: str) -> Path:
    folder = root / "reports" / name
    folder.mkdir(parents=True)
    return folder


def test_every_document_is_there(tmp_path: Path) -> None:
    """The folder holds the four documents and the code that was run, and no temporary file."""
    folder = run_folder(tmp_path, "one")

    write_run(report(), folder)

    names = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    assert names == {
        "final_report.md",
        "post_mortem.md",
        "report.json",
        "report.html",
        "verification",
        "verification/V1.py",
        "verification/V1.out",
    }


def test_a_code_block_is_kept_with_its_output_and_exit_code(tmp_path: Path) -> None:
    """A reader can run the block again and compare."""
    folder = run_folder(tmp_path, "one")
    shell = replace(VERIFICATION, id="V2", execution=replace(VERIFICATION.execution, language="sh", exit_code=3))

    write_run(report(conclusion=replace(CONCLUSION, verifications=(VERIFICATION, shell))), folder)

    assert (folder / "verification" / "V1.py").read_text() == VERIFICATION.execution.code
    assert (folder / "verification" / "V2.sh").exists()
    assert (folder / "verification" / "V2.out").read_text().startswith("exit code 3 (exited) after 0.214 s\n")


def test_no_code_means_no_folder_for_it(tmp_path: Path) -> None:
    """An empty `verification/` would look like lost evidence."""
    folder = run_folder(tmp_path, "one")

    write_run(healthy(), folder)

    assert not (folder / "verification").exists()


def test_latest_points_at_the_newest_by_a_relative_link(tmp_path: Path) -> None:
    """Two runs in a row leave `latest` at the second, also after the whole tree has moved."""
    write_run(report(), run_folder(tmp_path, "one"))
    write_run(healthy(), run_folder(tmp_path, "two"))

    (tmp_path / "reports").rename(tmp_path / "moved")
    latest = tmp_path / "moved" / "latest"
    assert str(latest.readlink()) == "two"
    assert json.loads((latest / "report.json").read_text())["verdict"] == "healthy"
    assert sorted(path.name for path in (tmp_path / "moved").iterdir()) == ["latest", "one", "two"]


def test_something_else_called_latest_is_left_alone(tmp_path: Path) -> None:
    """A real folder of that name belongs to somebody."""
    folder = run_folder(tmp_path, "one")
    mine = folder.parent / "latest"
    mine.mkdir()

    write_run(report(), folder)

    assert mine.is_dir()
    assert not mine.is_symlink()


def test_writing_again_replaces_whole_files(tmp_path: Path) -> None:
    """A second write leaves the second report and nothing of the first."""
    folder = run_folder(tmp_path, "one")

    write_run(report(), folder)
    write_run(healthy(), folder)

    assert json.loads((folder / "report.json").read_text())["verdict"] == "healthy"


def test_a_folder_that_is_gone_is_a_clear_error(tmp_path: Path) -> None:
    """The message names the folder and the hint says what to do; no temporary file is left behind."""
    with pytest.raises(ConfigError, match="cannot be written") as caught:
        write_run(report(), tmp_path / "gone")

    assert "--out" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
