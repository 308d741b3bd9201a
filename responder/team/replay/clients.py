"""Models that answer from a recording: all the way in a replay, as far as it fits in a resumed run."""

from collections import deque
from collections.abc import Sequence

from autogen_core import FunctionCall
from autogen_core.models import ChatCompletionClient, CreateResult, LLMMessage, RequestUsage

from responder.audit.chain import Entry
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
            UnusableReply: The model failed here.
        """
        entry, asked_again = self._recording.next_of_model(self._role)
        if self._recording.is_at_the_cut and (entry is None or entry.event == "model.failed"):
            await self._recording.end_here(options["cancellation_token"])
        if entry is None:
            raise Divergence(f"the journal has no further reply for {self._role}")
        if entry.event == "model.failed":
            said = "it did not answer in time" if entry.data["silent"] else entry.data["error"]
            # How long there was time to try again is not recorded; whether it was tried is.
            raise UnusableReply(said, status_code=entry.data["status"], passes=asked_again)
        return _replied(entry)


class RememberingClient(ClientWrapper):
    """Gives the recorded replies for as long as it is asked what was asked then, and asks `inner` from there on.

    What failed then is asked anew, and what the analyst answered is no answer of the model.

    Args:
        inner: The model that the run goes on with.
        recording: What was answered before the run was cut short.
        role: Whose questions these are.
        redactor: The run's, so that questions compare as they were recorded.
    """

    def __init__(self, inner: ChatCompletionClient, recording: Recording, role: str, redactor: TextRedactor) -> None:
        super().__init__(inner)
        self._answered = _answered(recording, role)
        self._redactor = redactor

    async def answer(self, messages: Sequence[LLMMessage], options: Options) -> CreateResult:
        """Remember, or ask."""
        if self._answered:
            request, reply = self._answered.popleft()
            now = [{"type": message.type, "text": text_of(message)} for message in messages]
            if request.data["messages"] == plain({"messages": now}, self._redactor)["messages"]:
                return _replied(reply)
            self._answered.clear()
        return await super().answer(messages, options)


def _answered(recording: Recording, role: str) -> deque[tuple[Entry, Entry]]:
    """Pair each question to the model of a role with its reply."""
    requests = {entry.seq: entry for entry in recording.last_attempt if entry.event == "model.requested"}
    return deque(
        (requests[reply.data["request"]], reply)
        for reply in recording.last_attempt
        if reply.event == "model.replied" and reply.data["role"] == role and reply.data.get("by", "model") == "model"
    )


def _replied(entry: Entry) -> CreateResult:
    data = entry.data
    calls = [FunctionCall(id=call["id"], name=call["name"], arguments=call["arguments"]) for call in data["calls"]]
    return CreateResult(
        finish_reason=data["finish_reason"],
        content=calls or data["reply"],
        usage=RequestUsage(data["prompt_tokens"], data["completion_tokens"]),
        cached=True,
    )
