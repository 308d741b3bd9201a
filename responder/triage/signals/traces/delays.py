"""Where the time goes: between two services, or inside one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean

from msgspec import Struct

from responder.triage.middle import median
from responder.triage.signals.traces.spans import Forest, TraceSpan

__all__ = ["Delay", "slow_links", "slow_services"]

_SLOW_LINK = 0.1
"""Seconds a call spends between caller and callee from which on a network is slow, however slow all others are."""
_LATE_LINK = 0.02
_TIMES_USUAL = 6.0
_TIMES_BEFORE, _SLOWER_BY = 3.0, 0.05
_FEWEST = 4


class Delay(Struct, frozen=True):
    """Time lost in one place."""

    component: str
    peers: tuple[str, ...]
    """Who called it, for time lost on the way."""
    first: TraceSpan
    """The first slow span."""
    last: TraceSpan
    count: int
    usual: float
    """Seconds that are normal."""
    seconds: float
    """Seconds now."""
    total: float
    """Seconds lost over all calls."""


def slow_links(forest: Forest, calm: Forest | None = None) -> list[Delay]:
    """Services that are reached late by whoever calls them, or that reach everybody late.

    A link is late against what it took in `calm`, or where that does not say, against what others take now.

    The caller's span lasts from request to answer, the callee's from arrival to departure; the difference was spent on
    the way: network, queue, a proxy, or a callee too busy to accept.
    """
    gaps = _gaps(forest)
    before = (
        {e: fmean(gap for _, gap in calls) for e, calls in _gaps(calm).items() if len(calls) >= _FEWEST} if calm else {}
    )
    if len(gaps) < 2 and not before:
        return []
    means = {edge: fmean(gap for _, gap in calls) for edge, calls in gaps.items()}
    usual = median(means.values())
    late = {edge for edge, mean in means.items() if mean >= max(_LATE_LINK, _TIMES_USUAL * before.get(edge, usual))}
    ends: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for edge in late:
        if means[edge] >= _SLOW_LINK:
            ends[_guilty_end(edge, late, means)].add(edge)
    return sorted((_lost(name, edges, gaps, usual) for name, edges in ends.items()), key=lambda d: -d.total)


def _gaps(forest: Forest) -> dict[tuple[str, str], list[tuple[TraceSpan, float]]]:
    """What each call between two services spent on the way."""
    gaps: dict[tuple[str, str], list[tuple[TraceSpan, float]]] = defaultdict(list)
    for span in forest.spans:
        above = forest.caller(span)
        if above and above.service != span.service and len(forest.callees(above)) == 1:
            gaps[above.service, span.service].append((span, max(0.0, above.seconds - span.seconds)))
    return gaps


def _guilty_end(edge: tuple[str, str], late: set[tuple[str, str]], edges: Mapping[tuple[str, str], float]) -> str:
    """The end of a slow link more of whose links are late, in share and in number; in doubt the callee."""
    caller, callee = edge
    into = [other in late for other in edges if other[1] == callee]
    out = [other in late for other in edges if other[0] == caller]
    from_caller, to_callee = (sum(out) / len(out), sum(out)), (sum(into) / len(into), sum(into))
    return caller if from_caller > to_callee else callee


def _lost(
    name: str,
    edges: set[tuple[str, str]],
    gaps: Mapping[tuple[str, str], Sequence[tuple[TraceSpan, float]]],
    usual: float,
) -> Delay:
    calls = sorted(((span, gap) for edge in edges for span, gap in gaps[edge]), key=lambda call: call[0].start)
    late = [(span, gap) for span, gap in calls if gap >= max(_SLOW_LINK, _TIMES_USUAL * usual)] or calls
    peers = tuple(sorted({caller if callee == name else callee for caller, callee in edges}))
    return Delay(
        *(name, peers, late[0][0], late[-1][0], len(late), usual, fmean(gap for _, gap in late)),
        sum(gap for _, gap in late),
    )


def slow_services(forest: Forest, calm: Forest | None) -> list[Delay]:
    """Services whose own work, without waiting for others, takes much longer than it did before."""
    now = _own_work(forest)
    before = _own_work(calm) if calm else {}
    found = []
    for key, work in now.items():
        reference = [seconds for _, seconds in before.get(key, ())]
        after = work
        if len(reference) < _FEWEST:
            reference, after = _cut(work)
        if len(reference) < _FEWEST or len(after) < _FEWEST:
            continue
        usual, seconds = median(reference), median(s for _, s in after)
        if seconds >= _TIMES_BEFORE * usual and seconds - usual >= _SLOWER_BY:
            late = [(span, s) for span, s in after if s >= _TIMES_BEFORE * usual]
            lost = sum(s - usual for _, s in late)
            found.append(Delay(key[0], (), late[0][0], late[-1][0], len(late), usual, seconds, lost))
    worst: dict[str, Delay] = {}
    for delay in found:
        if delay.component not in worst or delay.total > worst[delay.component].total:
            worst[delay.component] = delay
    return sorted(worst.values(), key=lambda delay: -delay.total)


def _own_work(forest: Forest) -> dict[tuple[str, str], list[tuple[TraceSpan, float]]]:
    work: dict[tuple[str, str], list[tuple[TraceSpan, float]]] = defaultdict(list)
    for span in forest.spans:
        below = forest.callees(span)
        if any(child.service != span.service for child in below):
            continue  # what is left of such a span is the way to the other, which is judged as a link
        work[span.service, span.operation].append((span, forest.own_seconds(span)))
    return work


def _cut(work: Sequence[tuple[TraceSpan, float]]) -> tuple[list[float], list[tuple[TraceSpan, float]]]:
    """The work before and after the moment at which its duration changed most."""
    seconds = [s for _, s in work]
    total, running, best, cut = sum(seconds), 0.0, 0.0, 0
    mean = total / len(seconds) if seconds else 0.0
    for place in range(1, len(seconds)):
        running += seconds[place - 1]
        left, right = running / place, (total - running) / (len(seconds) - place)
        gain = place * (left - mean) ** 2 + (len(seconds) - place) * (right - mean) ** 2
        if gain > best:
            best, cut = gain, place
    return seconds[:cut], list(work[cut:])
