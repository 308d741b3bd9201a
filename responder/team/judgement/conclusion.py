"""From what the agents did and said to a typed conclusion; what they only said is checked or struck.

Pages that were read decide first, code runs second. The final answer moves nothing: it may add claims about numbered
evidence, and where it disagrees with what was tested the report says so. Whoever writes a log can talk a model into a
judgement; a test on the records has to be passed.
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
from responder.team.judgement.verdicts import CodeVerdict, find_verdict, flaw_of

__all__ = ["FinalAnswer", "checked_claims", "dissent", "parse_final_answer", "results_of", "verifications_of"]

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


def verifications_of(
    case: Case, executions: Sequence[Execution], shown: Sequence[str] = ()
) -> tuple[tuple[Verification, ...], tuple[StruckClaim, ...]]:
    """Number the Coder's runs and read their typed verdicts; a run that ended badly says nothing.

    Args:
        case: Gives the ids that may be named, and how a verdict begins.
        executions: The runs, in their order.
        shown: Texts of the logs that the model was shown.

    Returns:
        The runs, and the verdicts that do not count, with the reason.
    """
    rows: list[Verification] = []
    struck: list[StruckClaim] = []
    for number, execution in enumerate(executions, 1):
        verdict = _verdict(case, execution)
        earlier = [run.output for run in executions[: number - 1]]
        flaw = flaw_of(verdict, execution.code, [*shown, *earlier]) if verdict is not None else None
        if verdict is None:
            rows.append(Verification(f"V{number}", execution))
        elif flaw is not None:
            rows.append(Verification(f"V{number}", execution))
            said = f"V{number} says of {verdict.hypothesis}: {verdict.outcome}. {verdict.because}"
            struck.append(StruckClaim(said, flaw))
        else:
            rows.append(
                Verification(
                    f"V{number}", execution, HypothesisId(verdict.hypothesis), verdict.outcome, verdict.because
                )
            )
    return tuple(rows), tuple(struck)


def _verdict(case: Case, execution: Execution) -> CodeVerdict | None:
    if execution.ending != "exited" or execution.exit_code != 0:
        return None
    verdict = find_verdict(execution.output, case.verdict_mark)
    return verdict if verdict is not None and verdict.hypothesis in case.hypotheses else None


def results_of(
    case: Case, *, verifications: Sequence[Verification], contradicted: Mapping[EvidenceId, str]
) -> tuple[TestResult, ...]:
    """Say what was tested, one result a hypothesis; a page that contradicts wins over code.

    Args:
        case: Gives the ids that may be named.
        verifications: The Coder's runs; the last verdict on a hypothesis counts.
        contradicted: Evidence whose line does not stand where it is quoted, with the reason.
    """
    results: dict[HypothesisId, TestResult] = {}
    for run in verifications:
        if run.hypothesis is not None and run.outcome != "none":
            cited = case.hypotheses[run.hypothesis].supporting[:1]
            results[run.hypothesis] = TestResult(run.hypothesis, run.outcome, f"{run.statement} [{run.id}]", cited)
    for hypothesis in case.explanation.hypotheses:
        for first in hypothesis.supporting[:1]:
            if first in contradicted:
                results[hypothesis.id] = TestResult(hypothesis.id, "refuted", contradicted[first], (first,), "page")
    return tuple(results[key] for key in sorted(results))


def dissent(case: Case, answer: FinalAnswer | None, results: Sequence[TestResult]) -> tuple[str, ...]:
    """Say as notes where the final answer goes beyond what was tested; ids only, no words of the model.

    Args:
        case: Gives the ids that may be named.
        answer: The orchestrator's conclusion.
        results: What was tested.
    """
    if answer is None:
        return ()
    tested = {(result.hypothesis, result.outcome) for result in results}
    notes: list[str] = []
    chosen = HypothesisId(answer.root_cause or "")
    leading = next((item.id for item in case.explanation.hypotheses if (item.id, "refuted") not in tested), None)
    if chosen in case.hypotheses and chosen != leading and (chosen, "confirmed") not in tested:
        notes.append(f"The agents judge {chosen} to be the cause. No test bears that out, so the ranking is as it was.")
    untested = [HypothesisId(row.hypothesis) for row in answer.ruled_out]
    untested = [item for item in untested if item in case.hypotheses and (item, "refuted") not in tested]
    if untested:
        named = ", ".join(dict.fromkeys(untested))
        notes.append(f"The agents would rule out {named}. No test bears that out, so the ranking is as it was.")
    return tuple(notes)


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
