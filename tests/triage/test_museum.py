"""Awkward logs read as they should: line numbers, levels, times and the line that explains the failure."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.errors import EvidenceError
from responder.evidence import FileSource
from responder.triage import Triage, default_engine
from responder.triage.parsing import Parser
from responder.triage.timestamps import find_stamp, parse_stamp, to_datetime

MUSEUM = Path(__file__).parent / "museum"
EXPECTED = tomllib.loads((MUSEUM / "expected.toml").read_text("utf-8"))


def read(path: Path) -> Triage:
    return default_engine().triage(FileSource().collect([path]).artifacts)


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items(), ids=list(EXPECTED))
def test_an_awkward_log_reads_as_its_label_says(name: str, expected: dict[str, Any]) -> None:
    """Each file of the museum gives the lines, levels, times and first finding that are written beside it."""
    result = read(MUSEUM / name)
    facts = result.files[0]

    assert (facts.lines, dict(facts.levels)) == (expected["lines"], expected["levels"])
    assert (facts.first_seen, facts.last_seen) == (expected["first"], expected["last"])
    assert result.findings[0].span.line == expected["telling"]
    assert any(expected.get("note", "") in note for note in (*facts.notes, ""))


def test_an_empty_log_is_an_error_that_says_so() -> None:
    """Nothing to read is told, not passed over."""
    with pytest.raises(EvidenceError, match="empty"):
        read(MUSEUM / "empty.log")


def test_a_line_of_five_megabytes_hides_nothing_after_it(tmp_path: Path) -> None:
    """The line counts as one, and the failure behind it is found at its own number."""
    path = tmp_path / "long.log"
    error = "2026-01-02T03:05:05Z ERROR [api] connection pool exhausted after 30 s"
    path.write_text(f"2026-01-02T03:04:05Z INFO {'x ' * 2_500_000}\n{error}\n")

    result = read(path)

    assert result.files[0].lines == 2
    assert result.findings[0].span.line == 2


@given(st.text(max_size=300) | st.from_regex(r"[\[<{ ]{0,2}[0-9TZ:/., +-]{8,40}.{0,40}"))
def test_any_text_is_a_line(text: str) -> None:
    """No text upsets the parser, and every moment that it points at can be read."""
    Parser().parse(text)
    if found := find_stamp(text):
        stamp = parse_stamp(text[slice(*found)])
        assert stamp is None or to_datetime(stamp.seconds).tzinfo is not None
