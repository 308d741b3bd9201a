"""A way into a component that requests took and, from one moment on, take no more while others still come in.

What fails before it writes its first line leaves no error and no broken sequence, only this. A way in may also fall
silent because those who call it are in trouble, so it is a sign and never the statement of a cause.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from responder.triage.signals.flows.steps import Step
from responder.triage.signals.shifts import find_shift

__all__ = ["Silence", "find_silences"]

_SHARE, _HARDLY = 0.3, 0.02
_FEWEST = 8
"""Requests that took the way before; fewer are a habit of nobody."""
_SURE = 12.0
"""Logarithm of the likelihood ratio from which on it is no chance; high, because every way in is tried."""


class Silence(Struct, frozen=True):
    """One way in that is not taken any more."""

    component: str | None
    last: Step
    """The last request that took it."""
    since: float
    """The first request that would have been expected to."""
    count: int
    """Requests that came another way since then."""
    before: float
    gain: float


def find_silences(spans: Mapping[tuple[str | None, str], Sequence[Step]]) -> list[Silence]:
    """The ways in that fell silent, the surest first; one that writes an error is no way in."""
    entries: dict[str | None, list[Step]] = defaultdict(list)
    for (component, _), steps in spans.items():
        entries[component].append(steps[0])
    found = []
    for component, firsts in entries.items():
        firsts.sort(key=lambda step: (step.at, step.span))
        taken = Counter(step.statement for step in firsts if not step.error)
        names = sorted(name for name, count in taken.items() if count >= _FEWEST)
        found += [silence for name in names if (silence := _silence(component, name, firsts))]
    return sorted(found, key=lambda one: (-one.gain, one.component or "", one.last.statement))


def _silence(component: str | None, name: str, firsts: Sequence[Step]) -> Silence | None:
    happened = [step.statement == name for step in firsts]
    shift = find_shift(happened)
    if shift is None or shift.before < _SHARE or shift.after > _HARDLY or shift.gain < _SURE:
        return None
    last = max((place for place in range(shift.place) if happened[place]), default=None)
    if last is None:
        return None
    later = len(firsts) - shift.place
    return Silence(component, firsts[last], firsts[shift.place].at, later, shift.before, shift.gain)
