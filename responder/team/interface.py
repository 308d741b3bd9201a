"""What the agents hand over: typed claims about numbered hypotheses and evidence, never free prose."""

from collections.abc import Mapping
from typing import Literal, Protocol

from msgspec import Struct, field

from responder.causes.interface import TestResult
from responder.incident import EvidenceId, HypothesisId
from responder.sandbox.interface import Execution
from responder.team.case import Case

__all__ = ["AgentUsage", "Claim", "Conclusion", "StopReason", "StruckClaim", "Team", "Verification"]

StopReason = Literal[
    "concluded", "turn_limit", "budget", "timeout", "stalled", "model_failed", "interrupted", "not_run"
]
"""concluded: the orchestrator was satisfied; turn_limit, budget, timeout: a limit was reached and the best answer so
far was taken; stalled: no new evidence; model_failed: the model died and the built-in analyst finished, or could not;
not_run: no agents were asked for."""


class Claim(Struct, frozen=True):
    """One sentence of the agents with what it rests on."""

    text: str
    evidence: tuple[EvidenceId, ...] = ()
    verifications: tuple[str, ...] = ()
    """`V1`, `V2`, ...: code runs that say so."""


class StruckClaim(Struct, frozen=True):
    """A claim that code could not confirm in the originals, and why it was struck."""

    text: str
    reason: str


class Verification(Struct, frozen=True):
    """One code block that the Coder ran, and what it said about a hypothesis."""

    id: str
    """`V1`, `V2`, ... in the order they ran."""
    execution: Execution
    hypothesis: HypothesisId | None = None
    outcome: Literal["confirmed", "refuted", "none"] = "none"
    statement: str = ""
    """What it showed, in one sentence with its numbers."""


class AgentUsage(Struct, frozen=True):
    """How the run of the agents went."""

    turns: int = 0
    max_turns: int = 0
    model: str = "none"
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tokens_estimated: bool = False
    """True when the endpoint did not report usage and the numbers are estimates."""
    cost: float | None = None
    """US dollars; None when the price of the model is not known."""


class Conclusion(Struct, frozen=True):
    """What the team decided; the cause engine turns `results` into probabilities."""

    stop_reason: StopReason
    results: tuple[TestResult, ...] = ()
    claims: tuple[Claim, ...] = ()
    struck: tuple[StruckClaim, ...] = ()
    verifications: tuple[Verification, ...] = ()
    usage: AgentUsage = AgentUsage()
    notes: tuple[str, ...] = ()
    """What the reader must know about the run: degradations, limits, refusals, as sentences."""
    turns_by_agent: Mapping[str, int] = field(default_factory=dict)


class Team(Protocol):
    """Agents that test what the engine found."""

    async def investigate(self, case: Case) -> Conclusion:
        """Plan, read, run code, conclude, within the limits.

        Whatever the model, the agents or their code do ends in a conclusion, a cancellation included
        (`stop_reason="interrupted"`).

        Raises:
            AuditError: The journal could not be written.
        """
        ...
