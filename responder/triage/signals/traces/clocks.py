"""Whose clock is wrong: what a call takes on both sides of it says how far two clocks are apart.

A callee's span lies within its caller's. Where it lies elsewhere by about the same time in every call, the clocks
differ by that time; work that is merely queued comes late by a different time each time.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from responder.triage.middle import median
from responder.triage.signals.interface import ClockError
from responder.triage.signals.traces.spans import Forest, TraceSpan

__all__ = ["clock_errors", "corrected"]

_FEWEST = 5
"""Calls between two services from which on they say something about clocks."""
_LEAST_SECONDS = 5.0
"""Smaller differences are ordinary, and nothing rests on them."""
_STEADY = 0.02
"""How far the difference may vary, as a share of itself; and at least half a second."""


class _Apart(NamedTuple):
    seconds: float
    calls: int


def clock_errors(forest: Forest) -> dict[str, ClockError]:
    """By service, how far its clock is from those of most others; only what matters."""
    apart = _differences(forest)
    errors: dict[str, ClockError] = {}
    for offsets in _groups(apart):
        zero = _usual(sorted(offsets.values()))
        for service, offset in offsets.items():
            if abs(offset - zero) >= _LEAST_SECONDS:
                calls = sum(seen.calls for edge, seen in apart.items() if service in edge)
                errors[service] = ClockError(round(offset - zero, 1), calls)
    return errors


def _usual(offsets: Sequence[float]) -> float:
    """The clock that most agree with, of clocks in order; of two with as many, the one nearer to the first one's."""

    def alike(offset: float) -> Sequence[float]:
        near = _LEAST_SECONDS / 2
        return offsets[bisect_left(offsets, offset - near) : bisect_right(offsets, offset + near)]

    return median(alike(max(sorted(offsets, key=abs), key=lambda offset: len(alike(offset)))))


def corrected(spans: Sequence[TraceSpan], errors: Mapping[str, ClockError]) -> list[TraceSpan]:
    """The spans as they would be stamped if all clocks agreed."""
    if not errors:
        return list(spans)
    return [
        replace(span, start=span.start - errors[span.service].seconds) if span.service in errors else span
        for span in spans
    ]


def _differences(forest: Forest) -> dict[tuple[str, str], _Apart]:
    """How far the callee's clock is ahead of the caller's, where every call says the same."""
    seen: dict[tuple[str, str], list[float]] = defaultdict(list)
    for span in forest.spans:
        above = forest.caller(span)
        if above is not None and above.service != span.service:
            seen[above.service, span.service].append(span.start + span.seconds / 2 - above.start - above.seconds / 2)
    found = {}
    for edge, values in seen.items():
        middle = median(values)
        spread = median(abs(value - middle) for value in values)
        if len(values) >= _FEWEST and spread <= max(0.5, _STEADY * abs(middle)):
            found[edge] = _Apart(middle, len(values))
    return found


def _groups(apart: Mapping[tuple[str, str], _Apart]) -> list[dict[str, float]]:
    """Services that call each other, each with its clock against the first of them."""
    near: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for (caller, callee), seen in sorted(apart.items()):
        near[caller].append((callee, seen.seconds))
        near[callee].append((caller, -seen.seconds))
    groups: list[dict[str, float]] = []
    known: set[str] = set()
    for start in sorted(near):
        if start in known:
            continue
        offsets, ahead = {start: 0.0}, [start]
        while ahead:
            name = ahead.pop()
            for other, seconds in near[name]:
                if other not in offsets:
                    offsets[other] = offsets[name] + seconds
                    ahead.append(other)
        known |= set(offsets)
        groups.append(offsets)
    return groups
