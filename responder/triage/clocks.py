"""What a whole file says about its clock that one line cannot: the year, the order of day and month, the jumps."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter

from msgspec import Struct

from responder.triage.timestamps import NO_YEAR, Stamp, to_datetime

__all__ = ["Calendar", "jumps_of"]

_TURN_DAYS = 300
"""Between two neighbouring lines only New Year looks like so many days of one year; less is lines out of order."""
_DAY_SECONDS = 86_400
_NEW_YEAR = datetime(NO_YEAR, 1, 1, tzinfo=UTC).toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()
_LEAP_DAYS = 366
_JUMP_SECONDS = 60
"""Writers that share a file may be so far apart without any clock being wrong."""


class Calendar(Struct, frozen=True):
    """How the moments of one file are read where a line leaves it open."""

    year: int | None = None
    """Of the moments that name none, after the last turn of the year; None when nothing in the evidence names one."""
    turns: tuple[tuple[int, int], ...] = ()
    """Where moments without a year pass New Year: entry of the file, and years from there to the last entry's."""
    day_first: bool = False
    """The day stands before the month."""

    @classmethod
    def of(cls, stamps: Iterable[tuple[int, Stamp]], year: int | None) -> "Calendar":
        """Read the calendar off all moments of one file, in the order of its lines.

        Args:
            stamps: Entry and moment.
            year: What other evidence says; the file's last moments without a year are in it.
        """
        turns: list[tuple[int, int]] = []
        before, passed, day_first = None, 0, False
        for index, stamp in stamps:
            day_first = day_first or stamp.day_first
            if stamp.dated:
                continue
            day = (int(stamp.seconds // _DAY_SECONDS) - _NEW_YEAR) % _LEAP_DAYS
            if before is not None and abs(day - before) > _TURN_DAYS:
                passed += 1 if day < before else -1
                turns.append((index, passed))
            before = day
        shifted = tuple((index, years - passed) for index, years in turns)
        return cls(year, ((0, -passed), *shifted) if turns else (), day_first)

    def seconds(self, index: int, stamp: Stamp) -> float:
        """The moment of an entry, seconds since 1970 UTC."""
        if self.day_first and stamp.other is not None:
            return stamp.other
        if stamp.dated or (self.year is None and not self.turns):
            return stamp.seconds
        at = bisect_right(self.turns, index, key=itemgetter(0)) - 1
        year = (self.year or NO_YEAR) + (self.turns[at][1] if at >= 0 else 0)
        day = int(stamp.seconds // _DAY_SECONDS)
        return stamp.seconds + _seconds_to(day, year)

    def notes(self, stamps: Sequence[Stamp]) -> Iterator[str]:
        """What had to be assumed, one sentence each."""
        if any(not stamp.zoned for stamp in stamps):
            yield "some times name no zone: UTC assumed"
        if any(not stamp.dated for stamp in stamps):
            yield f"some dates name no year: {self.year or NO_YEAR} assumed"
        if self.turns:
            yield "the year turns between lines that name none"
        if guessed := Counter(stamp.guessed_zone for stamp in stamps if stamp.guessed_zone):
            name = max(guessed, key=lambda item: (guessed[item], item))
            yield f"several zones are called {name}: one was assumed"
        if any(stamp.other is not None and stamp.other != stamp.seconds for stamp in stamps):
            yield f"day and month could be either: {'the day' if self.day_first else 'the month'} first"


@lru_cache(4096)
def _seconds_to(day: int, year: int) -> int:
    """From a day, counted from 1970, to the same one of another year; from 29 February to 1 March if that has none."""
    date = to_datetime(day * _DAY_SECONDS)
    try:
        other = date.replace(year=year)
    except ValueError:
        other = (date + timedelta(days=1)).replace(year=year)
    return (other - date).days * _DAY_SECONDS


def jumps_of(moments: Sequence[tuple[int, float]]) -> str:
    """One sentence about a clock that goes back, with the first such line; empty when it does not.

    Args:
        moments: Line and seconds, in the order of the file.
    """
    back = [
        (line, before - after) for (_, before), (line, after) in pairwise(moments) if before - after > _JUMP_SECONDS
    ]
    if not back:
        return ""
    if len(back) > 2 and all(after <= before for (_, before), (_, after) in pairwise(moments)):
        return "the newest lines stand first"
    more = f", and {len(back) - 1} times more" if len(back) > 1 else ""
    return f"the clock goes back by {round(back[0][1])} s at line {back[0][0]}{more}"
