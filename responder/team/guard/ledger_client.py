"""The orchestrator's client: every progress ledger that reaches AutoGen is legal, and the turn limit is exact.

AutoGen allows one agent turn more than `max_turns`, does not count stalls, and dies on one bad ledger. So the limits
are kept here, where each ledger passes: at the limit the ledger says that the request is satisfied, which makes
AutoGen ask for its final answer. A model that cannot write a ledger or a conclusion is given up: the built-in analyst
goes on from what is known.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from autogen_core.models import (
    AssistantMessage,
    CreateResult,
    LLMMessage,
    RequestUsage,
    UserMessage,
)

from responder.audit.interface import Journal
from responder.errors import ModelError
from responder.team.briefing.brevity import said_once
from responder.team.briefing.prompts import FACTS, Ask, asked
from responder.team.guard.clients import ClientWrapper, Options, text_of
from responder.team.guard.guarded import GuardedClient
from responder.team.guard.ledger import Ledger, parse_ledger
from responder.team.guard.meter import Meter
from responder.team.interface import StopReason
from responder.team.judgement.conclusion import parse_final_answer

__all__ = ["LedgerClient"]

_REASKS = 2
_QUOTED_CHARACTERS = 2_000
_STOPPED: dict[StopReason, str] = {
    "turn_limit": "All turns are used; answer with what is known.",
    "budget": "The token budget is used; answer with what is known.",
    "timeout": "The time is used; answer with what is known.",
    "stalled": "Nothing new arrives; answer with what is known.",
}


class LedgerClient(ClientWrapper):
    """Wraps the orchestrator's guarded client.

    Args:
        inner: The guarded client.
        meter: Knows the limits; each unsatisfied ledger counts one turn.
        journal: Gets each ledger as a decision, and each limit that was reached.
        speakers: Names of the team; the first stands in a ledger that gives nobody the word.
        task: The request that the team was given.
    """

    def __init__(
        self, inner: GuardedClient, *, meter: Meter, journal: Journal, speakers: Sequence[str], task: str
    ) -> None:
        super().__init__(inner)
        self._guard = inner
        self._meter = meter
        self._journal = journal
        self._speakers = tuple(speakers)
        self._task = task

    async def answer(self, messages: Sequence[LLMMessage], options: Options) -> CreateResult:
        """Answer a ledger call with a legal ledger, and the final one with a readable conclusion; pass others on.

        Raises:
            ModelError: Nobody is left who can write a ledger.
            CancelledError: The run is over; AutoGen takes no other end of a conversation that was cancelled.
        """
        if self._meter.closed:
            raise asyncio.CancelledError
        if asked(text_of(messages[-1])) is Ask.FACTS:
            return _stated(FACTS)
        messages = said_once(messages, self._task, self._speakers)
        if not options["json_output"]:
            if self._meter.concluding:
                return await self._conclude(messages, options)
            return await super().answer(messages, options)
        ledger = self._at_a_limit() or await self._next(messages, options)
        self._meter.concluding = ledger.satisfied
        if not ledger.satisfied:
            self._meter.count_turn(ledger.speaker, ledger.instruction)
        self._journal.record("decision", {"what": "progress ledger", "turn": self._meter.turns, **_summary(ledger)})
        return _stated(ledger.model_dump_json())

    def _at_a_limit(self) -> Ledger | None:
        reached = self._meter.exhausted()
        if reached is None:
            return None
        self._meter.stop(reached)
        self._journal.record("limit", {"reached": reached, "turns": self._meter.turns, "tokens": self._meter.tokens})
        return Ledger.make(satisfied=True, reason=_STOPPED[reached], speaker=self._speakers[0])

    async def _next(self, messages: Sequence[LLMMessage], options: Options) -> Ledger:
        names = " or ".join(self._speakers)
        correction = (
            "That was not one JSON object with the five keys is_request_satisfied, is_in_loop, "
            "is_progress_being_made, next_speaker and instruction_or_question, each with 'reason' and 'answer'. "
            f"next_speaker.answer must be {names}. Reply with the JSON object alone."
        )
        reply = await self._repaired(messages, options, self._is_ledger, correction, what="progress ledger")
        ledger = parse_ledger(_text(reply), self._speakers)
        if ledger is None:
            raise ModelError("no usable progress ledger was written")
        return ledger

    async def _conclude(self, messages: Sequence[LLMMessage], options: Options) -> CreateResult:
        correction = 'That was not one JSON object with "root_cause", "claims" and "ruled_out". Reply with it alone.'
        return await self._repaired(messages, options, _is_conclusion, correction, what="final answer")

    async def _repaired(
        self,
        messages: Sequence[LLMMessage],
        options: Options,
        is_legal: Callable[[str], bool],
        correction: str,
        *,
        what: str,
    ) -> CreateResult:
        """Ask until the reply is legal, each time with what was wrong; after that the analyst answers."""
        plain = {**options, "json_output": None if self._meter.concluding else True}
        thread = list(messages)
        for _ in range(_REASKS + 1):
            by_model = self._guard.is_the_model
            result = await super().answer(thread, plain)
            if is_legal(_text(result)) or not by_model:
                return result
            thread = [
                *messages,
                AssistantMessage(content=_text(result)[:_QUOTED_CHARACTERS] or "(no text)", source="orchestrator"),
                UserMessage(content=correction, source="guard"),
            ]
        self._guard.give_up(f"the model for orchestrator wrote no usable {what} in {_REASKS + 1} tries")
        return await super().answer(messages, plain)

    def _is_ledger(self, reply: str) -> bool:
        return parse_ledger(reply, self._speakers) is not None


def _stated(content: str) -> CreateResult:
    return CreateResult(finish_reason="stop", content=content, usage=RequestUsage(0, 0), cached=False)


def _is_conclusion(reply: str) -> bool:
    return parse_final_answer(reply) is not None


def _text(result: CreateResult) -> str:
    return result.content if isinstance(result.content, str) else ""


def _summary(ledger: Ledger) -> dict[str, Any]:
    return {
        "satisfied": ledger.satisfied,
        "progress": ledger.is_progress_being_made.answer,
        "in_loop": ledger.is_in_loop.answer,
        "speaker": ledger.speaker,
        "instruction": ledger.instruction,
        "because": ledger.next_speaker.reason or ledger.is_request_satisfied.reason,
    }
