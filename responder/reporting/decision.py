"""What a report concludes: the root cause, the faults beside it, and what to do about them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest

from msgspec import Struct
from msgspec.structs import replace

from responder.causes.interface import Explanation, Hypothesis, TimelineEntry
from responder.causes.verdict import ENOUGH, conclude
from responder.incident import Category, ComponentKind, EvidenceId, HypothesisId, Verdict
from responder.team.interface import Conclusion
from responder.triage.interface import Remedy

__all__ = ["Actions", "RootCause", "actions_against", "decide", "with_onsets_beside"]

_LEAST_BESIDE = 0.1
"""A second fault below this is a possibility, not a finding."""


class RootCause(Struct, frozen=True):
    """The leading hypothesis, when it is likely enough to act on."""

    hypothesis: HypothesisId
    summary: str
    category: Category
    component: str | None
    component_kind: ComponentKind
    confidence: float
    """0..1; the probability of the hypothesis."""
    first_seen: datetime | None
    evidence: tuple[EvidenceId, ...]
    """Strongest first; never empty."""
    verified: bool
    """True when code in the sandbox confirmed it, False when it rests on the quoted evidence alone."""
    beside: tuple[HypothesisId, ...] = ()
    """Faults that happened at the same time and have nothing to do with it; usually none. Two faults share the
    probability, since each was weighed as the cause of everything: `confidence` is then this one's share."""


class Actions(Struct, frozen=True):
    """What to do about the root cause; empty without one, since a remedy for a guess can make things worse."""

    immediate: tuple[Remedy, ...] = ()
    """Safest first."""
    prevention: tuple[Remedy, ...] = ()


def decide(explanation: Explanation, conclusion: Conclusion) -> tuple[Verdict, RootCause | None]:
    """The verdict that stands after citations were struck, with the root cause where there is one."""
    if explanation.verdict is not Verdict.DIAGNOSED:
        return explanation.verdict, None
    lead = next(iter(explanation.hypotheses), None)
    decided = conclude(explanation.hypotheses) is Verdict.DIAGNOSED
    if lead is None or lead.status == "ruled_out" or not lead.supporting or not decided:
        return Verdict.INCONCLUSIVE, None
    return Verdict.DIAGNOSED, _root_cause(lead, explanation, conclusion)


def _root_cause(lead: Hypothesis, explanation: Explanation, conclusion: Conclusion) -> RootCause:
    cited = explanation.cited()
    moments = [moment for moment in (cited[item].timestamp for item in lead.supporting) if moment]
    outcomes = {item.outcome for item in conclusion.verifications if item.hypothesis == lead.id}
    return RootCause(
        hypothesis=lead.id,
        summary=lead.summary,
        category=lead.category,
        component=lead.component,
        component_kind=lead.component_kind,
        confidence=lead.probability,
        first_seen=lead.first_seen or min(moments, default=None),
        evidence=lead.supporting,
        verified="confirmed" in outcomes and "refuted" not in outcomes,
        beside=tuple(item.id for item in _faults_beside(lead, explanation.hypotheses)),
    )


def _faults_beside(lead: Hypothesis, hypotheses: Sequence[Hypothesis]) -> Iterator[Hypothesis]:
    """Independent faults, each likelier than all that is left together once those before it are taken as known."""
    left = 1 - lead.probability
    for item in hypotheses:
        stands = item.id in lead.beside and item.status != "ruled_out" and bool(item.supporting)
        if stands and item.probability >= max(_LEAST_BESIDE, ENOUGH * left):
            left -= item.probability
            yield item


def with_onsets_beside(explanation: Explanation, root_cause: RootCause | None) -> tuple[TimelineEntry, ...]:
    """The timeline, which follows the root cause, and where the faults beside it began."""
    faults = [item for item in explanation.hypotheses if root_cause and item.id in root_cause.beside]
    first = {item.supporting[0] for item in faults}
    told = [
        replace(entry, moment="onset") if first.intersection(entry.evidence) else entry
        for entry in explanation.timeline
    ]
    known = {item for entry in told for item in entry.evidence}
    onsets = [
        TimelineEntry(item.first_seen, item.summary.rstrip(" ."), item.supporting[:1], "onset")
        for item in faults
        if item.first_seen and item.supporting[0] not in known
    ]
    return tuple(sorted((*told, *onsets), key=lambda entry: entry.timestamp))


def actions_against(explanation: Explanation, root_cause: RootCause | None) -> Actions:
    """The steps against the root cause; with independent faults the first step against each comes first."""
    if root_cause is None:
        return Actions()
    faults = [explanation.hypotheses[0], *(item for item in explanation.hypotheses if item.id in root_cause.beside)]
    return Actions(
        immediate=_in_turn([[remedy for remedy in item.remedies if not remedy.prevents] for item in faults]),
        prevention=_in_turn([[remedy for remedy in item.remedies if remedy.prevents] for item in faults]),
    )


def _in_turn(lists: Sequence[Sequence[Remedy]]) -> tuple[Remedy, ...]:
    turns = zip_longest(*lists)
    return tuple(dict.fromkeys(remedy for turn in turns for remedy in turn if remedy is not None))
