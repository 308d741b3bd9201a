"""Opens one path without being tricked by it: no link is followed, no pipe is waited for, no device is read."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from responder.errors import EvidenceError
from responder.evidence.encodings import wide_encoding_of

__all__ = ["HEAD_BYTES", "Unreadable", "binary_reason", "open_regular", "read_head"]

HEAD_BYTES = 8192
"""How much of a stream decides whether it is text and which compression it has."""

_KINDS = (
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "character device"),
    (stat.S_ISBLK, "block device"),
    (stat.S_ISDIR, "folder"),
)
_MAGIC = (
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\xca\xfe\xba\xbe", "Java class file"),
)
_CONTROL = bytes(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 15, 27})


class Unreadable(Exception):
    """One file cannot be used; `str()` of it is the reason a report shows."""


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading, and nothing else.

    The check is made on the open descriptor, so swapping the path in between gains nothing.

    Raises:
        Unreadable: It is a link, a pipe, a socket, a device, a folder, or may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        raise Unreadable(_open_reason(error, path)) from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise Unreadable(_kind(mode))
    os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "rb", buffering=1 << 16)


def _kind(mode: int) -> str:
    return next((name for test, name in _KINDS if test(mode)), "not a regular file")


def _open_reason(error: OSError, path: Path) -> str:
    if error.errno == errno.ELOOP:
        return "symbolic link, not followed"
    if error.errno == errno.ENXIO:
        try:
            return _kind(path.lstat().st_mode)
        except OSError:
            return "not a regular file"
    if isinstance(error, PermissionError):
        return "no read permission"
    return error.strerror.lower() if error.strerror else "could not be opened"


def read_head(stream: BinaryIO, size: int = HEAD_BYTES) -> bytes:
    """The first bytes of a stream, however short its reads are.

    Raises:
        EvidenceError: The stream is damaged from the start.
    """
    parts: list[bytes] = []
    missing = size
    try:
        while missing > 0 and (part := stream.read(missing)):
            parts.append(part)
            missing -= len(part)
    except (OSError, EOFError, ValueError) as error:
        if not parts:
            raise EvidenceError(f"damaged from its first byte: {error}") from error
    return b"".join(parts)


def binary_reason(head: bytes) -> str | None:
    """Why these first bytes are not text; None when they are.

    A log with a few NUL or control bytes is text, and so is UTF-16; a page of NULs (a sparse file) is not.
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return f"binary: {name}"
    if wide_encoding_of(head):
        return None
    if head.count(0) * 10 > len(head):
        return "binary: mostly NUL bytes"
    control = len(head) - len(head.translate(None, _CONTROL))
    # Random bytes hold 9 % of them; a short line with one stray byte is still a line.
    share = 5 if len(head) < 256 else 25
    return "binary: not text" if control * share > len(head) else None
