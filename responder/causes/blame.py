"""Whether one fault makes another one happen: the irreducibility test.

A symptom whose callee was itself in trouble before is explained by it. A cause is what is left: trouble that nothing
else in the evidence explains. Explanations are graded, because a known effect in a known caller says more than either
alone.
"""

from responder.causes.graph import EvidenceGraph
from responder.causes.hypotheses import Story, rule_explains
from responder.causes.situation import not_after
from responder.incident import ComponentKind
from responder.triage.interface import Finding

__all__ = ["brings_about", "explained_by_callee", "explained_share"]

_FULLY, _LARGELY, _PARTLY = 1.0, 0.6, 0.3
_BELOW_ALL = frozenset({ComponentKind.NODE, ComponentKind.NETWORK, ComponentKind.NAMESPACE})
"""What every component stands on, whether or not a log names it as a dependency."""


def explained_share(story: Story, finding: Finding, graph: EvidenceGraph) -> float:
    """How far a story accounts for a finding that is not its own: 0 not at all, 1 fully."""
    if not not_after(story.change.at if story.by_change_only and story.change else story.first, finding.timestamp):
        return 0.0
    place, witness = graph.place(finding), graph.witness(finding)
    known_effect = rule_explains(story.findings, finding)
    below = (
        story.component is None
        or story.kind in _BELOW_ALL
        or bool({place, witness} & graph.dependents(story.component))
    )
    if place == story.component or witness == story.component:
        return _FULLY if known_effect or finding.role == "symptom" else _PARTLY
    if below:
        stated_elsewhere = finding.role == "cause" and not known_effect
        return _PARTLY if stated_elsewhere or (story.component is None and not known_effect) else _FULLY
    return _LARGELY if known_effect else 0.0


def brings_about(cause: Story, effect: Story, graph: EvidenceGraph) -> bool:
    """Whether the rules say that `cause` produces what `effect` states, and it may have come first."""
    if not not_after(cause.first, effect.first):
        return False
    shown = effect.stated or effect.findings
    return any(rule_explains(cause.findings, finding) for finding in shown) and graph.related(
        cause.component, effect.component
    )


def explained_by_callee(effect: Story, cause: Story, graph: EvidenceGraph) -> bool:
    """Whether `effect` sits in a caller of `cause`, which was in trouble before it."""
    return (
        effect.component is not None
        and effect.component in graph.dependents(cause.component)
        and cause.component not in graph.dependents(effect.component)
        and not_after(cause.first, effect.first)
    )
