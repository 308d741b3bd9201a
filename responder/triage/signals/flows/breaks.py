"""A step that always followed another and, from one moment on, does not: the code between them fails or returns."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from responder.triage.signals.flows.steps import Step
from responder.triage.signals.shifts import find_shift

__all__ = ["Break", "find_breaks"]

_ALWAYS, _HARDLY = 0.9, 0.15
_SURE = 6.0
"""Logarithm of the likelihood ratio from which on a break is no chance: one in four hundred."""


class Break(Struct, frozen=True):
    """Where the requests of one component stop."""

    component: str | None
    after: Step
    """The first request's last step before the gap."""
    missing: str
    """The statement that no longer follows."""
    instead: str
    """What follows now; empty when the request ends there."""
    raises: bool
    """What follows says an error, or nothing follows at all."""
    last: Step
    count: int
    before: float
    gain: float


def find_breaks(spans: Mapping[tuple[str | None, str], Sequence[Step]]) -> list[Break]:
    """The broken sequences, the surest first."""
    follows: dict[tuple[str | None, str], list[tuple[Step, Step | None]]] = defaultdict(list)
    for (component, _), steps in spans.items():
        for place, step in enumerate(steps):
            follows[component, step.statement].append((step, steps[place + 1] if place + 1 < len(steps) else None))
    found = []
    for (component, _), pairs in follows.items():
        pairs.sort(key=lambda pair: (pair[0].at, pair[0].span))
        usual = Counter(after.statement for _, after in pairs if after is not None)
        found += [broken for name in sorted(usual) if (broken := _break(component, name, pairs))]
    return sorted(found, key=lambda one: (-one.gain, one.component or "", one.after.statement))


def _break(component: str | None, statement: str, pairs: Sequence[tuple[Step, Step | None]]) -> Break | None:
    happened = [after is not None and after.statement == statement for _, after in pairs]
    shift = find_shift(happened)
    if shift is None or shift.before < _ALWAYS or shift.after > _HARDLY or shift.gain < _SURE:
        return None
    late = [pair for pair, followed in zip(pairs[shift.place :], happened[shift.place :], strict=True) if not followed]
    nexts = Counter(after.statement if after else "" for _, after in late)
    instead = min(nexts, key=lambda name: (-nexts[name], name))
    raises = not instead or any(after is not None and after.error for _, after in late)
    return Break(
        *(component, late[0][0], statement, instead, raises, late[-1][0], len(late), shift.before, shift.gain),
    )
