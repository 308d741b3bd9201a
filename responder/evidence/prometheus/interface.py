"""What a live source promises: it adds what it is told to what the files hold, and what it was not told as skipped."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from responder.evidence.interface import Collection, Skipped

__all__ = ["FOLDER", "LiveSource", "Window", "is_live"]

FOLDER = "prometheus"
"""Before the paths of what was fetched, and the folder of a run that keeps it."""


class Window(Struct, frozen=True):
    """The time that is asked about."""

    start: datetime
    end: datetime
    step_seconds: int
    """Between two samples."""


class LiveSource(Protocol):
    """Something that runs and can be asked, beside the files."""

    def extend(self, files: Collection, now: datetime) -> Collection:
        """Add what the source says about the time the files tell of; without any time in them, of the last hour.

        A source that does not answer, or answers with an error, is a `Skipped`: it never costs what the files hold.

        Args:
            files: What was collected from the inputs; may be empty.
            now: The wall clock, UTC; nothing later is asked for.

        Raises:
            EvidenceError: There were no files, and the source told nothing either.
        """
        ...


def is_live(gap: Skipped) -> bool:
    """Whether it is something that a live source did not tell."""
    return gap.path.partition("/")[0] == FOLDER and not gap.path.endswith(".csv")
