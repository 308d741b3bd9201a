"""Models that answer from a recording: all the way in a replay, as far as it fits in a resumed run."""

from collections.abc import Sequence

from autogen_core import FunctionCall
from autogen_core.models import ChatCompletionClient, CreateResult, LLMMessage, RequestUsage

from responder.audit.values import plain
from responder.safety.interface import TextRedactor
from responder.team.analyst.client import AnalystClient
from responder.team.guard.clients import ClientWrapper, Options, text_of
from responder.team.models.wire import UnusableReply
from responder.team.replay.recording import Divergence, Recording

__all__ = ["RecordedClient", "RememberingClient"]


class RecordedClient(ClientWrapper):
    """Does for one role what its model did: the recorded replies and failures, in their order."""

    def __init__(self, recording: Recording, role: str) -> None:
        super().__init__(AnalystClient(lambda messages, wants_json: ""))
        self._recording = recording
        self._role = role

    async def answer(self, messages: Sequence[LLMMessage], options: Options) -> CreateResult:
        """Return the next recorded reply, or fail as it failed.

        Raises:
            Divergence: The run had no more replies for this role.
            TimeoutError: The model was silent here.
            UnusableReply: The model failed here in some other way.
        """
        entry, asked_again = self._recording.next_of_model(self._role)
        if entry is None:
            raise Divergence(f"the journal has no further reply for {self._role}")
        data = entry.data
        if entry.event == "model.failed":
            if data["silent"]:
                raise TimeoutError
            # How long there was time to try again is not recorded; whether it was tried is.
            raise UnusableReply(data["error"], status_code=data["status"], passes=asked_again)
        calls = [FunctionCall(id=call["id"], name=call["name"], arguments=call["arguments"]) for call in data["calls"]]
        return CreateResult(
            finish_reason=data["finish_reason"],
            content=calls or data["reply"],
            usage=RequestUsage(data["prompt_tokens"], data["completion_tokens"]),
            cached=True,
        )


class RememberingClient(ClientWrapper):
    """Gives the recorded replies for as long as it is asked what was asked then, and asks `inner` from there on.

    Args:
        inner: The model that the run goes on with.
        recording: What was answered before the crash.
        role: Whose questions these are.
        redactor: The run's, so that questions compare as they were recorded.
    """

    def __init__(self, inner: ChatCompletionClient, recording: Recording, role: str, redactor: TextRedactor) -> None:
        super().__init__(inner)
        self._recorded: RecordedClient | None = RecordedClient(recording, role)
        self._recording = recording
        self._role = role
        self._redactor = redactor

    async def answer(self, messages: Sequence[LLMMessage], options: Options) -> CreateResult:
        """Remember, or ask."""
        if self._recorded is not None and self._asked_before(messages):
            try:
                return await self._recorded.answer(messages, options)
            except Divergence:
                pass
        self._recorded = None
        return await super().answer(messages, options)

    def _asked_before(self, messages: Sequence[LLMMessage]) -> bool:
        entry = self._recording.next("model.requested", self._role)
        now = plain(
            {"messages": [{"type": message.type, "text": text_of(message)} for message in messages]}, self._redactor
        )
        return entry is not None and entry.data["messages"] == now["messages"]
