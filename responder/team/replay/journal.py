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
            CancelledError: The run was stopped before it came to this.
        """
        self._count += 1
        if event in COMPARED and not self.divergence:
            if self._recording.is_at_the_cut and not data.get("at_once"):
                self._recording.stop_here()
            self.divergence = self._difference(event, plain(data, self.redactor))
            if self.divergence:
                raise Divergence(self.divergence)
        return self._count

    def _difference(self, event: EventKind, now: Mapping[str, Any]) -> str:
        stream = str(now.get(COMPARED[event], ""))
        then = self._recording.take(event, stream)
        if then is None:
            return f"{event} ({stream}) was not in the journal this often"
        differing = [key for key in now if now[key] != then.data.get(key)]
        return f"entry {then.seq}, {event}: {', '.join(differing)} differs" if differing else ""

    def head(self) -> Head:
        """Return the head of the recorded journal."""
        return self._head
