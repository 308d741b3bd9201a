"""The copies that agents may open: sanitised, redacted, read-only, bounded, with original line numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from responder.causes.interface import Evidence
from responder.evidence.interface import Artifact, Skipped

__all__ = ["INDEX_NAME", "Segment", "Staged", "StagedFile", "Staging"]

INDEX_NAME = "index.json"
"""In the root of the staged folder: `{"files": [{"path", "staged", "lines", "segments": [[staged_start, original_start,
count], ...]}]}`, so that code in the sandbox can translate line numbers too."""


class Segment(Struct, frozen=True):
    """`count` staged lines from `staged_start` are the original lines from `original_start`. All 1-based."""

    staged_start: int
    original_start: int
    count: int


class StagedFile(Struct, frozen=True):
    """One readable copy."""

    path: str
    """As in the evidence: `Artifact.path`."""
    name: str
    """Relative to the staged folder, with `/`; plain ASCII, safe to type."""
    lines: int
    """Lines of the original."""
    segments: tuple[Segment, ...]
    """One segment that covers everything when the whole file was staged."""

    @property
    def complete(self) -> bool:
        """True when every original line is in the copy."""
        return sum(segment.count for segment in self.segments) == self.lines

    def original_line(self, staged_line: int) -> int | None:
        """The original number of a staged line; None for a marker line between segments."""
        for segment in self.segments:
            if segment.staged_start <= staged_line < segment.staged_start + segment.count:
                return segment.original_start + staged_line - segment.staged_start
        return None

    def staged_line(self, original_line: int) -> int | None:
        """The staged number of an original line; None when it was not staged."""
        for segment in self.segments:
            if segment.original_start <= original_line < segment.original_start + segment.count:
                return segment.staged_start + original_line - segment.original_start
        return None


class Staged(Struct, frozen=True):
    """The folder that is mounted read-only into the sandbox and opened by the FileSurfer."""

    root: Path
    files: tuple[StagedFile, ...]
    skipped: tuple[Skipped, ...] = ()
    redactions: Mapping[str, int] | None = None
    """Secrets removed, by kind; None when redaction was switched off."""


class Staging(Protocol):
    """Makes the copies."""

    def stage(self, artifacts: Sequence[Artifact], evidence: Sequence[Evidence], root: Path) -> Staged:
        """Copy whole files up to the cap over all, beyond it windows around the evidence plus head and tail.

        Files are written 0444, folders 0555 on return. A file that cannot be copied is `Skipped`.

        Raises:
            EvidenceError: The staging folder cannot be written.
        """
        ...
