"""What a run has used and what it may still use: turns, tokens, seconds.

A turn is one unsatisfied progress ledger: either an agent speaks or the plan is made anew. Counting ledgers instead of
agent replies makes stalls cost turns too, so a team that never progresses ends like any other.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from responder.team.interface import StopReason
from responder.team.prices import Price

__all__ = ["Allowance", "Meter"]

_REPEATS_THAT_STALL = 3
_ECHOES_THAT_STALL = 4


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits of one run."""

    max_turns: int = 12
    budget_tokens: int = 200_000
    """Prompt and completion together; a tenth of it is kept for the final answer."""
    timeout_seconds: float = 300.0
    """Wall clock of the team; a tenth of it is kept for the final answer."""
    budget_usd: float | None = None
    """US dollars, a tenth of it kept for the final answer; None for no limit. Holds only where the price is known."""


@dataclass(slots=True)
class Meter:
    """Counts one run against its allowance. Not thread-safe; one event loop owns it."""

    allowance: Allowance
    price: Price | None = None
    clock: Callable[[], float] = time.monotonic
    turns: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False
    stopped: StopReason | None = None
    """The first limit that was reached."""
    turns_by_agent: Counter[str] = field(default_factory=Counter)
    _started: float = field(init=False)
    _instructions: Counter[str] = field(default_factory=Counter)
    _seen: set[int] = field(default_factory=set)
    _echoes: int = 0

    def __post_init__(self) -> None:
        self._started = self.clock()

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens so far."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def cost(self) -> float | None:
        """US dollars so far; None when the price of the model is not known."""
        return self.price.of(self.prompt_tokens, self.completion_tokens) if self.price is not None else None

    @property
    def seconds_left(self) -> float:
        """Wall clock until the hard stop; never negative."""
        return max(0.0, self.allowance.timeout_seconds - (self.clock() - self._started))

    def count_call(self, prompt_tokens: int, completion_tokens: int, *, estimated: bool = False) -> None:
        """Add one model call."""
        self.calls += 1
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens
        self.estimated = self.estimated or estimated

    def count_turn(self, speaker: str, instruction: str) -> None:
        """Add one turn that was given to `speaker` with `instruction`."""
        self.turns += 1
        self.turns_by_agent[speaker] += 1
        self._instructions[f"{speaker}: {' '.join(instruction.lower().split())}"] += 1

    def count_answer(self, text: str) -> None:
        """Note what an agent brought back, to see whether anything new still arrives."""
        fresh = hash(text) not in self._seen
        self._seen.add(hash(text))
        self._echoes = 0 if fresh else self._echoes + 1

    def exhausted(self, *, final: bool = False) -> StopReason | None:
        """Return the limit that forbids another call.

        Args:
            final: Whether the call is the final answer, which may use the reserve that other calls must leave.
        """
        share = 1.0 if final else 0.9
        reached: StopReason | None = None
        if self.seconds_left <= self.allowance.timeout_seconds * (1 - share):
            reached = "timeout"
        elif self.tokens >= self.allowance.budget_tokens * share or self._is_overspent(share):
            reached = "budget"
        elif not final and self.turns >= self.allowance.max_turns:
            reached = "turn_limit"
        elif not final and self._is_stalled():
            reached = "stalled"
        if reached is not None and self.stopped is None:
            self.stopped = reached
        return reached

    def _is_overspent(self, share: float) -> bool:
        limit, cost = self.allowance.budget_usd, self.cost
        return limit is not None and cost is not None and cost >= limit * share

    def _is_stalled(self) -> bool:
        repeated = max(self._instructions.values(), default=0) >= _REPEATS_THAT_STALL
        return repeated or self._echoes >= _ECHOES_THAT_STALL
