"""When something that always happened stopped happening: the best cut of a sequence of yes and no."""

import math
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Shift", "find_shift"]


class Shift(NamedTuple):
    """One change of a share."""

    place: int
    """Index of the first item after the change."""
    before: float
    after: float
    gain: float
    """Logarithm of how much better two shares explain the sequence than one."""


def find_shift(happened: Sequence[bool], *, fewest: int = 4) -> Shift | None:
    """The cut that divides a sequence best, with at least `fewest` items on both sides; None when none helps."""
    total, count = sum(happened), len(happened)
    whole = _likelihood(total, count)
    best: Shift | None = None
    seen = 0
    for place in range(1, count):
        seen += happened[place - 1]
        if place < fewest or count - place < fewest:
            continue
        gain = _likelihood(seen, place) + _likelihood(total - seen, count - place) - whole
        if best is None or gain > best.gain:
            best = Shift(place, seen / place, (total - seen) / (count - place), gain)
    return best if best and best.gain > 0 else None


def _likelihood(hits: int, count: int) -> float:
    if hits in (0, count):
        return 0.0
    return hits * math.log(hits / count) + (count - hits) * math.log((count - hits) / count)
