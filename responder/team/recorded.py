"""A finished run as a model and a sandbox: they answer from the journal what was answered then.

Every act that the replay is about to do is held against the record; the first one that differs is the divergence, and
from there on nothing of the record can be trusted to fit, so the replay stops.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import CreateResult, LLMMessage, RequestUsage
from autogen_core.tools import Tool, ToolSchema

from responder.audit.chain import Entry
from responder.audit.interface import EventKind, Head
from responder.audit.values import plain
from responder.errors import ModelError
from responder.safety.interface import TextRedactor
from responder.sandbox.interface import Execution, Sandbox, SandboxInfo
from responder.team.analyst.client import AnalystClient
from responder.team.clients import ClientWrapper, JsonOutput, ToolChoice

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
    _queues: dict[tuple[str, str], deque[Entry]] = field(default_factory=lambda: defaultdict(deque))

    def __post_init__(self) -> None:
        for entry in self.entries:
            stream = _COMPARED.get(entry.event) or {"model.replied": "role", "code.finished": ""}.get(entry.event)
            if stream is not None:
                self._queues[entry.event, str(entry.data.get(stream, ""))].append(entry)

    def first(self, event: EventKind) -> Mapping[str, Any]:
        """Return the data of the first entry of a kind; empty when there is none."""
        return next((entry.data for entry in self.entries if entry.event == event), {})

    @property
    def takeover(self) -> str:
        """Why the analyst took over, empty when it did not."""
        for entry in self.entries:
            if entry.event == "decision" and entry.data.get("what") == "the built-in analyst takes over":
                return str(entry.data["because"])
        return ""

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
    """Answers one role with the recorded replies in their order, whoever gave them then."""

    def __init__(self, recording: Recording, role: str) -> None:
        super().__init__(AnalystClient(lambda messages, wants_json: ""))
        self._recording = recording
        self._role = role

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
        """Return the next recorded reply.

        Raises:
            Divergence: The run had no more replies for this role.
        """
        entry = self._recording.next("model.replied", self._role)
        if entry is None:
            raise Divergence(f"the journal has no further reply for {self._role}")
        data = entry.data
        calls = [FunctionCall(id=call["id"], name=call["name"], arguments=call["arguments"]) for call in data["calls"]]
        return CreateResult(
            finish_reason=data["finish_reason"],
            content=calls or data["reply"],
            usage=RequestUsage(data["prompt_tokens"], data["completion_tokens"]),
            cached=True,
        )


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
