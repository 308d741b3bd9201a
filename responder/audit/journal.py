"""The journal on disk: what was acknowledged survives a crash, and a full disk stops the run rather than the record.

Tamper-evident against later edits given the head, not against the user who runs the tool.
"""

import errno
import fcntl
import hashlib
import os
import stat
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from msgspec import Struct

from responder.audit.chain import EMPTY_HASH, seal, timestamp
from responder.audit.interface import EventKind, Head
from responder.audit.values import plain
from responder.audit.verify import verify
from responder.errors import AuditError
from responder.safety.interface import TextRedactor

__all__ = ["FileJournal"]

RESERVE_BYTES = 64 << 10
"""Disk space held back so that the reason for stopping can still be written when the disk is full."""


class _End(Struct, frozen=True):
    """Length and head of what is acknowledged; one object, so that a signal cannot leave half of an update."""

    size_bytes: int
    head: Head


class FileJournal:
    """A `Journal` in one JSON Lines file, locked for as long as it is open.

    Each entry is one `write` and one `fdatasync`. Floats are recorded as strings, text is redacted before it is
    hashed. Safe to call from several threads. Opening an existing journal checks its chain and goes on after it;
    a last line that a crash left torn is moved to a side file and recorded as `audit.recovered`.

    Args:
        path: The file; created with mode 0600, a symbolic link is refused.
        clock: Gives the current time, timezone-aware.
        redactor: Takes secrets out of every text before it is hashed.

    Raises:
        AuditError: The file cannot be opened, is in use, or holds something that does not verify.
    """

    def __init__(self, path: Path, *, clock: Callable[[], datetime], redactor: TextRedactor) -> None:
        self.path = path
        self._clock = clock
        self._redactor = redactor
        self._lock = threading.Lock()
        self._broken: str | None = None
        self._writing = False
        self._reserve: int | None = None
        self._end = _End(0, Head(0, EMPTY_HASH))
        try:
            self._fd = _open_locked(path)
        except OSError as error:
            raise AuditError(
                f"the audit journal {str(path)!r} cannot be opened: {error.strerror}",
                hint="choose another output folder with --out",
            ) from error
        try:
            torn = self._continue_existing()
            self._reserve = _hold_space(path)
            if torn is not None:
                self.record("audit.recovered", torn)
        except OSError as error:
            self.close()
            raise AuditError(f"the audit journal {str(path)!r} cannot be prepared: {error.strerror}") from error
        except BaseException:
            self.close()
            raise

    def record(self, event: EventKind, data: Mapping[str, Any]) -> int:
        """Append one event and wait until it is on disk; see `Journal.record`."""
        with self._lock:
            if self._broken:
                raise AuditError(self._broken)
            try:
                self._check_file()
                return self._append(event, plain(data, self._redactor))
            except OSError as error:
                self._broken = f"the audit journal {str(self.path)!r} could not be written: {error.strerror or error}"
                self._record_failure(event, error)
                raise AuditError(
                    self._broken, hint="free some disk space" if error.errno == errno.ENOSPC else ""
                ) from error

    def head(self) -> Head:
        """The current end of the chain."""
        return self._end.head

    def close(self) -> None:
        """Release the file and its lock. Idempotent; later records are refused."""
        with self._lock:
            self._broken = self._broken or f"the audit journal {str(self.path)!r} is closed"
            self._release_space()
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, event: str, data: Mapping[str, Any]) -> int:
        seq = self._end.head.entries + 1
        line, digest = seal(
            {
                "seq": seq,
                "time": timestamp(self._clock()),
                "monotonic": time.monotonic_ns(),
                "event": event,
                "data": data,
                "prev": self._end.head.hash,
            }
        )
        self._writing = True
        try:
            _write_all(self._fd, line)
            os.fdatasync(self._fd)
        except BaseException:
            self._roll_back()
            raise
        self._end = _End(self._end.size_bytes + len(line), Head(seq, digest))
        self._writing = False
        return seq

    def _check_file(self) -> None:
        """Refuse to write after somebody else's bytes, or into a file nobody will find."""
        if self._writing:  # a signal ended the last record between the write and its acknowledgement
            self._roll_back()
        status = os.fstat(self._fd)
        if status.st_nlink == 0:
            raise OSError(errno.ENOENT, "the file was deleted during the run")
        if status.st_size != self._end.size_bytes:
            raise OSError(errno.EIO, "the file was changed by somebody else during the run")

    def _roll_back(self) -> None:
        os.ftruncate(self._fd, self._end.size_bytes)
        self._writing = False

    def _record_failure(self, event: str, cause: OSError) -> None:
        """Use the space held back to say why the journal ends here; the caller raises in any case."""
        self._release_space()
        try:
            self._check_file()
            self._append("error", {"error": f"the journal could not be written: {cause.strerror}", "lost_event": event})
        except OSError:
            return

    def _release_space(self) -> None:
        if self._reserve is not None:
            os.close(self._reserve)
            self._reserve = None

    def _continue_existing(self) -> dict[str, Any] | None:
        """Take up the chain of an existing file; quarantine a torn tail and describe it."""
        size = os.fstat(self._fd).st_size
        if size == 0:
            return None
        result = verify(self.path, head=None)
        if result.status == "tampered":
            raise AuditError(f"the audit journal {str(self.path)!r} does not verify: {result.message}")
        self._end = _End(result.good_bytes, result.head)
        if result.status == "ok":
            return None
        torn = os.pread(self._fd, size - result.good_bytes, result.good_bytes)
        digest = hashlib.sha256(torn).hexdigest()
        side = self.path.with_name(f"{self.path.name}.torn-{result.line}-{digest[:8]}")
        _write_side_file(side, torn)
        os.ftruncate(self._fd, result.good_bytes)
        os.fdatasync(self._fd)
        return {"quarantine": side.name, "bytes": len(torn), "sha256": digest}


def _open_locked(path: Path) -> int:
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OSError(errno.EAGAIN, "another run is writing it") from None
        _sync_folder(path.parent)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file survive a power cut, not only its content."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _hold_space(path: Path) -> int:
    """A nameless file of `RESERVE_BYTES` on the same disk: closing it frees the space, a crash leaves nothing."""
    name = path.with_name(f".{path.name}.reserve")
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        name.unlink()
        os.posix_fallocate(fd, 0, RESERVE_BYTES)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _write_side_file(path: Path, data: bytes) -> None:
    """Write the quarantined bytes; an identical file from an interrupted recovery is simply written again."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
