"""A run as a model and a sandbox: they answer from the journal what was answered then.

A replay holds every act it is about to do against the record; the first one that differs is the divergence, and from
there on nothing of the record can be trusted to fit, so the replay stops. A resumed run takes the recorded replies for
as long as it asks the same, and goes on with the model from there.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autogen_core import FunctionCall
from autogen_core.models import ChatCompletionClient, CreateResult, LLMMessage, RequestUsage

from responder.audit.chain import Entry
from responder.audit.interface import EventKind, Head
from responder.audit.values import plain
from responder.errors import ModelError
from responder.safety.interface import TextRedactor
from responder.sandbox.interface import Execution, Sandbox, SandboxInfo
from responder.team.analyst.client import AnalystClient
from responder.team.clients import ClientWrapper, Options, text_of
from responder.team.wire import UnusableReply

__all__ = ["Divergence", "RecordedClient", "RecordedSandbox", "Recording", "ReplayJournal"]

_COMPARED: Mapping[str, str] = {
    "model.requested": "role",
    "tool.requested": "tool",
    "code.requested": "language",
    "limit": "reached",
}
"""Events that must repeat, in order within each value of the named field; all others follow from them."""


class Divergence(ModelError):
    """The replay was about to do something else than the run did."""


@dataclass(slots=True)
class Recording:
    """The entries of one journal, by what they answer."""

    entries: Sequence[Entry]
    with_failures: bool = True
    """Whether what failed is to fail again: in a replay it is, in a run that goes on it is asked anew."""
    _queues: dict[tuple[str, str], deque[Entry]] = field(default_factory=lambda: defaultdict(deque))

    def __post_init__(self) -> None:
        failed = {entry.data.get("request") for entry in self.entries if entry.event == "model.failed"}
        for entry in self._last_attempt():
            if not self.with_failures and (entry.seq in failed or entry.event == "model.failed"):
                continue
            if entry.event in ("model.replied", "model.failed"):
                if entry.data.get("by", "model") == "model":
                    self._queues["model", str(entry.data["role"])].append(entry)
                continue
            stream = "" if entry.event == "code.finished" else _COMPARED.get(entry.event)
            if stream is not None:
                self._queues[entry.event, str(entry.data.get(stream, ""))].append(entry)

    def first(self, event: EventKind) -> Mapping[str, Any]:
        """Return the data of the first entry of a kind since the run was last resumed, else of all; {} for none."""
        for entries in (self._last_attempt(), self.entries):
            for entry in entries:
                if entry.event == event:
                    return entry.data
        return {}

    def _last_attempt(self) -> Sequence[Entry]:
        """Return the entries since the run was last resumed; a resumed run records again what it remembers."""
        last = max((number for number, entry in enumerate(self.entries) if entry.event == "run.resumed"), default=0)
        return self.entries[last:]

    def next_of_model(self, role: str) -> tuple[Entry | None, bool]:
        """Take what the model of a role did next, a reply or a failure, and tell whether it was asked again later."""
        queue = self._queues["model", role]
        return (queue.popleft(), bool(queue)) if queue else (None, False)

    def next(self, event: EventKind, stream: str = "") -> Entry | None:
        """Take the next entry of a kind within its stream."""
        queue = self._queues[event, stream]
        return queue.popleft() if queue else None


class ReplayJournal:
    """A `Journal` that holds each event against the recorded one and writes nothing."""

    def __init__(self, recording: Recording, redactor: TextRedactor, head: Head) -> None:
        self.redactor = redactor
        self._recording = recording
        self._head = head
        self.divergence = ""
        """The first difference, as a sentence; empty while there is none."""
        self._count = 0

    def record(self, event: EventKind, data: Mapping[str, Any]) -> int:
        """Compare one event.

        Raises:
            Divergence: It is not what the run recorded here.
        """
        self._count += 1
        stream = _COMPARED.get(event)
        if stream is not None and not self.divergence:
            now = plain(data, self.redactor)
            then = self._recording.next(event, str(now.get(stream, "")))
            if then is None:
                self.divergence = f"{event} ({now.get(stream)}) was not in the journal this often"
            elif dict(then.data) != now:
                keys = [key for key in now if now.get(key) != then.data.get(key)]
                self.divergence = f"entry {then.seq}, {event}: {', '.join(keys)} differs"
            if self.divergence:
                raise Divergence(self.divergence)
        return self._count

    def head(self) -> Head:
        """Return the head of the recorded journal."""
        return self._head


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


class RecordedSandbox(Sandbox):
    """Runs nothing: gives the recorded result of each block in its order."""

    def __init__(self, recording: Recording) -> None:
        chosen = recording.first("sandbox.selected")
        self.info = SandboxInfo(chosen["backend"], chosen["because"], dict(chosen["facts"]))
        self._recording = recording

    async def start(self) -> None:
        """Do nothing."""

    async def execute(self, code: str, *, language: str = "python", name: str | None = None) -> Execution:
        """Return the next recorded result."""
        entry = self._recording.next("code.finished")
        if entry is None:
            raise Divergence("the journal has no further code run")
        data = entry.data
        return Execution(
            language,
            code,
            data["sha256"],
            data["exit_code"],
            data["ending"],
            data["output"],
            float(data["seconds"]),
            data["name"],
            data["output_bytes"],
            data["note"],
        )

    async def stop(self) -> None:
        """Do nothing."""
