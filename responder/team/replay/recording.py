"""The entries of a journal, sorted by the question each of them answers."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from responder.audit.chain import Entry
from responder.audit.interface import EventKind
from responder.errors import ModelError

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
            stream = "" if entry.event == "code.finished" else COMPARED.get(entry.event)
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
