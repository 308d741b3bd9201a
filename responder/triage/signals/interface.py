"""What a signal reader promises: it takes the artifacts it understands and says what is wrong in them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct, field

from responder.evidence.interface import Artifact, Skipped
from responder.triage.interface import FileFacts, Finding

__all__ = ["ClockError", "ReadSignals", "SignalReader", "Signals"]


class ClockError(Struct, frozen=True):
    """How far the clock of a component is wrong."""

    seconds: float
    """Positive when it is ahead of the others."""
    calls: int
    """On how many calls that rests."""

    def told(self, component: str) -> str:
        """`the clock of `cart` is 200 s behind the others, by 65 calls: its times are corrected`."""
        way = "ahead of" if self.seconds > 0 else "behind"
        amount = f"{abs(self.seconds):.0f} s"
        return (
            f"the clock of `{component}` is {amount} {way} the others, by {self.calls} calls: its times are corrected"
        )


class Signals(Struct, frozen=True):
    """What one reader made of the artifacts it understood."""

    findings: tuple[Finding, ...] = ()
    files: tuple[FileFacts, ...] = ()
    """One for each artifact the reader took; what is here is not read as a log as well."""
    components: tuple[str, ...] = ()
    dependencies: tuple[tuple[str, str], ...] = ()
    """(caller, callee) pairs that the signals state."""
    skipped: tuple[Skipped, ...] = ()
    over: tuple[str, ...] = ()
    """Rules of logs whose trouble the state that was read shows to be over, or not to have come about."""
    measured: tuple[str, ...] = ()
    """Components that there are metrics of."""
    gaps: tuple[str, ...] = ()
    """What the signals should say and do not, as sentences."""
    clocks: Mapping[str, ClockError] = field(default_factory=dict)
    """Components whose clock is wrong; what is in `findings` is corrected already, their logs are not."""


class SignalReader(Protocol):
    """Reads one kind of signal."""

    def read(self, artifacts: Sequence[Artifact], *, calm: Sequence[Artifact] = ()) -> Signals:
        """Take the artifacts of this kind and leave the others alone.

        Args:
            artifacts: The evidence.
            calm: The same kind of evidence from good times: what to compare with, never what to report.

        An artifact is taken by what it holds, not by its name alone. A damaged one becomes a `Skipped`. The result
        does not depend on the order of `artifacts`, and the same bytes give the same findings.
        """
        ...


class ReadSignals(Protocol):
    """What several readers take."""

    def __call__(self, artifacts: Sequence[Artifact], *, calm: Sequence[Artifact] = ()) -> Sequence[Signals]:
        """One for each reader, as `SignalReader.read` gives it."""
        ...
