"""The progress ledger: five answers the orchestrator must give each turn, and how to read them from any reply.

AutoGen raises, and the run dies, on one ledger with an unknown speaker, a language-marked fence, two objects or a
missing key. Here a reply is searched for the first object that is a legal ledger; what cannot be read is a value.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

__all__ = ["Ledger", "parse_ledger"]

_LONGEST_REPLY = 200_000


class _Flag(BaseModel):
    model_config = ConfigDict(extra="ignore")
    reason: str = ""
    answer: bool


class _Text(BaseModel):
    model_config = ConfigDict(extra="ignore")
    reason: str = ""
    answer: str


class Ledger(BaseModel):
    """One legal progress ledger, as AutoGen expects it."""

    model_config = ConfigDict(extra="ignore")

    is_request_satisfied: _Flag
    is_in_loop: _Flag
    is_progress_being_made: _Flag
    next_speaker: _Text
    instruction_or_question: _Text

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
    for candidate in _objects(reply[:_LONGEST_REPLY]):
        try:
            ledger = Ledger.model_validate(candidate)
        except ValidationError:
            continue
        named = {name.lower(): name for name in speakers}.get(ledger.next_speaker.answer.strip().lower())
        if named is None and not ledger.is_request_satisfied.answer:
            continue
        ledger.next_speaker.answer = named or speakers[0]
        return ledger
    return None


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield each JSON object of a text that is not inside one already yielded."""
    decoder = json.JSONDecoder()
    position = text.find("{")
    tries = 0
    # A reply of nothing but braces would otherwise cost a parse attempt each.
    while position != -1 and tries < 200:
        tries += 1
        try:
            value, end = decoder.raw_decode(text, position)
        except (json.JSONDecodeError, RecursionError):
            end = position + 1
        else:
            if isinstance(value, dict):
                yield value
        position = text.find("{", end)
