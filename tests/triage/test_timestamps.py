"""Every way of writing a moment ends in UTC, with what was assumed."""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.triage.timestamps import (
    _ANY,
    _DIGITS,
    _SHAPES,
    Stamp,
    find_stamp,
    parse_iso,
    parse_stamp,
    parse_syslog,
    to_datetime,
)

NOON = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        ("2026-01-02T03:04:05Z", 0),
        ("2026-01-02T04:04:05.678+01:00", 678),
        ("2026-01-02 03:04:05,678", 678),
        ("2026/01/02 03:04:05", 0),
        ("2026-01-02 03:04:05.678 UTC", 678),
        ("2026-01-01 22:04:05 EST", 0),
        ("02/Jan/2026:03:04:05 +0000", 0),
        ("Fri Jan 02 03:04:05.678 2026", 678),
        ("Fri Jan  2 03:04:05 UTC 2026", 0),
        ("Jan 2, 2026 3:04:05 AM", 0),
        ("02 Jan 2026 03:04:05.678", 678),
        ("20260102 030405", 0),
        ("20260102-3:4:5:678", 678),
        ("260102 03:04:05", 0),
        ("26/01/02 03:04:05", 0),
        ("02.01.2026 03:04:05", 0),
        ("01/02/2026 03:04:05", 0),
        ("2026-01-02-03.04.05.678000", 678),
        ("1767323045", 0),
        ("1767323045.678", 678),
        ("1767323045678", 678),
        ("1767323045678000", 678),
        ("1767323045678000000", 678),
    ],
)
def test_a_moment_is_read_to_utc(text: str, fraction: int) -> None:
    """Zones, month names, separators, missing separators and epochs of four precisions."""
    stamp = parse_stamp(text)

    assert stamp is not None
    assert stamp.dated
    assert abs(to_datetime(stamp.seconds) - NOON - timedelta(milliseconds=fraction)) < timedelta(microseconds=2)


@pytest.mark.parametrize("text", ["Jan  2 03:04:05", "0102 03:04:05.000000", "01-02 03:04:05.000"])
def test_a_missing_year_is_told(text: str) -> None:
    """The caller learns that the year is not the log's own."""
    stamp = parse_stamp(text)

    assert stamp is not None
    assert not stamp.dated
    assert to_datetime(stamp.seconds).replace(year=2026) == NOON


@pytest.mark.parametrize("text", ["2026-13-02 03:04:05", "99:99:99", "version 1.2.3", "", "12345678901234567890"])
def test_what_is_no_moment_is_not_one(text: str) -> None:
    """Impossible dates, versions and long numbers are not times."""
    assert parse_stamp(text) is None
    assert find_stamp(text) is None


def test_a_day_above_twelve_settles_the_order() -> None:
    """13/01 can only be day first."""
    stamp = parse_stamp("13/01/2026 00:00:00")

    assert stamp is not None
    assert to_datetime(stamp.seconds) == datetime(2026, 1, 13, tzinfo=UTC)


@given(moment=st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1)), minutes=st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_iso_round_trip(moment: datetime, minutes: int) -> None:
    """Whatever `isoformat` writes, in any zone, is read as the same moment."""
    from datetime import timezone

    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    stamp = parse_stamp(zoned.isoformat())

    assert stamp is not None
    assert abs(to_datetime(stamp.seconds) - zoned) < timedelta(microseconds=2)


@given(text=st.text(max_size=200))
def test_any_text_is_searched_without_failing(text: str) -> None:
    """Finding a moment never fails, and what it finds parses."""
    span = find_stamp(text)

    assert span is None or parse_stamp(text[span[0] :]) is not None


USUAL = st.from_regex(
    r"\A\d{4}-[01]\d-[0-3]\d[T ][0-2]\d:[0-6]\d:[0-6]\d(?:[.,]\d{1,9})?(?:Z|[+-][0-2]\d:[0-6]\d|)\Z",
    alphabet=string.printable,
)


@pytest.mark.compiled
@given(
    text=st.one_of(USUAL, USUAL.flatmap(lambda text: st.permutations(text).map("".join))),
    before=st.binary(),
    after=st.binary(),
)
def test_the_compiled_loop_reads_moments_alike(text: str, before: bytes, after: bytes) -> None:
    """A moment that it reads is the one that Python reads, to the last bit, and what it does not read is left over."""
    from responder.triage._speed import moments

    place = (len(before), len(before) + len(text))
    (seconds,), unzoned = moments([before + text.encode() + after], [place])

    assert seconds is None or parse_iso(text) == Stamp(seconds, zoned=not unzoned)


@pytest.mark.compiled
@given(
    moment=st.datetimes(NOON.replace(year=1800, tzinfo=None), NOON.replace(year=2200, tzinfo=None)),
    form=st.sampled_from(["{}Z", "{}+05:30", "{}"]),
)
def test_the_compiled_loop_reads_every_usual_moment(moment: datetime, form: str) -> None:
    """It is a gain: no moment that most logs write is left to Python."""
    from responder.triage._speed import moments

    for separator in "T ":
        text = form.format(moment.isoformat(separator))
        assert moments([f"[{text}] x".encode()], [(1, 1 + len(text))]) == ([parse_iso(text).seconds], form == "{}")  # type: ignore[union-attr]


@pytest.mark.compiled
@given(line=st.binary(max_size=40), start=st.integers(-5, 60), end=st.integers(-5, 60))
def test_the_compiled_loop_reads_nothing_outside_of_a_line(line: bytes, start: int, end: int) -> None:
    """Places that a line does not have are no error."""
    from responder.triage._speed import moments

    assert moments([line, line], [(start, end), None])[0][1] is None


@given(text=st.from_regex(r"\A[A-Z][a-z]{2} [ 0-3]\d [0-2]\d:[0-6]\d:[0-6]\d\Z", alphabet=string.printable))
def test_the_short_way_for_system_logs_reads_alike(text: str) -> None:
    """What it reads is what the whole pattern reads."""
    assert parse_syslog(text) in (None, parse_stamp(text))


@given(
    moment=st.datetimes(NOON.replace(year=2000, month=1, tzinfo=None), NOON.replace(year=2000, month=12, tzinfo=None))
)
def test_the_short_way_for_system_logs_reads_every_moment(moment: datetime) -> None:
    """It is a gain: none of a system log's moments is left to the whole pattern."""
    assert parse_syslog(f"{moment:%b} {moment.day:2} {moment:%H:%M:%S}") is not None


@given(
    before=st.text("0123456789:. -/TZ", max_size=6),
    moment=st.one_of([st.from_regex(shape.replace("{0}", f"z_{name}")) for name, shape in _SHAPES]),
    behind=st.text("0123456789:. -/TZ", max_size=6),
)
def test_no_text_that_holds_a_moment_is_turned_away(before: str, moment: str, behind: str) -> None:
    """What every moment holds stands wherever the patterns of moments find one."""
    text = before + moment + behind

    assert _DIGITS.search(text) or not _ANY.search(text)
