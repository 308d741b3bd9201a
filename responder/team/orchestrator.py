"""The orchestrator's client: every progress ledger that reaches AutoGen is legal, and the turn limit is exact.

AutoGen allows one agent turn more than `max_turns`, does not count stalls, and dies on one bad ledger. So the limits
are kept here, where each ledger passes: at the limit the ledger says that the request is satisfied, which makes
AutoGen ask for its final answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from autogen_core import CancellationToken
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    RequestUsage,
    UserMessage,
)
from autogen_core.tools import Tool, ToolSchema

from responder.audit.interface import Journal
from responder.team.clients import ClientWrapper, JsonOutput, ToolChoice
from responder.team.interface import StopReason
from responder.team.ledger import Ledger, parse_ledger
from responder.team.meter import Meter

__all__ = ["LedgerClient"]

_REASKS = 2
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
        speakers: Names of the team, the one to fall back to first.
        fallback_instruction: What the first speaker is told when no legal ledger can be had.
    """

    def __init__(
        self,
        inner: ChatCompletionClient,
        *,
        meter: Meter,
        journal: Journal,
        speakers: Sequence[str],
        fallback_instruction: str,
    ) -> None:
        super().__init__(inner)
        self._meter = meter
        self._journal = journal
        self._speakers = tuple(speakers)
        self._fallback_instruction = fallback_instruction

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        """Answer a ledger call with a legal ledger; pass any other call on."""
        if not json_output:
            return await super().create(messages, cancellation_token=cancellation_token)
        ledger = self._at_a_limit() or await self._ask(messages, cancellation_token)
        if not ledger.is_request_satisfied.answer:
            self._meter.count_turn(ledger.next_speaker.answer, ledger.instruction_or_question.answer)
        self._journal.record("decision", {"what": "progress ledger", "turn": self._meter.turns, **_summary(ledger)})
        return CreateResult(
            finish_reason="stop", content=ledger.model_dump_json(), usage=RequestUsage(0, 0), cached=False
        )

    def _at_a_limit(self) -> Ledger | None:
        reached = self._meter.exhausted()
        if reached is None:
            return None
        self._journal.record("limit", {"reached": reached, "turns": self._meter.turns, "tokens": self._meter.tokens})
        return Ledger.make(satisfied=True, reason=_STOPPED[reached], speaker=self._speakers[0])

    async def _ask(self, messages: Sequence[LLMMessage], cancellation_token: CancellationToken | None) -> Ledger:
        thread = list(messages)
        for _ in range(_REASKS + 1):
            result = await super().create(thread, json_output=True, cancellation_token=cancellation_token)
            reply = result.content if isinstance(result.content, str) else ""
            ledger = parse_ledger(reply, self._speakers)
            if ledger is not None:
                return ledger
            thread += [AssistantMessage(content=reply or "(no text)", source="orchestrator"), self._correction()]
        return Ledger.make(
            satisfied=False,
            progress=False,
            reason="The orchestrator gave no usable ledger.",
            speaker=self._speakers[0],
            instruction=self._fallback_instruction,
        )

    def _correction(self) -> UserMessage:
        names = " or ".join(self._speakers)
        return UserMessage(
            content="That was not one JSON object with the five keys is_request_satisfied, is_in_loop, "
            "is_progress_being_made, next_speaker and instruction_or_question, each with 'reason' and 'answer'. "
            f"next_speaker.answer must be {names}. Reply with the JSON object alone.",
            source="guard",
        )


def _summary(ledger: Ledger) -> dict[str, Any]:
    return {
        "satisfied": ledger.is_request_satisfied.answer,
        "progress": ledger.is_progress_being_made.answer,
        "in_loop": ledger.is_in_loop.answer,
        "speaker": ledger.next_speaker.answer,
        "instruction": ledger.instruction_or_question.answer,
        "because": ledger.next_speaker.reason or ledger.is_request_satisfied.reason,
    }
