"""What a test outside the engine does to the probabilities.

Results multiply, so their order does not matter. A refuted hypothesis also falls below every one that still stands
and below the share for none of these: a claim whose prediction failed in the records may not lead, however strong
the first impression was.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from responder.causes.bayes import Likelihoods, floor_to_table
from responder.causes.interface import Explanation, Hypothesis, HypothesisStatus, Step, TestResult
from responder.causes.verdict import conclude

__all__ = ["apply_results"]

_RECOUNTED = 1.5
"""The most that a confirmation is worth when all it asked was whether known lines can be found again."""
_LEAST = 1e-4
"""Stands for probabilities that were rounded to 0, so that a test can still move them."""


def apply_results(explanation: Explanation, results: Sequence[TestResult], likelihoods: Likelihoods) -> Explanation:
    """Move probabilities by results, then rank, conclude and record the steps anew."""
    known = {hypothesis.id: hypothesis for hypothesis in explanation.hypotheses}
    relevant = [result for result in results if result.hypothesis in known]
    if not relevant:
        return explanation
    worths = [(result, _worth(result, known[result.hypothesis], likelihoods)) for result in relevant]
    weights = [_weight(hypothesis, worths) for hypothesis in explanation.hypotheses]
    statuses = [_status(hypothesis, relevant) for hypothesis in explanation.hypotheses]
    none = max(explanation.none_of_these, _LEAST)
    standing = [none, *(w for w, status in zip(weights, statuses, strict=True) if status != "ruled_out")]
    fresh = {result.hypothesis for result in relevant if result.outcome == "refuted"}
    weights = [
        min(weight, max(standing) / 2) if hypothesis.id in fresh else weight
        for hypothesis, weight in zip(explanation.hypotheses, weights, strict=True)
    ]
    probabilities = floor_to_table(weights, none)
    revised = [
        _revised(hypothesis, probability, status, relevant)
        for hypothesis, probability, status in zip(explanation.hypotheses, probabilities, statuses, strict=True)
    ]
    revised.sort(key=lambda h: (h.status == "ruled_out", -h.probability, h.rank))
    ranked = tuple(replace(hypothesis, rank=place) for place, hypothesis in enumerate(revised, 1))
    return replace(
        explanation,
        verdict=conclude(ranked),
        hypotheses=ranked,
        none_of_these=round(1 - sum(probabilities), 4),
    )


def _weight(hypothesis: Hypothesis, worths: Sequence[tuple[TestResult, float]]) -> float:
    weight = max(hypothesis.probability, _LEAST)
    for result, ratio in worths:
        # What confirms one fault says nothing against another that has nothing to do with it: their odds keep.
        aside = result.outcome == "confirmed" and result.hypothesis in hypothesis.beside
        if result.hypothesis == hypothesis.id or aside:
            weight *= ratio
    return weight


def _worth(result: TestResult, hypothesis: Hypothesis, likelihoods: Likelihoods) -> float:
    """What a result does to the odds of the hypothesis it tested."""
    ratio = likelihoods.tests[result.outcome].ratio
    return ratio if _was_at_stake(hypothesis) or result.outcome == "refuted" else min(ratio, _RECOUNTED)


def _was_at_stake(hypothesis: Hypothesis) -> bool:
    """Whether one of its predictions says more than that the lines it was made from are there."""
    return any(check.kind in ("precedes", "absent_before") for check in hypothesis.checks)


def _status(hypothesis: Hypothesis, results: Sequence[TestResult]) -> HypothesisStatus:
    outcomes = {result.outcome for result in results if result.hypothesis == hypothesis.id}
    if "refuted" in outcomes:
        return "ruled_out"
    return "confirmed" if "confirmed" in outcomes else hypothesis.status


def _revised(
    hypothesis: Hypothesis, probability: float, status: HypothesisStatus, results: Sequence[TestResult]
) -> Hypothesis:
    mine = [result for result in results if result.hypothesis == hypothesis.id]
    steps = hypothesis.steps
    if mine:
        because = "; ".join(dict.fromkeys(result.because.strip().rstrip(".") for result in mine))
        cited = tuple(dict.fromkeys(number for result in mine for number in result.evidence))
        steps += (Step(hypothesis.probability, probability, f"tested: {because}", cited),)
    elif abs(hypothesis.probability - probability) >= 0.005:
        steps += (Step(hypothesis.probability, probability, "tests of the other hypotheses"),)
    refuted = next((result.because for result in mine if result.outcome == "refuted"), "")
    return replace(
        hypothesis,
        probability=probability,
        status=status,
        steps=steps,
        ruled_out_because="" if status == "confirmed" else refuted or hypothesis.ruled_out_because,
    )
