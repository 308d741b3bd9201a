"""The progress ledger: five answers the orchestrator must give each turn, and how to read them from any reply.

AutoGen raises, and the run dies, on one ledger with an unknown speaker, a language-marked fence, two objects or a
missing key. Here a reply is searched for the first object that is a legal ledger; what cannot be read is a value.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from responder.team.guard.replies import objects_in

__all__ = ["Ledger", "parse_ledger"]

_LONGEST_REPLY = 200_000
_LONGEST_INSTRUCTION = 4_000


class _Flag(BaseModel):
    model_config = ConfigDict(extra="ignore")
    reason: str | None = ""
    answer: bool


class _Text(BaseModel):
    model_config = ConfigDict(extra="ignore")
    reason: str | None = ""
    answer: str | None = ""


class Ledger(BaseModel):
    """One legal progress ledger, as AutoGen expects it."""

    model_config = ConfigDict(extra="ignore")

    is_request_satisfied: _Flag
    is_in_loop: _Flag
    is_progress_being_made: _Flag
    next_speaker: _Text
    instruction_or_question: _Text

    @property
    def satisfied(self) -> bool:
        """Whether the final answer comes next."""
        return self.is_request_satisfied.answer

    @property
    def speaker(self) -> str:
        """Who acts next."""
        return self.next_speaker.answer or ""

    @property
    def instruction(self) -> str:
        """What the next speaker is to do."""
        return self.instruction_or_question.answer or ""

    @classmethod
    def make(
        cls, *, satisfied: bool, reason: str, speaker: str, instruction: str = "", progress: bool = True
    ) -> "Ledger":
        """Build a ledger in code, for limits, for replies that cannot be repaired, and for the built-in analyst."""
        return cls(
            is_request_satisfied=_Flag(reason=reason, answer=satisfied),
            is_in_loop=_Flag(reason="", answer=False),
            is_progress_being_made=_Flag(reason=reason, answer=progress),
            next_speaker=_Text(reason=reason, answer=speaker),
            instruction_or_question=_Text(reason=reason, answer=instruction),
        )


def parse_ledger(reply: str, speakers: Sequence[str]) -> Ledger | None:
    """Find the first legal ledger in a reply.

    Reasoning prefixes, fences of any kind, prose around the object and several objects are all accepted. The speaker
    must be one of `speakers` (any case) unless the request is satisfied.

    Returns:
        The ledger with the speaker's exact name, or None when the reply holds no legal one.
    """
    for candidate in objects_in(reply[:_LONGEST_REPLY]):
        try:
            ledger = Ledger.model_validate(candidate)
        except ValidationError:
            continue
        named = {name.lower(): name for name in speakers}.get(ledger.speaker.strip().lower())
        # An instruction to nobody, and an agent without one, are both a turn for nothing.
        if not ledger.satisfied and (named is None or not ledger.instruction.strip()):
            continue
        ledger.next_speaker.answer = named or speakers[0]
        ledger.instruction_or_question.answer = ledger.instruction[:_LONGEST_INSTRUCTION]
        return ledger
    return None
