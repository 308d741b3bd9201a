"""Makes the staged folder: whole files while they fit, windows around the evidence of those that do not.

The folder may already be mounted into the sandbox, so it is filled in place.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from responder.causes.interface import Evidence
from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.safety.interface import TextRedactor
from responder.safety.redact import NullRedactor
from responder.staging.blocks import BlockReader
from responder.staging.cleaning import LongLine, opens_key
from responder.staging.interface import INDEX_NAME, Staged, StagedFile
from responder.staging.names import StagedNames
from responder.staging.scan import DAMAGE, LineScan
from responder.staging.windows import Selection
from responder.staging.writing import CopyWriter

__all__ = ["DEFAULT_CAP_BYTES", "StagingArea"]

DEFAULT_CAP_BYTES = 32 << 20
_FLOOR_BYTES = 256 << 10
"""Kept back for each file that is still to come, so that one large file cannot starve the others."""
_SAMPLE_BYTES = 64 << 10
_TO_THE_END = 1 << 62


class StagingArea:
    """The `Staging` of a run. Memory is bounded by the cap whatever the size of the inputs.

    Args:
        redactor: Takes the secrets out of every copy.
        cap_bytes: Of all originals together, how much is copied.
    """

    def __init__(self, *, redactor: TextRedactor, cap_bytes: int = DEFAULT_CAP_BYTES) -> None:
        self._redactor = redactor
        self._cap_bytes = cap_bytes

    def stage(self, artifacts: Sequence[Artifact], evidence: Sequence[Evidence], root: Path) -> Staged:
        """Fill `root` with the copies; see `Staging.stage`."""
        before = dict(self._redactor.counts)
        try:
            root.mkdir(parents=True, exist_ok=True)
            files, skipped = self._copy_all(artifacts, evidence, root)
            _write_index(root, files)
            _lock(root)
        except OSError as error:
            raise EvidenceError(
                f"the copies for the agents cannot be written to {str(root)!r}: {error.strerror}",
                hint="free some disk space, or choose another output folder with --out",
            ) from error
        return Staged(
            root, tuple(files), tuple(sorted(skipped, key=lambda item: item.path)), self._redacted_since(before)
        )

    def _copy_all(
        self, artifacts: Sequence[Artifact], evidence: Sequence[Evidence], root: Path
    ) -> tuple[list[StagedFile], list[Skipped]]:
        cited = defaultdict(list)
        for item in evidence:
            cited[item.span.path].append(item)
        names = StagedNames()
        targets = {artifact.path: names.give(artifact.path) for artifact in artifacts}
        copied: dict[str, StagedFile] = {}
        skipped: list[Skipped] = []
        left = self._cap_bytes
        # Smaller first: most files are then whole, and what they do not use goes to the large ones.
        for behind, artifact in enumerate(sorted(artifacts, key=lambda item: (item.size_bytes, item.path))):
            waiting = len(artifacts) - behind
            allowance = max(left - min(_FLOOR_BYTES, left // waiting) * (waiting - 1), 0)
            copy = _Copy(artifact, cited[artifact.path], root, targets[artifact.path], self._redactor)
            try:
                copied[artifact.path], used = copy.make(allowance, share=left // waiting)
            except EvidenceError as error:
                skipped.append(Skipped(artifact.path, f"not copied for the agents: {error}"))
                continue
            left -= min(left, used)
            if copy.damage:
                skipped.append(Skipped(artifact.path, f"copied up to line {copy.lines}: {copy.damage}"))
        return [copied[artifact.path] for artifact in artifacts if artifact.path in copied], skipped

    def _redacted_since(self, before: dict[str, int]) -> dict[str, int] | None:
        if isinstance(self._redactor, NullRedactor):
            return None
        return {kind: count for kind, total in self._redactor.counts.items() if (count := total - before.get(kind, 0))}


class _Copy:
    """One artifact on its way into the folder."""

    def __init__(
        self, artifact: Artifact, evidence: Sequence[Evidence], root: Path, name: str, redactor: TextRedactor
    ) -> None:
        self.damage: str | None = None
        self.lines = 0
        self._artifact = artifact
        self._evidence = evidence
        self._target = root / name
        self._name = name
        self._redactor = redactor

    def make(self, allowance: int, *, share: int) -> tuple[StagedFile, int]:
        """Copy all of it when that fits the allowance, else a selection as large as the share.

        Returns:
            The copy, and how much of the cap it used.

        Raises:
            EvidenceError: The artifact cannot be opened.
        """
        self._target.parent.mkdir(parents=True, exist_ok=True)
        if self._artifact.size_bytes <= allowance and (whole := self._whole(allowance)):
            return whole
        return self._windows(min(max(share, 0), allowance))

    def _whole(self, allowance: int) -> tuple[StagedFile, int] | None:
        """The whole file; None when it turns out too large, as a compressed one can."""
        with self._opened() as stream, CopyWriter(self._target, redactor=self._redactor) as writer:
            reader = BlockReader(stream)
            for piece in reader:
                if isinstance(piece, LongLine):
                    writer.add_long(reader.lines, piece)
                else:
                    writer.add_block(piece)
                if writer.bytes_written > allowance:
                    break
            else:
                return self._finished(writer, reader)
        self._target.unlink()
        return None

    def _windows(self, allowance: int) -> tuple[StagedFile, int]:
        selection = Selection(self._evidence, allowance, line_bytes=self._typical_line_bytes())
        with self._opened() as stream, CopyWriter(self._target, redactor=self._redactor) as writer:
            scan = LineScan(stream, selection.ranges, tail_bytes=selection.tail_bytes)
            seen, last, in_key = 0, 0, False
            for number, line, inside_key in _assembled(scan):
                data = line.data() if isinstance(line, LongLine) else line
                in_key = in_key if number == seen + 1 else inside_key
                if selection.takes(number, len(data) + 1):
                    if isinstance(line, LongLine) and line.missing > 0:
                        writer.add_long(number, line, inside_key=in_key)
                    else:
                        writer.add(number, data, inside_key=in_key)
                    last = number
                seen, in_key = number, opens_key(data, before=in_key)
            tail = scan.tail()
            for number, data in enumerate(tail.lines, tail.first):
                if number > last:
                    writer.add(number, data, inside_key=tail.inside_key)
            return self._finished(writer, scan)

    def _typical_line_bytes(self) -> int:
        with self._opened() as stream:
            try:
                sample = stream.read(_SAMPLE_BYTES)
            except DAMAGE:
                sample = b""  # the pass that follows says so
        return max(20, len(sample) // (sample.count(b"\n") + 1))

    def _opened(self) -> BinaryIO:
        try:
            return self._artifact.open()
        except OSError as error:
            raise EvidenceError(error.strerror or "could not be opened") from error

    def _finished(self, writer: CopyWriter, read: LineScan | BlockReader) -> tuple[StagedFile, int]:
        writer.finish(read.lines)
        self.damage, self.lines = read.damage, read.lines
        return StagedFile(self._artifact.path, self._name, read.lines, tuple(writer.segments)), writer.bytes_written


def _assembled(scan: LineScan) -> Iterator[tuple[int, bytes | LongLine, bool]]:
    """The scanned lines put together again: number, line, and whether it begins inside a PEM block left out."""
    line, number, inside_key = LongLine(), 0, False
    for fragment in scan:
        if fragment.number != number:
            if fragment.ends:
                yield fragment.number, fragment.data, fragment.inside_key
                continue
            line, number, inside_key = LongLine(), fragment.number, fragment.inside_key
        line.add(fragment.data)
        if fragment.ends:
            yield number, line, inside_key
            number = 0
    if number:
        yield number, line, inside_key


def _write_index(root: Path, files: Sequence[StagedFile]) -> None:
    entries = [
        {
            "path": file.path,
            "staged": file.name,
            "lines": file.lines,
            "segments": [[part.staged_start, part.original_start, part.count] for part in file.segments],
        }
        for file in files
    ]
    with (root / INDEX_NAME).open("x", encoding="ascii") as index:
        json.dump({"files": entries}, index)


def _lock(root: Path) -> None:
    """Readable by the sandbox's user, writable by nobody."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            Path(folder, name).chmod(0o444)
        Path(folder).chmod(0o555)
