"""From what the agents did and said to a typed conclusion; what they only said is checked or struck.

Code runs decide first, pages that were read second, the final answer last: it may add claims about numbered evidence
and choose among the hypotheses that no test has refuted, and nothing else.
"""

import json
import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from responder.causes.interface import TestResult
from responder.incident import EvidenceId, HypothesisId
from responder.sandbox.interface import Execution
from responder.team.case import Case
from responder.team.interface import Claim, StruckClaim, Verification
from responder.team.verdicts import find_verdict

__all__ = ["FinalAnswer", "checked_claims", "parse_final_answer", "results_of", "verifications_of"]

_LONGEST_ANSWER = 100_000


class _ClaimText(BaseModel):
    model_config = ConfigDict(extra="ignore")
    text: str = Field(max_length=2000)
    evidence: tuple[str, ...] = ()
    verifications: tuple[str, ...] = ()


class _RuledOut(BaseModel):
    model_config = ConfigDict(extra="ignore")
    hypothesis: str
    because: str = Field(default="", max_length=2000)
    evidence: tuple[str, ...] = ()


class FinalAnswer(BaseModel):
    """What the orchestrator concludes, as far as it is readable; nothing in it is believed yet."""

    model_config = ConfigDict(extra="ignore")
    root_cause: str | None = None
    claims: tuple[_ClaimText, ...] = ()
    ruled_out: tuple[_RuledOut, ...] = ()


def parse_final_answer(text: str) -> FinalAnswer | None:
    """Read the first JSON object of a reply that is a conclusion; None when there is none."""
    decoder = json.JSONDecoder()
    for found in list(re.finditer(r"\{", text[:_LONGEST_ANSWER]))[:50]:
        try:
            value, _ = decoder.raw_decode(text, found.start())
            if isinstance(value, dict) and ("root_cause" in value or "claims" in value):
                return FinalAnswer.model_validate(value)
        except (json.JSONDecodeError, ValidationError, RecursionError):
            continue
    return None


def verifications_of(case: Case, executions: Sequence[Execution]) -> tuple[Verification, ...]:
    """Number the Coder's runs and read their typed verdicts; a run that ended badly says nothing."""
    rows: list[Verification] = []
    for number, execution in enumerate(executions, 1):
        verdict = find_verdict(execution.output, case.verdict_mark) if execution.ending == "exited" else None
        if verdict is None or execution.exit_code != 0 or verdict.hypothesis not in case.hypotheses:
            rows.append(Verification(f"V{number}", execution))
        else:
            rows.append(
                Verification(
                    f"V{number}", execution, HypothesisId(verdict.hypothesis), verdict.outcome, verdict.because
                )
            )
    return tuple(rows)


def results_of(
    case: Case,
    *,
    verifications: Sequence[Verification],
    contradicted: Mapping[EvidenceId, str],
    answer: FinalAnswer | None,
    claims: Sequence[Claim],
) -> tuple[TestResult, ...]:
    """Say what was tested, one result a hypothesis: a page that contradicts wins over code, code over judgement.

    Args:
        case: Gives the ids that may be named.
        verifications: The Coder's runs; the last verdict on a hypothesis counts.
        contradicted: Evidence whose line does not stand where it is quoted, with the reason.
        answer: The orchestrator's conclusion.
        claims: Its claims that were kept.
    """
    results = _judged(case, answer, claims) if answer is not None else {}
    for run in verifications:
        if run.hypothesis is not None and run.outcome != "none":
            cited = case.hypotheses[run.hypothesis].supporting[:1]
            results[run.hypothesis] = TestResult(run.hypothesis, run.outcome, f"{run.statement} [{run.id}]", cited)
    for hypothesis in case.explanation.hypotheses:
        for first in hypothesis.supporting[:1]:
            if first in contradicted:
                results[hypothesis.id] = TestResult(hypothesis.id, "refuted", contradicted[first], (first,), "page")
    return tuple(results[key] for key in sorted(results))


def _judged(case: Case, answer: FinalAnswer, claims: Sequence[Claim]) -> dict[HypothesisId, TestResult]:
    """Turn the orchestrator's own judgement into results, as far as it cites evidence that holds."""
    results: dict[HypothesisId, TestResult] = {}
    for row in answer.ruled_out:
        cited = _known(case, row.evidence)
        if row.hypothesis in case.hypotheses and cited and row.hypothesis != answer.root_cause:
            key = HypothesisId(row.hypothesis)
            results[key] = TestResult(key, "refuted", row.because, cited, "judgement")
    chosen = case.hypotheses.get(HypothesisId(answer.root_cause or ""))
    if chosen is not None:
        backing = [claim for claim in claims if set(claim.evidence) & set(chosen.supporting)]
        if backing:
            results[chosen.id] = TestResult(chosen.id, "confirmed", backing[0].text, backing[0].evidence, "judgement")
    return results


def checked_claims(
    case: Case, answer: FinalAnswer | None, verifications: Sequence[Verification], unreal: Mapping[EvidenceId, str]
) -> tuple[tuple[Claim, ...], tuple[StruckClaim, ...]]:
    """Keep the claims whose every citation exists and stands in the originals; strike the others with the reason."""
    kept: list[Claim] = []
    struck: list[StruckClaim] = []
    runs = {item.id for item in verifications}
    for claim in answer.claims if answer else ():
        unknown = [cited for cited in claim.evidence if cited not in case.evidence]
        unknown += [cited for cited in claim.verifications if cited not in runs]
        false = [cited for cited in claim.evidence if cited in unreal]
        if unknown:
            struck.append(StruckClaim(claim.text, f"cites {', '.join(unknown)}, which does not exist"))
        elif false:
            struck.append(StruckClaim(claim.text, f"cites {false[0]}: {unreal[EvidenceId(false[0])]}"))
        elif not claim.evidence and not claim.verifications:
            struck.append(StruckClaim(claim.text, "cites nothing"))
        else:
            kept.append(Claim(claim.text, _known(case, claim.evidence), claim.verifications))
    if answer is not None and answer.root_cause is not None and answer.root_cause not in case.hypotheses:
        struck.append(StruckClaim(f"The root cause is {answer.root_cause}.", "is not one of the hypotheses"))
    return tuple(kept), tuple(struck)


def _known(case: Case, cited: Sequence[str]) -> tuple[EvidenceId, ...]:
    return tuple(EvidenceId(item) for item in cited if item in case.evidence)
