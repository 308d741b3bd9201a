"""The analyst's final answer: the same typed object that a model must give, from what was learnt."""

import json

from responder.causes.interface import Hypothesis
from responder.team.analyst.memory import Memory
from responder.team.analyst.moves import leading_evidence
from responder.team.judgement.verdicts import CodeVerdict

__all__ = ["conclusion_json"]


def conclusion_json(memory: Memory) -> str:
    """Write the conclusion: the confirmed hypothesis, or the best one that nothing contradicts, or null."""
    accepted = _accepted(memory)
    claims: list[dict[str, object]] = []
    if accepted is not None:
        verdict = memory.verdicts.get(accepted.id)
        if verdict is not None:
            claims.append(
                {
                    "text": f"Tested by code in the sandbox: {verdict.because}.",
                    "evidence": verdict.evidence,
                    "verifications": [memory.runs[accepted.id]] if accepted.id in memory.runs else [],
                }
            )
        claims += [
            {"text": f"{item.span} stands as quoted: {item.why}", "evidence": [item.id]}
            for item in memory.case.explanation.evidence
            if item.id in accepted.supporting and memory.readings.get(item.id) == "agrees"
        ]
    return json.dumps(
        {
            "root_cause": accepted.id if accepted else None,
            "claims": claims,
            "ruled_out": _ruled_out(memory),
        }
    )


def _accepted(memory: Memory) -> Hypothesis | None:
    open_ones: list[Hypothesis] = []
    for hypothesis in memory.case.explanation.hypotheses:
        verdict = memory.verdicts.get(hypothesis.id)
        if verdict is not None and verdict.outcome == "confirmed":
            return hypothesis
        if not _refutation(memory, hypothesis, verdict):
            open_ones.append(hypothesis)
    return open_ones[0] if open_ones else None


def _ruled_out(memory: Memory) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for hypothesis in memory.case.explanation.hypotheses:
        verdict = memory.verdicts.get(hypothesis.id)
        because = _refutation(memory, hypothesis, verdict)
        if because:
            cited = verdict.evidence if verdict and verdict.outcome == "refuted" else (leading_evidence(hypothesis),)
            rows.append({"hypothesis": hypothesis.id, "because": because, "evidence": cited})
    return rows


def _refutation(memory: Memory, hypothesis: Hypothesis, verdict: CodeVerdict | None) -> str:
    if verdict is not None and verdict.outcome == "refuted":
        return verdict.because
    first = leading_evidence(hypothesis)
    if first is not None and memory.readings.get(first) == "contradicts":
        return f"the file does not show {first} as it was quoted"
    return ""
