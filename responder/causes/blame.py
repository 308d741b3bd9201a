"""Whether one fault makes another one happen: the irreducibility test.

A symptom whose callee was itself in trouble before is explained by it. A cause is what is left: trouble that nothing
else in the evidence explains. Explanations are graded, because a known effect in a known caller says more than either
alone.
"""

from responder.causes.graph import BELOW_ALL, EvidenceGraph
from responder.causes.situation import not_after
from responder.causes.stories import Story, is_effect, known_effects
from responder.incident import Category
from responder.triage.interface import Finding

__all__ = ["Reach", "brings_about", "explained_by_callee"]

_FULLY, _LARGELY, _PARTLY = 1.0, 0.6, 0.3


class Reach:
    """What one story accounts for beyond its own findings."""

    def __init__(self, story: Story, graph: EvidenceGraph) -> None:
        self._story = story
        self._graph = graph
        self._start = story.change.at if story.by_change_only and story.change else story.first
        self._dependents = graph.dependents(story.component)
        self._below_all = story.component is None or story.kind in BELOW_ALL
        self._effects = known_effects(story.findings)
        self._known: dict[tuple[str | None, Category], bool] = {}

    def share(self, finding: Finding) -> float:
        """How far the story accounts for a finding that is not its own: 0 not at all, 1 fully."""
        if not not_after(self._start, finding.timestamp):
            return 0.0
        story = self._story
        place, witness = finding.component, self._graph.witness(finding)
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
