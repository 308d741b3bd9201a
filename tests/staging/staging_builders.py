"""Artifacts and evidence for the tests of staging."""

import hashlib
import io
from collections.abc import Iterable

from responder.causes.interface import Evidence
from responder.evidence.interface import Artifact
from responder.incident import EvidenceId, Span
from responder.staging.interface import StagedFile


def artifact(path: str, data: bytes, *, size_bytes: int | None = None) -> Artifact:
    return Artifact(path, len(data) if size_bytes is None else size_bytes, lambda: io.BytesIO(data))


def original_lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


def cite(number: int, path: str, data: bytes, first: int, last: int, *, line: int | None = None) -> Evidence:
    raw = b"\n".join(original_lines(data)[first - 1 : last])
    text, digest = raw.decode("utf-8", "replace"), hashlib.sha256(raw).hexdigest()
    return Evidence(EvidenceId(f"E{number}"), Span(path, line or first, first, last), text, digest, "cause", "test")


class Endless(io.RawIOBase):
    """A stream made of parts that are never in memory together."""

    def __init__(self, parts: Iterable[bytes], *, breaks_with: Exception | None = None) -> None:
        self._parts = iter(parts)
        self._rest = b""
        self._breaks_with = breaks_with

    def read(self, size: int = -1, /) -> bytes:
        while not self._rest:
            try:
                self._rest = next(self._parts)
            except StopIteration:
                if self._breaks_with:
                    raise self._breaks_with from None
                return b""
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def staged_text(root: object, file: StagedFile) -> list[str]:
    from pathlib import Path

    text = Path(str(root), file.name).read_bytes().decode()
    return text.split("\n")[:-1] if text else []
