"""What the analyst wants next: the same plan a careful engineer follows, one step a turn."""

from typing import Literal

from msgspec import Struct

from responder.causes.interface import Hypothesis
from responder.incident import EvidenceId
from responder.team.analyst.memory import Memory

__all__ = ["Done", "Move", "next_move", "plan"]

_MOST_HYPOTHESES = 4
_MOST_CODER_FAILURES = 2

PROVE = "Prove where your code runs: print platform.platform(), the user id and the network interfaces."
SURVEY = "Survey the logs: count the records and the failures in each file, and print the verdict."


class Move(Struct, frozen=True):
    """One instruction to one agent."""

    speaker: Literal["Coder", "FileSurfer"]
    instruction: str
    because: str


class Done(Struct, frozen=True):
    """Nothing more to do."""

    because: str


def next_move(memory: Memory, *, has_coder: bool) -> Move | Done:
    """Decide the next step from what is known.

    Hypotheses are taken by rank. Each is read at its first line, then tested by code; a contradiction on the page or
    a refutation by code turns to the next one, a confirmation ends the investigation.
    """
    coder = has_coder and memory.coder_failures < _MOST_CODER_FAILURES
    if coder and not memory.platform:
        return Move("Coder", PROVE, "Nothing is run before it is known where it runs.")
    for hypothesis in memory.case.explanation.hypotheses[:_MOST_HYPOTHESES]:
        verdict = memory.verdicts.get(hypothesis.id)
        if verdict is not None and verdict.outcome == "confirmed":
            return Done(f"{hypothesis.id} is confirmed by code: {verdict.because}")
        if verdict is not None or _contradicted(memory, hypothesis):
            continue
        move = _examine(memory, hypothesis, coder=coder)
        if move is not None:
            return move
        return Done(f"The page shows the line that {hypothesis.id} rests on; no code can test it further.")
    return Done(
        "No hypothesis is left to test." if memory.case.explanation.hypotheses else "Nothing points to a failure."
    )


def plan(memory: Memory, *, has_coder: bool) -> str:
    """Write the plan for the task ledger."""
    steps = ["Coder: prove where code runs."] if has_coder else []
    for hypothesis in memory.case.explanation.hypotheses[:_MOST_HYPOTHESES]:
        first = leading_evidence(hypothesis)
        steps.append(f"FileSurfer: read {first} for {hypothesis.id}." if first else f"Examine {hypothesis.id}.")
        if has_coder:
            steps.append(f"Coder: test {hypothesis.id}; go on to the next hypothesis only if it is refuted.")
    return "\n".join(f"- {step}" for step in [*steps, "Conclude with citations."])


def leading_evidence(hypothesis: Hypothesis) -> EvidenceId | None:
    """Return the line a hypothesis stands or falls with: the first of its checks, else its first support."""
    if hypothesis.supporting:
        return hypothesis.supporting[0]
    return hypothesis.checks[0].first if hypothesis.checks else None


def _examine(memory: Memory, hypothesis: Hypothesis, *, coder: bool) -> Move | None:
    first = leading_evidence(hypothesis)
    item = memory.case.evidence.get(first) if first else None
    if item is not None and item.id not in memory.readings:
        return Move(
            "FileSurfer",
            f"Open {item.span.path} at line {item.span.line}: evidence {item.id}, on which {hypothesis.id} rests.",
            f"{hypothesis.id} is worth nothing if {item.id} does not stand where it is quoted.",
        )
    if coder:
        return Move(
            "Coder",
            f"Test hypothesis {hypothesis.id} against the logs and print the verdict.",
            "A prediction that could fail says more than another look.",
        )
    return None


def _contradicted(memory: Memory, hypothesis: Hypothesis) -> bool:
    first = leading_evidence(hypothesis)
    return first is not None and memory.readings.get(first) == "contradicts"
