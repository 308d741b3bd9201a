"""Whether one fault makes another one happen: the irreducibility test.

A symptom whose callee was itself in trouble before is explained by it. A cause is what is left: trouble that nothing
else in the evidence explains. Explanations are graded, because a known effect in a known caller says more than either
alone.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from responder.causes.graph import BELOW_ALL, EvidenceGraph
from responder.causes.situation import CLOCK_SLACK, not_after, weight
from responder.causes.stories import Story, is_effect, known_effects
from responder.incident import Category
from responder.triage.interface import Finding

__all__ = ["Crowd", "Reach", "brings_about", "explained_by_callee"]

_FULLY, _LARGELY, _PARTLY = 1.0, 0.6, 0.3

_Kind = tuple[str | None, str | None, str | None, Category, str]
_EVER = float("-inf")


class Reach:
    """What one story accounts for beyond its own findings."""

    def __init__(self, story: Story, graph: EvidenceGraph) -> None:
        self._story = story
        self._graph = graph
        self.start = story.change.at if story.by_change_only and story.change else story.first
        self._dependents = graph.dependents(story.component)
        self._below_all = story.component is None or story.kind in BELOW_ALL
        self._effects = known_effects(story.findings)
        self._known: dict[tuple[str | None, Category], bool] = {}

    def share(self, finding: Finding) -> float:
        """How far the story accounts for a finding that is not its own: 0 not at all, 1 fully."""
        if not not_after(self.start, finding.timestamp):
            return 0.0
        return self.part(finding, self._graph.witness(finding))

    def part(self, finding: Finding, witness: str | None) -> float:
        """The same, whenever it was; `witness` is who reported it."""
        story, place = self._story, finding.component
        known_effect = self._knows(finding)
        if story.component in (place, witness):
            return _FULLY if known_effect or finding.role == "symptom" else _PARTLY
        if self._below_all or place in self._dependents or witness in self._dependents:
            if known_effect or (finding.role != "cause" and story.component is not None):
                return _FULLY
            return _PARTLY
        return _LARGELY if known_effect else 0.0

    def _knows(self, finding: Finding) -> bool:
        key = finding.rule, finding.category
        if key not in self._known:
            self._known[key] = is_effect(finding, self._effects)
        return self._known[key]


class Crowd:
    """All trouble of an incident, gathered by what decides how far a story accounts for it.

    There may be ten thousand findings and two dozen stories; what differs in time only is asked about once.
    """

    def __init__(self, findings: Sequence[Finding], graph: EvidenceGraph) -> None:
        self._places = {id(finding): _kind_of(finding, graph) for finding in findings}
        groups: dict[_Kind, list[Finding]] = defaultdict(list)
        for finding in findings:
            groups[self._places[id(finding)]].append(finding)
        self._groups = [_Group.of(found, witness) for (_, witness, *_), found in groups.items()]

    def share(self, story: Story, reach: Reach) -> float | None:
        """The part of the trouble outside the story that it accounts for, by weight; None when there is none."""
        own = [finding for finding in story.findings if id(finding) in self._places]
        total = sum(group.since[0] for group in self._groups) - sum(map(weight, own))
        if len(own) == len(self._places) or total <= 0:
            return None
        begun = reach.start.timestamp() - CLOCK_SLACK.total_seconds() if reach.start else _EVER
        explained = sum(
            part * group.since[bisect_left(group.times, begun)]
            for group in self._groups
            if (part := reach.part(group.one, group.witness))
        )
        explained -= sum(weight(finding) * reach.share(finding) for finding in own)
        return max(0.0, explained / total)


def _kind_of(finding: Finding, graph: EvidenceGraph) -> _Kind:
    return finding.component, graph.witness(finding), finding.rule, finding.category, finding.role


class _Group(Struct, frozen=True):
    one: Finding
    witness: str | None
    times: tuple[float, ...]
    """Sorted; a finding without a time may have come at any time, so it is put last."""
    since: tuple[float, ...]
    """Weight of all from each place on; one more than times, the last 0."""

    @classmethod
    def of(cls, findings: Sequence[Finding], witness: str | None) -> "_Group":
        timed = sorted((f.timestamp.timestamp() if f.timestamp else math.inf, weight(f)) for f in findings)
        since = [0.0]
        for _, heavy in reversed(timed):
            since.append(since[-1] + heavy)
        return cls(findings[0], witness, tuple(time for time, _ in timed), tuple(reversed(since)))


def brings_about(cause: Story, effect: Story, graph: EvidenceGraph) -> bool:
    """Whether the rules say that `cause` produces what `effect` states, and it may have come first."""
    if not not_after(cause.first, effect.first):
        return False
    shown = effect.stated or effect.findings
    effects = known_effects(cause.findings)
    reached = cause.kind in BELOW_ALL or graph.related(cause.component, effect.component)
    return reached and any(is_effect(finding, effects) for finding in shown)


def explained_by_callee(effect: Story, cause: Story, graph: EvidenceGraph) -> bool:
    """Whether `effect` sits in a caller of `cause`, which was in trouble before it."""
    return (
        effect.component is not None
        and effect.component in graph.dependents(cause.component)
        and cause.component not in graph.dependents(effect.component)
        and not_after(cause.first, effect.first)
    )
