import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from responder.audit.journal import FileJournal
from responder.audit.story import StoryJournal, tell
from responder.audit.verify import entries
from responder.safety.redact import NullRedactor


def fixed_clock() -> datetime:
    return datetime(2026, 3, 1, 8, tzinfo=UTC)


def record_all(folder: Path, *events: tuple[Any, Mapping[str, Any]]) -> str:
    with (
        FileJournal(folder / "audit.jsonl", clock=fixed_clock, redactor=NullRedactor()) as inner,
        StoryJournal(inner, folder / "magentic_one.log", clock=fixed_clock, redactor=NullRedactor()) as story,
    ):
        for event, data in events:
            story.record(event, data)
    return (folder / "magentic_one.log").read_text() if (folder / "magentic_one.log").is_file() else ""


def test_the_story_reads_like_one(tmp_path: Path) -> None:
    """Small values stand on the event's line, texts in an indented block below it."""
    text = record_all(
        tmp_path,
        ("run.started", {"task": "analyse the outage", "turns": 20}),
        ("code.requested", {"agent": "Coder", "code": "import platform\nprint(platform.platform())\n"}),
    )

    assert text == (
        "2026-03-01 08:00:00Z #1 run started  task='analyse the outage'  turns=20\n"
        "2026-03-01 08:00:00Z #2 code to run  agent=Coder\n"
        "    code:\n"
        "      | import platform\n"
        "      | print(platform.platform())\n"
    )


def test_long_texts_are_shortened_and_say_so(tmp_path: Path) -> None:
    """A prompt of a megabyte becomes a short block that points to the record."""
    text = record_all(tmp_path, ("model.requested", {"prompt": "line\n" * 200_000}))

    assert len(text) < 4000
    assert "more characters, see audit.jsonl" in text


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=300) | st.lists(st.text(max_size=9)), max_size=4))
def test_data_cannot_forge_an_event(data: Mapping[str, Any]) -> None:
    """Only the event's own line starts at the left margin, and no control character survives."""
    told = tell(7, "tool.finished", data, "2026-03-01T08:00:00.000000Z")

    assert [line for line in told.rstrip("\n").split("\n")[1:] if not line.startswith("    ")] == []
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", told) is None


def test_a_story_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """The journal of record goes on and notes once that its readable twin is missing."""
    (tmp_path / "magentic_one.log").mkdir()

    record_all(tmp_path, ("run.started", {}), ("run.finished", {}))

    events = [entry.event for entry in entries(tmp_path / "audit.jsonl")]
    assert events == ["error", "run.started", "run.finished"]
