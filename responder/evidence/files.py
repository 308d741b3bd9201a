"""Files, folders, archives and standard input as artifacts.

What cannot be read is recorded with its reason; only a missing input, or inputs without one readable artifact, are
errors. Links are followed for a path the caller typed, and never inside a folder.
"""

import io
import os
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from msgspec.structs import replace

from responder.errors import EvidenceError
from responder.evidence import parquet
from responder.evidence.archives import ArchiveLimits, Member, members_of_tar, members_of_zip
from responder.evidence.compression import compression_of, decompress, is_tar, is_zip
from responder.evidence.encodings import recode, wide_encoding_of
from responder.evidence.interface import Artifact, Collection, Skipped
from responder.evidence.opening import Unreadable, binary_reason, open_regular, read_head

__all__ = ["FileSource"]

Opener = Callable[[], BinaryIO]

_SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv"})
_ANSWER_SHEET = "expected.toml"
_NESTING = 2
"""An archive inside an archive is read, one inside that is not."""


class FileSource:
    """Reads what lies on this machine.

    Args:
        limits: What an archive may hold.
        stdin: Where `-` reads from; standard input by default.
    """

    def __init__(self, *, limits: ArchiveLimits | None = None, stdin: BinaryIO | None = None) -> None:
        self._limits = limits or ArchiveLimits()
        self._stdin = stdin

    def collect(self, inputs: Sequence[Path]) -> Collection:
        """See `EvidenceSource.collect`."""
        found: list[Artifact | Skipped] = []
        for path, label in zip(inputs, _labels(inputs), strict=True):
            found.extend(self._input(path, label))
        artifacts = _unique(sorted((a for a in found if isinstance(a, Artifact)), key=lambda a: a.path))
        skipped = tuple(sorted((s for s in found if isinstance(s, Skipped)), key=lambda s: s.path))
        if not artifacts:
            raise _nothing_readable(inputs, skipped)
        return Collection(artifacts, skipped)

    def _input(self, path: Path, label: str) -> Iterator[Artifact | Skipped]:
        if str(path) == "-":
            yield from self._stream(_spooled(self._stdin or sys.stdin.buffer), "stdin", None, depth=0)
            return
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            raise EvidenceError(
                f"{str(path)!r} does not exist", hint="check the path; `-` reads standard input"
            ) from error
        if real.is_dir():
            yield from self._folder(real, label)
        else:
            yield from self._file(real, label or path.name)

    def _folder(self, top: Path, label: str) -> Iterator[Artifact | Skipped]:
        refused: list[OSError] = []
        for folder, names, files in os.walk(top, onerror=refused.append):
            names.sort()
            for name in sorted({*names} & _SKIPPED_FOLDERS):
                names.remove(name)
                yield from self._tool_folder(Path(folder, name), _relative(Path(folder, name), top, label))
            for name in names:
                if Path(folder, name).is_symlink():
                    yield Skipped(_relative(Path(folder, name), top, label), "symbolic link, not followed")
            for name in sorted(files):
                if name == _ANSWER_SHEET:
                    yield Skipped(_relative(Path(folder, name), top, label), "the answer sheet of a sample")
                    continue
                yield from self._file(Path(folder, name), _relative(Path(folder, name), top, label))
        for error in refused:
            where = Path(os.fsdecode(error.filename)) if error.filename else top
            name = top.name if where == top and not label else _relative(where, top, label)
            yield Skipped(name, "no read permission")

    def _tool_folder(self, path: Path, name: str) -> Iterator[Artifact | Skipped]:
        """Of the folders that tools keep only the history of a checkout is evidence."""
        if path.name != ".git":
            yield Skipped(name, "not evidence: tool folder")
            return
        from responder.evidence.commits import history_of

        try:
            history = history_of(path)
        except Unreadable as reason:
            yield Skipped(name, str(reason))
        else:
            yield Artifact(f"{name}!/log", len(history), lambda: io.BytesIO(history))

    def _file(self, path: Path, name: str) -> Iterator[Artifact | Skipped]:
        def opener() -> BinaryIO:
            try:
                return open_regular(path)
            except Unreadable as reason:
                raise EvidenceError(f"{name!r} cannot be read any more: {reason}") from reason

        try:
            open_regular(path).close()
        except Unreadable as reason:
            yield Skipped(name, str(reason))
            return
        yield from self._stream(opener, name, path, depth=0)

    def _stream(self, opener: Opener, name: str, file: Path | None, depth: int) -> Iterator[Artifact | Skipped]:
        """What one stream of bytes holds: an archive's members, decompressed text, or itself."""
        try:
            head, size = _peek(opener)
            if is_zip(head):
                if depth or file is None:  # a member has no seek, and the table of a zip is at its end
                    with opener() as stream:
                        opener = _spooled(stream)
                yield from self._members(members_of_zip(opener, self._limits), name, depth)
                return
            if compression := compression_of(head):
                packed = opener

                def unpacked() -> BinaryIO:
                    return decompress(packed(), compression)

                opener, file = unpacked, None
                head, _ = _peek(opener)
            if is_tar(head):
                yield from self._members(members_of_tar(opener, size, self._limits), name, depth)
                return
            yield _single(Artifact(name, size, opener, file), head)
        except EvidenceError as error:
            yield Skipped(name, str(error), error.hint)
        except OSError as error:
            yield Skipped(name, str(error))

    def _members(self, members: Iterator[Member], name: str, depth: int) -> Iterator[Artifact | Skipped]:
        if depth >= _NESTING:
            yield Skipped(name, f"archives nested more than {_NESTING} deep")
            return
        for member in members:
            path = f"{name}!/{member.name}"
            if member.opener is None:
                yield Skipped(path, member.reason)
                continue
            for item in self._stream(member.opener, path, None, depth + 1):
                if isinstance(item, Artifact) and item.path == path:
                    item = replace(item, size_bytes=member.size_bytes)
                yield item


def _single(artifact: Artifact, head: bytes) -> Artifact | Skipped:
    """One stream that holds no others, as text.

    Raises:
        EvidenceError: It is in a form that cannot be read here.
    """
    written = artifact.opener
    if head.startswith(parquet.MAGIC):
        if artifact.file is None:  # a member has no seek, and the table of its contents is at its end
            with written() as stream:
                written = _spooled(stream)
        return replace(artifact, opener=parquet.as_table(written), file=None, encoding="parquet")
    if not head:
        return Skipped(artifact.path, "empty")
    if reason := binary_reason(head):
        return Skipped(artifact.path, reason)
    if encoding := wide_encoding_of(head):
        return replace(artifact, opener=lambda: recode(written(), encoding), file=None, encoding=encoding)
    return artifact


def _labels(inputs: Sequence[Path]) -> list[str]:
    """What goes before the names of each input: nothing for a single one, its own name among several."""
    if len(inputs) == 1:
        return [""]
    return [path.name or path.resolve().name for path in inputs]


def _relative(path: Path, top: Path, label: str) -> str:
    name = path.relative_to(top).as_posix()
    name = os.fsencode(name).decode(errors="replace")
    return f"{label}/{name}" if label else name


def _peek(opener: Opener) -> tuple[bytes, int]:
    with opener() as stream:
        head = read_head(stream)
        try:
            size = os.fstat(stream.fileno()).st_size
        except (OSError, AttributeError, io.UnsupportedOperation):
            size = len(head)
    return head, size


def _unique(artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
    seen: dict[str, int] = {}
    result = []
    for artifact in artifacts:
        number = seen[artifact.path] = seen.get(artifact.path, 0) + 1
        result.append(artifact if number == 1 else replace(artifact, path=f"{artifact.path}#{number}"))
    return tuple(result)


def _nothing_readable(inputs: Sequence[Path], skipped: Sequence[Skipped]) -> EvidenceError:
    if skipped:
        first = skipped[0]
        more = f" and {len(skipped) - 1} more" if len(skipped) > 1 else ""
        return EvidenceError(
            f"no readable evidence: {first.path!r} was skipped ({first.reason}){more}",
            hint=first.hint or "give text logs, folders of them, or archives (zip, tar, gz, bz2, xz, zst)",
        )
    named = ", ".join(repr(str(path)) for path in inputs[:3]) or "nothing"
    return EvidenceError(f"no readable evidence in {named}", hint="the folder holds no files")


def _spooled(stream: BinaryIO) -> Opener:
    """Keep what can be read only once in an unnamed file, so that it can be opened again."""
    spool = _Spool()
    while part := stream.read(1 << 20):
        spool.append(part)

    def opener() -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_FromStart(spool)))

    return opener


class _Spool:
    """An unnamed temporary file that goes away with its last reader."""

    def __init__(self) -> None:
        import tempfile

        self.descriptor, name = tempfile.mkstemp(prefix="responder-")
        weakref.finalize(self, os.close, self.descriptor)
        Path(name).unlink()

    def append(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.descriptor, data) :]


class _FromStart(io.RawIOBase):
    """An independent read position over a spool."""

    def __init__(self, spool: _Spool) -> None:
        self._spool, self._at = spool, 0

    def fileno(self) -> int:
        return self._spool.descriptor

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: os.fstat(self.fileno()).st_size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = os.preadv(self.fileno(), [buffer], self._at)
        self._at += count
        return count
