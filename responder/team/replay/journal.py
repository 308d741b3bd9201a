"""A journal that writes nothing and finds the first event that is not what the run recorded."""

from collections.abc import Mapping
from typing import Any

from responder.audit.interface import EventKind, Head
from responder.audit.values import plain
from responder.safety.interface import TextRedactor
from responder.team.replay.recording import COMPARED, Divergence, Recording

__all__ = ["ReplayJournal"]


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
        stream = COMPARED.get(event)
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
