"""The entries of a journal, sorted by the question each of them answers."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from responder.audit.chain import Entry
from responder.audit.interface import EventKind
from responder.errors import ModelError
from responder.team.interface import StopReason

if TYPE_CHECKING:
    from autogen_core import CancellationToken

__all__ = ["COMPARED", "Divergence", "Recording"]

COMPARED: Mapping[str, str] = {
    "model.requested": "role",
    "tool.requested": "tool",
    "code.requested": "language",
    "limit": "reached",
}
"""Events that must repeat, in order within each value of the named field; all others follow from them."""


class Divergence(ModelError):
    """The replay was about to do something else than the run did."""


class Recording(Struct):
    """The entries of one journal, by what they answer; each is taken once, in its order."""

    entries: Sequence[Entry]
    cut: Entry | None = None
    """Where the agents were stopped at once, by the clock or by Ctrl-C, if they were."""
    _queues: dict[tuple[str, str], deque[Entry]] = field(default_factory=lambda: defaultdict(deque))
    _compared: deque[Entry] = field(default_factory=deque)
    """What must repeat and has not yet."""
    _at_the_cut: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        for entry in self.last_attempt:
            if self.cut is not None:
                break  # what came after it is how the calls under way were cancelled
            if entry.event in ("model.replied", "model.failed") and entry.data.get("by", "model") == "model":
                self._queues["model", str(entry.data["role"])].append(entry)
            elif entry.event == "code.finished":
                self._queues["code", ""].append(entry)
            elif entry.event in COMPARED:
                self._compared.append(entry)
            self.cut = entry if entry.event == "limit" and entry.data.get("at_once") else None

    @property
    def last_attempt(self) -> Sequence[Entry]:
        """The entries since the run was last resumed; a resumed run records again what it remembers."""
        last = max((number for number, entry in enumerate(self.entries) if entry.event == "run.resumed"), default=0)
        return self.entries[last:]

    def first(self, event: EventKind) -> Mapping[str, Any]:
        """Return the data of the first entry of a kind since the run was last resumed, else of all; {} for none."""
        for entries in (self.last_attempt, self.entries):
            for entry in entries:
                if entry.event == event:
                    return entry.data
        return {}

    @property
    def asked(self) -> Mapping[str, Any]:
        """What the last attempt was asked and allowed; {} when the run never started."""
        return self.first("run.resumed") or self.first("run.started")

    @property
    def is_finished(self) -> bool:
        """Whether the last attempt came to its report."""
        return any(entry.event == "run.finished" for entry in self.last_attempt)

    @property
    def unfinished_stage(self) -> str:
        """The stage that began and did not end, because the run was interrupted in it; empty when there is none."""
        begun = [entry.data["stage"] for entry in self.last_attempt if entry.event == "stage.started"]
        ended = [entry.data["stage"] for entry in self.last_attempt if entry.event == "stage.finished"]
        return str(begun[-1]) if len(begun) > len(ended) else ""

    @property
    def limit(self) -> StopReason | None:
        """The first limit that the agents reached; None when they reached none."""
        return next((entry.data["reached"] for entry in self.last_attempt if entry.event == "limit"), None)

    def due(self) -> Entry | None:
        """Return what must repeat next."""
        return self._compared[0] if self._compared else None

    def take(self, event: EventKind, stream: str) -> Entry | None:
        """Take the next entry that must repeat, of one kind and stream; None when the run did not do it again."""
        for entry in self._compared:
            if entry.event == event and str(entry.data.get(COMPARED[event], "")) == stream:
                self._compared.remove(entry)
                return entry
        return None

    def next_of_model(self, role: str) -> tuple[Entry | None, bool]:
        """Take what the model of a role did next, a reply or a failure, and tell whether it was asked again later."""
        queue = self._queues["model", role]
        return (queue.popleft(), bool(queue)) if queue else (None, False)

    def next_code(self) -> Entry | None:
        """Take the end of the next code run."""
        queue = self._queues["code", ""]
        return queue.popleft() if queue else None

    @property
    def is_at_the_cut(self) -> bool:
        """Whether the agents were stopped here, before they did anything more."""
        return self.cut is not None and self.due() is self.cut

    async def end_here(self, token: "CancellationToken | None" = None) -> None:
        """Say that the moment has come at which the agents were stopped, and wait to be stopped by `token`."""
        self._at_the_cut.set()
        never = asyncio.get_running_loop().create_future()
        if token is not None:
            token.link_future(never)
        await never

    async def when_stopped(self, seconds: float) -> StopReason:
        """Wait for the moment at which the agents were stopped, however long that took then; see `MagenticTeam`."""
        await self._at_the_cut.wait()
        assert self.cut is not None  # noqa: S101 - it was reached
        reached: StopReason = self.cut.data["reached"]
        return reached

    def stop_here(self) -> None:
        """Like `end_here`, from code that cannot wait.

        Raises:
            CancelledError: Always.
        """
        self._at_the_cut.set()
        raise asyncio.CancelledError
