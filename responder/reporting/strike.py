"""What the originals do not confirm is taken out of the report, with everything that rested on it alone.

A citation is struck when re-reading the original bytes did not give the quoted text and hash again, or when nobody
re-read it. Ids are never renumbered: the journal cites them too.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from responder.causes.interface import CausalLink, Evidence, Explanation, Hypothesis, Impact, TimelineEntry
from responder.incident import EvidenceId
from responder.team.interface import Claim, Conclusion

__all__ = ["Checked", "Struck", "strike", "strike_claims"]

StruckKind = Literal["evidence", "hypothesis", "timeline", "claim"]


class Struck(Struct, frozen=True):
    """Something that was said and is not in the report, and why."""

    kind: StruckKind
    id: str
    """`E2`, `H1`; empty for a kind that has no ids."""
    text: str
    """What it said."""
    reason: str


class Checked(Struct, frozen=True):
    """An explanation whose every citation stands in the originals."""

    explanation: Explanation
    struck: tuple[Struck, ...]


def strike(explanation: Explanation, verified: Mapping[EvidenceId, bool]) -> Checked:
    """Keep what `verified` says is true, and what still has something verified to rest on."""
    kept = tuple(item for item in explanation.evidence if verified.get(item.id, False))
    ids = frozenset(item.id for item in kept)
    struck = [_struck_evidence(item, verified) for item in explanation.evidence if item.id not in ids]

    hypotheses: list[Hypothesis] = []
    for item in explanation.hypotheses:
        supporting = _only(item.supporting, ids)
        if item.supporting and not supporting and item.status != "ruled_out":
            struck.append(Struck("hypothesis", item.id, item.summary, _lost(item.supporting)))
        else:
            hypotheses.append(_narrowed(item, supporting, ids))

    timeline: list[TimelineEntry] = []
    for entry in explanation.timeline:
        if evidence := _only(entry.evidence, ids):
            timeline.append(replace(entry, evidence=evidence))
        else:
            struck.append(Struck("timeline", "", entry.what, _lost(entry.evidence)))

    left = frozenset(item.id for item in hypotheses)
    hypotheses = [replace(item, beside=tuple(each for each in item.beside if each in left)) for item in hypotheses]
    checked = replace(
        explanation,
        evidence=kept,
        timeline=tuple(timeline),
        chain=tuple(link for link in explanation.chain if _stands(link, ids)),
        impact=_checked_impact(explanation.impact, ids),
    )
    return Checked(_with_odds_shared(checked, hypotheses), tuple(struck))


def strike_claims(conclusion: Conclusion, ids: frozenset[EvidenceId]) -> tuple[tuple[Claim, ...], tuple[Struck, ...]]:
    """The claims of the agents that still cite verified evidence or code that ran, and those struck before or now."""
    runs = frozenset(item.id for item in conclusion.verifications)
    claims: list[Claim] = []
    struck = [Struck("claim", "", item.text, item.reason) for item in conclusion.struck]
    for claim in conclusion.claims:
        evidence = _only(claim.evidence, ids)
        verifications = tuple(item for item in claim.verifications if item in runs)
        if evidence or verifications:
            claims.append(replace(claim, evidence=evidence, verifications=verifications))
        else:
            struck.append(Struck("claim", "", claim.text, _lost((*claim.evidence, *claim.verifications))))
    return tuple(claims), tuple(struck)


def _only(cited: tuple[EvidenceId, ...], ids: frozenset[EvidenceId]) -> tuple[EvidenceId, ...]:
    return tuple(item for item in cited if item in ids)


def _lost(cited: tuple[str, ...]) -> str:
    return f"rested on {', '.join(cited)} alone, which was struck" if cited else "carries no citation"


def _struck_evidence(item: Evidence, verified: Mapping[EvidenceId, bool]) -> Struck:
    reason = "was not read again in the original"
    if item.id in verified:
        reason = "its text or hash is not what the original holds"
    return Struck("evidence", item.id, item.text, f"{reason} at {item.span}")


def _narrowed(item: Hypothesis, supporting: tuple[EvidenceId, ...], ids: frozenset[EvidenceId]) -> Hypothesis:
    """The hypothesis with the struck citations taken out of all of its lists."""
    return replace(
        item,
        supporting=supporting,
        contradicting=_only(item.contradicting, ids),
        checks=tuple(
            check for check in item.checks if check.first in ids and (check.second is None or check.second in ids)
        ),
        steps=tuple(
            replace(step, evidence=_only(step.evidence, ids))
            for step in item.steps
            if not step.evidence or _only(step.evidence, ids)
        ),
    )


def _stands(link: CausalLink, ids: frozenset[EvidenceId]) -> bool:
    return link.cause in ids and link.effect in ids


def _checked_impact(impact: Impact, ids: frozenset[EvidenceId]) -> Impact:
    evidence = _only(impact.evidence, ids)
    return replace(impact, evidence=evidence) if evidence or not impact.evidence else Impact()


def _with_odds_shared(explanation: Explanation, kept: list[Hypothesis]) -> Explanation:
    """The odds of what is left keep their ratios, "none of these" among them, and sum to 1 again."""
    total = sum(item.probability for item in kept) + explanation.none_of_these
    if total <= 0:  # nothing but struck hypotheses: all that is known is that it is none of what is left
        return replace(explanation, hypotheses=_ranked(kept, 0.0), none_of_these=1.0)
    return replace(
        explanation,
        hypotheses=_ranked(kept, 1 / total),
        none_of_these=explanation.none_of_these / total,
    )


def _ranked(kept: list[Hypothesis], scale: float) -> tuple[Hypothesis, ...]:
    return tuple(
        replace(item, rank=rank, probability=item.probability * scale) for rank, item in enumerate(kept, start=1)
    )
