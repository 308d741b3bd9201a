"""What a file leaves open about its clock is settled by the whole of it, and told."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.evidence import FileSource
from responder.evidence.interface import Artifact
from responder.triage import Triage, default_engine
from responder.triage.classify import Classifier
from responder.triage.intake import read_document
from responder.triage.interface import FileFacts
from responder.triage.signatures import packaged_rules


def read(tmp_path: Path, *lines: str, **others: str) -> Triage:
    (tmp_path / "app.log").write_text("\n".join(lines) + "\n")
    for name, text in others.items():
        (tmp_path / f"{name}.log").write_text(text)
    return default_engine().triage(FileSource().collect([tmp_path]).artifacts)


def times_of(*lines: bytes) -> Sequence[float | None]:
    data = b"\n".join(lines)
    artifact = Artifact("app.log", len(data), lambda: io.BytesIO(data))
    return read_document(artifact, Classifier(packaged_rules())).times()


def facts_of(result: Triage) -> FileFacts:
    return next(file for file in result.files if file.path == "app.log")


def test_the_year_turns_between_lines_that_name_none(tmp_path: Path) -> None:
    """After New Year the year is the one other evidence names, and before it the one before."""
    facts = facts_of(
        read(
            tmp_path,
            "Dec 31 23:59:58 web nginx[1]: worker started",
            "Jan  1 00:00:03 web nginx[1]: worker exited",
            other="2026-01-01T00:00:09Z ERROR refused\n",
        )
    )

    assert facts.first_seen == datetime(2025, 12, 31, 23, 59, 58, tzinfo=UTC)
    assert facts.last_seen == datetime(2026, 1, 1, 0, 0, 3, tzinfo=UTC)
    assert "the year turns between lines that name none" in facts.notes


def test_lines_out_of_order_turn_no_year(tmp_path: Path) -> None:
    """Months in any order are lines in any order; only December beside January is New Year."""
    facts = facts_of(read(tmp_path, "Jun  1 00:00:00 web a[1]: x", "Feb  1 00:00:00 web a[1]: x"))

    assert facts.first_seen == datetime(2000, 2, 1, tzinfo=UTC)
    assert not any("turns" in note for note in facts.notes)


def test_a_leap_day_in_a_year_without_one_is_the_day_after(tmp_path: Path) -> None:
    """The year taken from other evidence need not have 29 February; that upsets nothing."""
    facts = facts_of(read(tmp_path, "Feb 29 10:00:00 web a[1]: x", other="2026-03-01T00:00:09Z ERROR refused\n"))

    assert facts.first_seen == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_one_day_above_twelve_settles_the_whole_file(tmp_path: Path) -> None:
    """Where one line can only be day first, so are the lines that could be either."""
    facts = facts_of(read(tmp_path, "05/01/2026 10:00:00 ERROR a", "13/01/2026 10:00:00 ERROR b"))

    assert facts.first_seen == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert "day and month could be either: the day first" in facts.notes


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        (["2026-01-02T03:00:00Z INFO a", "2026-01-02T02:00:00Z INFO b"], "the clock goes back by 3600 s at line 2"),
        ([f"2026-01-02T{hour:02}:00:00Z INFO a" for hour in (9, 7, 5, 3, 1)], "the newest lines stand first"),
        (["2026-01-02 03:00:00 IST INFO a"], "several zones are called IST: one was assumed"),
        (["01/02/2026 10:00:00 ERROR a"], "day and month could be either: the month first"),
        (
            ["2026-01-02T03:04:05.123456789Z stderr F 2026-01-02 04:04:05 ERROR boom"],
            "two clocks stand in a line: the program's own is read where it names its zone",
        ),
    ],
)
def test_what_was_assumed_is_told(tmp_path: Path, lines: list[str], note: str) -> None:
    """Each assumption about time stands in the notes of its file."""
    assert note in facts_of(read(tmp_path, *lines)).notes


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("\x1b[32m2026-01-02T03:04:05Z\x1b[0m ERROR boom 1", "\x1b[32m2026-01-02T03:04:06Z\x1b[0m ERROR boom 2"),
        ("2026-01-02T03:04:05.1Z ERROR boom", "2026-01-02T03:04:06.123456Z ERROR boom"),
        ("9:M 02 Jan 2026 03:04:05.678 # boom", "10:M 02 Jan 2026 03:04:06.678 # boom"),
        ("Jan 9 03:04:05 2026 ERROR boom", "Jan 10 03:04:05 2026 ERROR boom"),
    ],
)
def test_each_line_has_its_own_time(tmp_path: Path, first: str, second: str) -> None:
    """Lines of one kind differ in where their moment stands: colours, shorter numbers, longer fractions."""
    facts = facts_of(read(tmp_path, first, second))

    assert facts.first_seen is not None
    assert facts.last_seen is not None
    assert facts.last_seen > facts.first_seen


@given(
    lines=st.lists(
        st.tuples(st.integers(0, 255), st.integers(0, 10**9), st.integers(0, 59), st.sampled_from(["", ".5", ".678"])),
        min_size=1,
        max_size=8,
    ),
    form=st.sampled_from(
        [
            '10.0.0.{0} - - [02/Jan/2026:03:04:{2:02} +0000] "GET /{1} HTTP/1.1" 200',
            "{0} {1} 2026-01-02 03:04:{2:02}{3} boom {1}",
            '{{"host":{0},"n":{1},"time":"2026-01-02T03:04:{2:02}{3}Z","msg":"boom"}}',
            "9:M {0} 02 Jan 2026 03:04:{2:02}{3} # boom",
            "request {0} of {1} at Jan  2 2026 3:04:{2:02} done",
        ]
    ),
)
def test_a_moment_behind_numbers_of_any_length_is_that_of_its_line(
    lines: list[tuple[int, int, int, str]], form: str
) -> None:
    """Every line has the time that it has in a file of its own."""
    raw = [form.format(*values).encode() for values in lines]

    assert list(times_of(*raw)) == [times_of(line)[0] for line in raw]


def test_a_moment_behind_a_long_message_is_that_of_its_line(tmp_path: Path) -> None:
    """A container runtime writes the time last; lines of one kind are of other lengths, and keep their own times."""
    line = '{{"log":"boom {} {}\\n","stream":"stderr","time":"2026-01-02T03:04:0{}.5Z"}}'
    facts = facts_of(read(tmp_path, line.format("x" * 600, 1, 5), line.format("x" * 600, 10**40, 6)))

    assert facts.first_seen == datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)
    assert facts.last_seen == datetime(2026, 1, 2, 3, 4, 6, 500_000, tzinfo=UTC)


def test_a_moment_out_of_reach_upsets_nothing(tmp_path: Path) -> None:
    """Behind thousands of characters the time need not be found, but nothing fails."""
    long = "x" * 6000

    assert (
        facts_of(read(tmp_path, *(f'{{"a": "{long}", "time": "2026-01-02T03:04:0{n}Z"}}' for n in (5, 6)))).lines == 2
    )
