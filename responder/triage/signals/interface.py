"""What a signal reader promises: it takes the artifacts it understands and says what is wrong in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from responder.evidence.interface import Artifact, Skipped
from responder.triage.interface import FileFacts, Finding

__all__ = ["SignalReader", "Signals"]


@dataclass(frozen=True, slots=True)
class Signals:
    """What one reader made of the artifacts it understood."""

    findings: tuple[Finding, ...] = ()
    files: tuple[FileFacts, ...] = ()
    """One for each artifact the reader took; what is here is not read as a log as well."""
    components: tuple[str, ...] = ()
    dependencies: tuple[tuple[str, str], ...] = ()
    """(caller, callee) pairs that the signals state."""
    skipped: tuple[Skipped, ...] = ()


class SignalReader(Protocol):
    """Reads one kind of signal."""

    def read(self, artifacts: Sequence[Artifact]) -> Signals:
        """Take the artifacts of this kind and leave the others alone.

        An artifact is taken by what it holds, not by its name alone. A damaged one becomes a `Skipped`. The result
        does not depend on the order of `artifacts`, and the same bytes give the same findings.
        """
        ...
