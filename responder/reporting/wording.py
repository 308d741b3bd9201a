"""How numbers, moments and odds are said: the same way in every document."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from responder.causes.interface import Moment

__all__ = [
    "MOMENTS",
    "amount",
    "clock",
    "confidence",
    "day",
    "day_note",
    "duration",
    "likely",
    "moment",
    "odds",
    "one_day",
    "plural",
    "size",
]

MOMENTS: Mapping[Moment, str] = {
    "change": "change",
    "sign": "early sign",
    "onset": "onset",
    "symptom": "symptom",
    "consequence": "consequence",
    "detected": "detected",
    "ended": "last seen",
    "recovered": "recovered",
}
"""What the moments of a timeline are called; one that is nothing in particular has no name."""

_WORDS = ((0.95, "almost certain"), (0.8, "very likely"), (0.6, "likely"), (0.3, "possible"))


def confidence(probability: float) -> str:
    """The word that goes with a probability."""
    return next((word for least, word in _WORDS if probability >= least), "unlikely")


def odds(probability: float) -> str:
    """`0.86`; never 0.00 or 1.00, which nobody can know."""
    if probability < 0.005:
        return "under 0.01"
    return "over 0.99" if probability > 0.995 else f"{probability:.2f}"


def likely(probability: float) -> str:
    """`very likely, 0.86`."""
    return f"{confidence(probability)}, {odds(probability)}"


def clock(when: datetime, *, within_day: bool = True) -> str:
    """`14:03:12`, with the day before it unless the whole document is about that one day."""
    return when.astimezone(UTC).strftime("%H:%M:%S" if within_day else "%Y-%m-%d %H:%M:%S")


def day(when: datetime) -> str:
    """`2026-03-14`, UTC."""
    return when.astimezone(UTC).strftime("%Y-%m-%d")


def moment(when: datetime) -> str:
    """`2026-03-14 14:03:12 UTC`."""
    return f"{clock(when, within_day=False)} UTC"


def one_day(moments: Sequence[datetime]) -> bool:
    """Whether all moments fall on one UTC day."""
    return len({day(when) for when in moments}) <= 1


def day_note(moments: Sequence[datetime]) -> str:
    """What a list of clock times needs above it: the zone, and the day when it is one."""
    if moments and one_day(moments):
        return f"Times are UTC, {day(moments[0])}."
    return "Times are UTC." if moments else ""


def duration(length: timedelta | float) -> str:
    """`3 ms`, `1.91 s`, `11 s`, `4 min 31 s`, `2 h 5 min`, `3 d 4 h`: two units at most."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.995:
        return f"{seconds:.2f}".rstrip("0").rstrip(".") + " s"
    whole = round(seconds)
    for unit, name, smaller, smaller_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name}" + (f" {rest} {smaller_name}" if rest else "")
    return f"{whole} s"


def amount(number: int) -> str:
    """`2,704`."""
    return f"{number:,}"


def plural(number: int, noun: str) -> str:
    """`1 line`, `2,704 lines`."""
    return f"{amount(number)} {noun}" if number == 1 else f"{amount(number)} {noun}s"


def size(count: int) -> str:
    """`611 kB`, `4.1 MB`: decimal units, two figures that matter."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 999.5 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if value >= 10 or unit == "bytes" else f"{value:.1f} {unit}"
