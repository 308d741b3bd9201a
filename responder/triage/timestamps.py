"""Every way logs write the time, to seconds since 1970 in UTC, with what had to be assumed."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from responder.patterns import lazy

__all__ = [
    "NO_YEAR",
    "STAMP_NAMES",
    "Stamp",
    "find_stamp",
    "parse_iso",
    "parse_stamp",
    "parse_syslog",
    "stamp_end",
    "to_datetime",
]

NO_YEAR = 2000
"""Written when neither the line nor anything else in the evidence states a year; a leap year, so 29 February parses."""


class Stamp(NamedTuple):
    """One moment as a line states it; a tuple, because each line of a log may need one."""

    seconds: float
    """Since 1970-01-01 UTC, with the assumptions below."""
    zoned: bool
    """False: the line names no zone and UTC was assumed."""
    dated: bool = True
    """False: the line names no year and `NO_YEAR` stands in it."""
    other: float | None = None
    """The seconds with day and month read the other way round, when the line leaves that open."""
    day_first: bool = False
    """The day stands before the month and can be nothing else: it is above twelve."""
    guessed_zone: str = ""
    """The name of its zone, when several zones have that name; one of them was assumed."""


_MONTHS = dict(
    zip(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], range(1, 13), strict=True)
)
_ZONES: dict[str, float] = {
    **dict.fromkeys(("z", "utc", "gmt", "wet"), 0),
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "cet": 1,
    "cest": 2,
    "bst": 1,
    "ist": 5.5,
    "jst": 9,
    "msk": 3,
    "eet": 2,
    "eest": 3,
    "west": 1,
    "sast": 2,
    "pkt": 5,
    "wib": 7,
    "hkt": 8,
    "sgt": 8,
    "awst": 8,
    "kst": 9,
    "acst": 9.5,
    "aest": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
    "brt": -3,
    "akst": -9,
    "akdt": -8,
    "hst": -10,
}
_GUESSED = frozenset({"cst", "ist", "bst", "est", "mst"})
"""America or China, India or Israel or Ireland, Britain or Bangladesh, America or Australia, America or Malaysia."""
_NAMED = (
    r"UTC|GMT|[ECMP][SD]T|CES?T|BST|IST|JST|MSK|EES?T|WES?T|SAST|PKT|WIB|HKT|SGT|AWST|KST|ACST|AE[SD]T|NZ[SD]T|BRT"
    r"|AK[SD]T|HST"
)
_ZONE = r"(?:\s?(?P<{0}>Z\b|[+-]\d\d:?\d\d\b|[+-]\d\d(?![\d:-])|(?:" + _NAMED + r")\b))?"
_MON = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?"
STAMP_NAMES = frozenset(re.findall("[A-Z][a-z]{2}", _MON + _DAY))
"""A moment begins with a digit or with one of these: the name of a month or of a day."""
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,:]\d{1,9})?)?"

_SHAPES: tuple[tuple[str, str], ...] = (
    # 2026-01-02T03:04:05.678+01:00, 2026/01/02 03:04:05,678, 2026-01-02-03.04.05.678
    (
        "iso",
        r"\d{4}[-/.:]\d\d[-/.:]\d\d(?:[T _-]|\s{1,2}|T )(?:\d\d|(?<=\s)\d)[:.]\d\d[:.]\d\d(?:[.,:]\d{1,9})?"
        r"(?: [AP]M\b)?" + _ZONE,
    ),
    # 02/Jan/2026:03:04:05 +0000, 2-Jan-2026 03:04:05.678, 02 Jan 2026 03:04:05
    ("dmy", r"\d{1,2}[-/. ]" + _MON + r"[-/. ]\d{2,4}[: ]{1,2}" + _CLOCK + _ZONE),
    # Fri Jan 02 03:04:05.678 UTC 2026, Fri, Jan 2, 2026 at 03:04:05
    (
        "ctime",
        _DAY + _MON + r"\s{1,2}\d{1,2} " + _CLOCK + r"(?: [A-Z]{3,4})? \d{4}\b",
    ),
    ("mdy", _MON + r"\s{1,2}\d{1,2},? \d{4},?(?: at)? \d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?(?: [AP]M)?" + _ZONE),
    # Jan  2 03:04:05: no year
    ("syslog", _MON + r"\s{1,2}\d{1,2}\s{1,2}\d\d:\d\d:\d\d(?:[.,]\d{1,9})?" + _ZONE),
    # 01/02/2026 03:04:05 PM, 02.01.2026 03:04:05
    ("slashes", r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4},? {1,2}\d{1,2}:\d\d:\d\d(?:[.,:]\d{1,9})?(?: [AP]M)?" + _ZONE),
    # 26/01/02 03:04:05, 2601 02 03:04:05 and 260102 03:04:05
    ("short", r"\d\d[/-]?\d\d[/-]?\d\d\s{1,2}\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?"),
    ("compact", r"20\d{6}[-T _]?\d{6}(?:[.,]\d{1,9})?" + _ZONE),
    ("shortcompact", r"\d{6} \d{6}(?=\s|$)"),
    ("compactclock", r"20\d{6}[-T ]\d{1,2}:\d{1,2}:\d{1,2}(?:[.,:]\d{1,9})?"),
    # klog: 0102 03:04:05.678901, android: 01-02 03:04:05.678
    ("noyear", r"\d\d-?\d\d \d\d:\d\d:\d\d\.\d{3,6}"),
    ("epoch", r"1[0-9]{9}(?:[.]\d{1,9}|\d{9}|\d{6}|\d{3})?(?!\d)"),
)
_ANY = lazy("|".join(f"(?P<{name}>(?<![\\w.:/-]){shape.replace('{0}', f'z_{name}')})" for name, shape in _SHAPES))
_DIGITS = lazy(r"\d(?:(?<!\d{3}):\d\d|\.\d\d[:.]\d\d|\d{5})")
"""Every moment holds these, and most texts are turned away ten times as fast."""
_ISO_WIDTH = len("2026-01-02T03:04:05.123456")
_SYSLOG_WIDTH = len("Jan  2 03:04:05")
_NUMBERS = lazy(r"\d+")
_MONTH = lazy(_MON)


def find_stamp(text: str, start: int = 0, end: int = 160) -> tuple[int, int] | None:
    """Where the first moment in this part of a line stands; None when there is none that parses."""
    match = _ANY.search(text, start, end) if _DIGITS.search(text, start, end) else None
    while match:
        if _is_moment(match):
            return match.span()
        match = _ANY.search(text, match.start() + 1, end)
    return None


def stamp_end(text: str, start: int) -> int | None:
    """Where the moment that begins exactly here ends; None when none begins here."""
    match = _ANY.match(text, start)
    return match.end() if match and _is_moment(match) else None


def _is_moment(match: re.Match[str]) -> bool:
    return parse_iso(match[0]) is not None or _read(match) is not None


def parse_stamp(text: str) -> Stamp | None:
    """Read a moment that begins at the first character; None when it is not one."""
    match = _ANY.match(text)
    return _read(match) if match else None


def parse_iso(text: str) -> Stamp | None:
    """Read a moment that is exactly the whole text, fast for the most frequent way to write one; None for others."""
    if len(text) < 19 or text[4] != "-" or text[10] not in "T ":
        return None
    try:
        moment = datetime.fromisoformat(text.replace(",", ".") if "," in text else text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        # More digits than a microsecond has would be cut off here, and are rounded there.
        return Stamp(moment.replace(tzinfo=UTC).timestamp(), False) if len(text) <= _ISO_WIDTH else parse_stamp(text)
    return Stamp(moment.timestamp(), True)


def parse_syslog(text: str) -> Stamp | None:
    """Read a moment that is exactly `Jan  2 03:04:05`, the way system logs write it; None for others."""
    if len(text) != _SYSLOG_WIDTH or text[9] != ":" or text[12] != ":" or not text[-8:].replace(":", "").isdecimal():
        return None
    midnight = _syslog_midnight(text[:7])
    hour, minute, second = int(text[7:9]), int(text[10:12]), int(text[13:])
    if midnight is None or hour > 23 or minute > 59 or second > 59:
        return None
    return Stamp(midnight + hour * 3600 + minute * 60 + second, zoned=False, dated=False)


@lru_cache(1024)
def _syslog_midnight(day: str) -> float | None:
    stamp = parse_stamp(f"{day}00:00:00")
    return stamp.seconds if stamp and not stamp.dated else None


def to_datetime(seconds: float) -> datetime:
    """UTC datetime, to the microsecond and without the drift of `fromtimestamp`."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=round(seconds * 1e6))


def _read(match: re.Match[str]) -> Stamp | None:
    kind = next(name for name, _ in _SHAPES if match[name] is not None)
    zone = match[f"z_{kind}"] if f"z_{kind}" in match.re.groupindex else None
    text = match[kind].removesuffix(zone or "")
    if kind == "epoch":
        return Stamp(_epoch_seconds(text), zoned=True)
    numbers = _NUMBERS.findall(text)
    month = _MONTH.search(text)
    if month:
        numbers.insert(_MONTH_PLACE[kind], str(_MONTHS[month[0][:3].lower()]))
    fields = _fields(kind, numbers, text)
    if fields is None:
        return None
    year, mon, day, hour, minute, second, fraction = fields
    if "PM" in text[-4:] and hour < 12:
        hour += 12
    elif "AM" in text[-4:] and hour == 12:
        hour = 0
    try:
        moment = datetime(year or NO_YEAR, mon, day, hour, minute, min(second, 59), tzinfo=_zone(zone))
    except ValueError:
        return None
    name = (zone or "").strip()
    return Stamp(
        moment.timestamp() + fraction,
        zoned=zone is not None,
        dated=year is not None,
        other=_swapped(moment, fraction) if kind == "slashes" and "/" in text else None,
        day_first=kind == "slashes" and "/" in text and int(numbers[0]) > 12,
        guessed_zone=name if name.lower() in _GUESSED else "",
    )


def _swapped(moment: datetime, fraction: float) -> float | None:
    if moment.day > 12:
        return None
    return moment.replace(month=moment.day, day=moment.month).timestamp() + fraction


_MONTH_PLACE = {"dmy": 1, "ctime": 0, "mdy": 0, "syslog": 0}
_Fields = tuple[int | None, int, int, int, int, int, float]


def _fields(kind: str, numbers: list[str], text: str) -> _Fields | None:
    """Year, month, day, hour, minute, second, fraction from the numbers in the order the kind writes them."""
    if kind == "ctime":
        numbers = [numbers[-1], *numbers[:-1]]
    elif kind in ("dmy", "slashes"):
        one, two, written_year, *clock = numbers
        american = kind == "slashes" and "/" in text and int(one) <= 12
        numbers = [written_year, one, two, *clock] if american else [written_year, two, one, *clock]
    elif kind == "mdy":
        numbers = [numbers[2], numbers[0], numbers[1], *numbers[3:]]
    elif kind in ("compact", "shortcompact", "compactclock", "short", "noyear"):
        numbers = _unglued(kind, numbers)
    dated = kind not in ("syslog", "noyear")
    if len(numbers) < 4 + dated:
        return None
    year = int(numbers[0]) if dated else None
    if year is not None and year < 100:
        year += 2000 if year < 70 else 1900
    mon, day, hour, minute = (int(number) for number in numbers[dated : 4 + dated])
    rest = numbers[4 + dated :]
    seconds = int(rest[0]) if rest else 0
    fraction = float(f"0.{rest[1]}") if len(rest) > 1 else 0.0
    return year, mon, day, hour, minute, seconds, fraction


def _unglued(kind: str, numbers: list[str]) -> list[str]:
    """Split numbers that are written without separators: `20260102`, `260102`, `0102`."""
    glued = kind == "shortcompact" or (kind == "compact" and len(numbers[0]) == 8)
    digits, rest = ("".join(numbers[:2]), numbers[2:]) if glued else (numbers[0], numbers[1:])
    if kind in ("compact", "compactclock") and len(digits) >= 8:
        parts = [digits[:4], *(digits[i : i + 2] for i in range(4, len(digits), 2))]
    elif len(digits) > 2:
        parts = [digits[i : i + 2] for i in range(0, len(digits), 2)]
    else:
        parts = [digits]
    return [*parts, *rest]


def _epoch_seconds(text: str) -> float:
    whole, _, fraction = text.partition(".")
    return float(f"{whole[:10]}.{whole[10:]}{fraction}" if whole[10:] or fraction else whole)


def _zone(name: str | None) -> timezone:
    if not name or (name := name.strip().lower()) in _ZONES:
        return timezone(timedelta(hours=_ZONES.get(name or "z", 0)))
    digits = name[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset >= timedelta(hours=24):
        return UTC
    return timezone(-offset if name[0] == "-" else offset)
