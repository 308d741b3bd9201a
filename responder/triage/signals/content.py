"""The bytes of one artifact as a signal reader wants them: a cheap first look, the whole, and exact quotations."""

import hashlib
from bisect import bisect_right
from functools import cached_property

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact
from responder.incident import Span
from responder.triage.interface import FileFacts
from responder.triage.timestamps import to_datetime

__all__ = ["LARGEST", "Content", "head_of"]

LARGEST = 256 << 20
"""Bytes of one artifact that a reader holds in memory; a larger one is left to the reader of logs."""
_HEAD = 64 << 10
_QUOTE = 2000


def head_of(artifact: Artifact) -> str:
    """The first characters of an artifact; empty when it cannot be opened (whoever reads it whole says why)."""
    try:
        with artifact.open() as stream:
            return stream.read(_HEAD).decode(errors="replace").removeprefix("\ufeff")
    except (OSError, EvidenceError):
        return ""


class Content:
    """One artifact in memory.

    Args:
        artifact: What to read.

    Raises:
        EvidenceError: It cannot be read, or is larger than `LARGEST`.
    """

    def __init__(self, artifact: Artifact) -> None:
        self.path = artifact.path
        self._digests: dict[int, str] = {}
        with artifact.open() as stream:
            self.raw = stream.read(LARGEST + 1)
        if len(self.raw) > LARGEST:
            raise EvidenceError(f"larger than {LARGEST >> 20} MiB")

    @cached_property
    def text(self) -> str:
        """Everything, decoded with replacement."""
        return self.raw.decode(errors="replace").removeprefix("\ufeff")

    @cached_property
    def lines(self) -> list[bytes]:
        r"""The lines, split on `\n` only."""
        lines = self.raw.split(b"\n")
        return lines[:-1] if lines and not lines[-1] else lines

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def line_at(self, offset: int) -> int:
        """The 1-based line of a position in `text`."""
        return bisect_right(self._starts, offset)

    def quote(self, line: int) -> tuple[Span, str, str]:
        """Span, the first characters and the digest of one line."""
        line = min(max(line, 1), max(len(self.lines), 1))
        raw = self.lines[line - 1] if self.lines else b""
        text = raw[:_QUOTE].decode(errors="replace")
        if line not in self._digests:  # one line may hold all the objects of a cluster, and be quoted for each
            self._digests[line] = hashlib.sha256(raw).hexdigest()
        return Span(self.path, line, line, line), text, self._digests[line]

    def facts(self, form: str, first: float | None = None, last: float | None = None, *notes: str) -> FileFacts:
        """What was read of the artifact; `first` and `last` in seconds since 1970."""
        return FileFacts(
            path=self.path,
            bytes=len(self.raw),
            sha256=hashlib.sha256(self.raw).hexdigest(),
            format=form,
            lines=len(self.lines),
            first_seen=None if first is None else to_datetime(first),
            last_seen=None if last is None else to_datetime(last),
            notes=notes,
        )
