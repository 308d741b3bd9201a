"""A meter that stops a replay where the run was stopped, whatever the clock, the prices or the limits say now."""

from collections.abc import Callable

from responder.team.guard.meter import Meter
from responder.team.interface import StopReason
from responder.team.models.prices import Price
from responder.team.replay.recording import Recording

__all__ = ["RecordedMeter"]


class RecordedMeter(Meter, kw_only=True):
    """Counts like any meter but time, and reads from the record when a limit was reached."""

    clock: Callable[[], float] = lambda: 0.0
    recording: Recording

    def exhausted(self) -> StopReason | None:
        """Return the limit at which the investigation ended here."""
        return self._reached(by_a_call=False)

    def refuses(self, prompt_tokens: int, *, price: Price | None) -> StopReason | None:
        """Return the limit that forbade the next request."""
        return self._reached(by_a_call=True)

    def _reached(self, *, by_a_call: bool) -> StopReason | None:
        due = self.recording.due()
        if due is None or due.event != "limit" or due.data.get("at_once") or ("role" in due.data) is not by_a_call:
            return None
        reached: StopReason = due.data["reached"]
        return reached
