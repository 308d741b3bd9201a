"""Claims about the pages of the staged evidence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.staging.interface import Segment, Staged, StagedFile
from responder.team.agents.reader import StagedReader


@pytest.fixture
def reader(tmp_path: Path) -> StagedReader:
    """One whole file of 200 lines, and one of which only lines 1-3 and 901-903 were staged."""
    (tmp_path / "app.log").write_text("".join(f"line {number} <b>a.b</b>\n" for number in range(1, 201)))
    (tmp_path / "big.log").write_text("one\ntwo\nthree\n[...]\nnine hundred one\nlate ERROR\nlast\n")
    whole = StagedFile("logs/app.log", "app.log", 200, (Segment(1, 1, 200),))
    partial = StagedFile("logs/big.log", "big.log", 903, (Segment(1, 1, 3), Segment(5, 901, 3)))
    return StagedReader(Staged(tmp_path, (whole, partial)))


def test_a_page_shows_the_asked_line_with_its_original_number(reader: StagedReader) -> None:
    """Opening at a line shows that line under its own number, as it stands."""
    assert "    150 | line 150 <b>a.b</b>" in str(reader.open("logs/app.log", 150))
    assert "    902 | late ERROR" in str(reader.open("logs/big.log", 902))


def test_a_line_that_was_not_staged_is_said_to_be_missing(reader: StagedReader) -> None:
    """No other line is shown in its place."""
    page = reader.open("logs/big.log", 500)

    assert "line 500 is not in the staged part" in page.heading
    assert page.body == ""


def test_paging_reaches_both_ends_and_says_so(reader: StagedReader) -> None:
    """Turning past the end tells that it is the end instead of showing the same page again."""
    reader.open("logs/app.log")
    pages = [reader.next_page() for _ in range(4)]

    assert "    200 | " in pages[2].body
    assert "last page" in pages[3].heading


def test_find_is_literal_and_gives_original_lines(reader: StagedReader) -> None:
    """Characters of regular expressions mean themselves; hits carry path and original line."""
    assert "logs/big.log:902: late ERROR" in reader.find("late error").body
    assert reader.find("a.b</b>").heading.startswith("200 lines")
    assert reader.find("a* a* zzz").heading.startswith("0 lines")


def test_only_staged_files_can_be_opened(reader: StagedReader, tmp_path: Path) -> None:
    """Absolute paths, parent folders and unknown names are answered with what can be opened."""
    (tmp_path / "secret.txt").write_text("not staged")

    for path in ("/etc/passwd", "../secret.txt", "secret.txt", str(tmp_path / "secret.txt"), ""):
        assert "no file" in reader.open(path).heading


@given(path=st.text(), line=st.integers(), text=st.text())
def test_no_argument_raises(tmp_path_factory: pytest.TempPathFactory, path: str, line: int, text: str) -> None:
    """A model may ask for anything; it gets a page."""
    root = tmp_path_factory.mktemp("staged")
    (root / "a").write_text("x\n")
    reader = StagedReader(Staged(root, (StagedFile("a.log", "a", 1, (Segment(1, 1, 1),)),)))

    for page in (reader.open(path, line), reader.open("a.log", line), reader.find(text), reader.find(text, path)):
        assert page.heading
