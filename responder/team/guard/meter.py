"""What a run has used and what it may still use: turns, calls, tokens, dollars, seconds.

A turn is one unsatisfied progress ledger: either an agent speaks or the plan is made anew. Counting ledgers instead of
agent replies makes stalls cost turns too, so a team that never progresses ends like any other.
"""

import time
from collections import Counter
from collections.abc import Callable

from msgspec import Struct, field

from responder.patterns import lazy
from responder.team.interface import StopReason
from responder.team.models.prices import Price

__all__ = ["Allowance", "Meter"]

_NUMBER = lazy(r"\d+")
_REPEATS_THAT_STALL = 3
_BARREN_TURNS_THAT_STALL = 4
_NEWS_SHARE = 0.1
_CALLS_A_TURN = 6
_RESERVE = 0.1


class Allowance(Struct, frozen=True):
    """The limits of one run."""

    max_turns: int = 12
    budget_tokens: int = 200_000
    """Prompt and completion together. A tenth of it, or what the longest prompt so far took, is kept for the final
    answer."""
    timeout_seconds: float = 300.0
    """Wall clock of the team; a tenth of it is kept for the final answer."""
    budget_usd: float | None = None
    """US dollars, a tenth of it kept for the final answer; None for no limit. Holds only where the price is known."""
    max_calls: int | None = None
    """Requests to the model, retries included; None for six a turn and ten more."""

    @property
    def calls(self) -> int:
        """How many requests to the model may be made."""
        return self.max_turns * _CALLS_A_TURN + 10 if self.max_calls is None else self.max_calls


class Meter(Struct):
    """Counts one run against its allowance. Not thread-safe; one event loop owns it."""

    allowance: Allowance
    clock: Callable[[], float] = time.monotonic
    turns: int = 0
    calls: int = 0
    """Requests to the model, failed ones included."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False
    stopped: StopReason | None = None
    """The first limit that was reached."""
    concluding: bool = False
    """True once the final answer is being asked for, which may use the reserve."""
    closed: bool = False
    """True once the conversation was ended from outside: nothing more is asked, and nothing more is heard."""
    turns_by_agent: Counter[str] = field(default_factory=Counter)
    _cost: float | None = 0.0
    _longest_prompt: int = 0
    _started: float = 0.0
    _instructions: Counter[str] = field(default_factory=Counter)
    _kinds: set[str] = field(default_factory=set)
    _kind_is_known: bool = False
    _lines: set[str] = field(default_factory=set)
    _shapes: set[str] = field(default_factory=set)
    _barren: int = 0

    def __post_init__(self) -> None:
        self._started = self.clock()

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens so far."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def cost(self) -> float | None:
        """US dollars so far; None once a model was asked whose price is not known."""
        return self._cost

    @property
    def seconds_left(self) -> float:
        """Wall clock until the hard stop; never negative."""
        return max(0.0, self.allowance.timeout_seconds - (self.clock() - self._started))

    @property
    def seconds_for_a_call(self) -> float:
        """What one answer may take at most, its retries included: half of what is left beside the reserve."""
        return max(0.0, self.seconds_left - self._reserved(self.allowance.timeout_seconds)) / 2

    def count_call(
        self, prompt_tokens: int, completion_tokens: int, *, price: Price | None, estimated: bool = False
    ) -> None:
        """Add one request to a model.

        Args:
            prompt_tokens: Sent.
            completion_tokens: Received.
            price: Of the model that was asked; None when it is not known.
            estimated: Whether the endpoint left the counting to us.
        """
        self.calls += 1
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens
        self.estimated = self.estimated or estimated
        self._longest_prompt = max(self._longest_prompt, prompt_tokens)
        if price is None or self._cost is None:
            self._cost = None
        else:
            self._cost += price.of(prompt_tokens, completion_tokens)

    def count_turn(self, speaker: str, instruction: str) -> None:
        """Add one turn that was given to `speaker` with `instruction`."""
        words = f"{speaker}: {' '.join(instruction.lower().split())}"
        kind = _shape(words)
        self.turns += 1
        self.turns_by_agent[speaker] += 1
        self._instructions[words] += 1
        self._kind_is_known = kind in self._kinds
        self._kinds.add(kind)
        self._barren += 1

    def count_answer(self, text: str) -> None:
        """Note what an agent brought back, to see whether anything new still arrives.

        News is a line of a kind that was not seen before (numbers aside), or, to a question that was not asked
        before (numbers aside), a tenth of lines that were not. So an alternation, the same page one line further, and
        a count that runs again bring nothing.
        """
        lines = {" ".join(line.split()) for line in text.split("\n") if line.strip()}
        shapes = {_shape(line) for line in lines}
        fresh = len(lines - self._lines) >= max(1.0, _NEWS_SHARE * len(lines))
        if shapes - self._shapes or (fresh and not self._kind_is_known):
            self._barren = 0
        self._lines |= lines
        self._shapes |= shapes

    def exhausted(self) -> StopReason | None:
        """Return the limit that ends the investigation; the final answer may still be given."""
        return self._used_up(0, None) or self._at_an_end()

    def refuses(self, prompt_tokens: int, *, price: Price | None) -> StopReason | None:
        """Return the limit that forbids a request of this size, which is a lower bound of what it will use."""
        return self._used_up(prompt_tokens, price)

    def stop(self, reached: StopReason) -> None:
        """Note that a limit ended the investigation; only the first one is kept."""
        self.stopped = self.stopped or reached

    def _used_up(self, prompt_tokens: int, price: Price | None) -> StopReason | None:
        allowed = self.allowance
        if self.seconds_left <= self._reserved(allowed.timeout_seconds):
            return "timeout"
        kept = 0 if self.concluding else min(allowed.budget_tokens / 2, self._longest_prompt)
        if self.tokens + max(1, prompt_tokens) > allowed.budget_tokens - max(
            kept, self._reserved(allowed.budget_tokens)
        ):
            return "budget"
        if self.calls >= allowed.calls - (0 if self.concluding else 1):
            return "budget"
        if allowed.budget_usd is not None and self._cost is not None:
            expected = self._cost + (price.of(prompt_tokens, 0) if price else 0.0)
            if expected >= allowed.budget_usd - self._reserved(allowed.budget_usd):
                return "budget"
        return None

    def _at_an_end(self) -> StopReason | None:
        if self.turns >= self.allowance.max_turns:
            return "turn_limit"
        repeated = max(self._instructions.values(), default=0) >= _REPEATS_THAT_STALL
        return "stalled" if repeated or self._barren >= _BARREN_TURNS_THAT_STALL else None

    def _reserved(self, whole: float) -> float:
        """Return the share that only the final answer may use."""
        return 0.0 if self.concluding else whole * _RESERVE


def _shape(text: str) -> str:
    """Return a text with its numbers masked, for telling what differs in nothing else."""
    return _NUMBER.sub("#", text)
