r"""Finds chosen lines in a stream of any size at the speed of counting newlines.

Blocks without a wanted line are only counted, so ten gigabytes cost little more than reading them. A line ends at
`\n` and nowhere else.
"""

import lzma
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from msgspec import Struct

from responder.errors import EvidenceError

__all__ = ["DAMAGE", "Fragment", "LineScan", "Tail", "merged"]

_BLOCK_BYTES = 1 << 18
DAMAGE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, EvidenceError)
"""What reading a damaged stream can raise, whatever its compression."""
_KEY_BEGIN = b"-----BEGIN "
_KEY_END = b"-----END "
_KEY_MAX_BYTES = 32_000
"""How far after its first line the body of a private key can reach."""


class Fragment(NamedTuple):
    """A whole wanted line or, of a line that spans blocks, one piece of it."""

    number: int
    """1-based number of the line."""
    data: bytes
    """Without the newline."""
    ends: bool
    """The newline follows. Of a last line without one, no fragment ends."""
    inside_key: bool = False
    """For the first of a stretch of wanted lines: an unwanted line before it opened a PEM block."""


class Tail(Struct, frozen=True):
    """The end of a stream."""

    first: int
    """Number of the first of `lines`."""
    lines: tuple[bytes, ...] = ()
    inside_key: bool = False
    """A line before the first one opened a PEM block."""


class _Block(Struct, frozen=True):
    data: bytes
    line: int
    at_line_start: bool
    inside_key: bool


class LineScan:
    """One pass over a stream; `lines`, `damage` and `tail` are right once the iteration is over.

    Args:
        stream: Closed by the caller.
        ranges: Wanted lines, first and last, 1-based, sorted and disjoint (see `merged`).
        tail_bytes: How much of the end to keep for `tail`.
        keys: Whether to look for PEM blocks, which takes as long as counting; without it nothing is inside of one.
    """

    def __init__(
        self, stream: BinaryIO, ranges: Sequence[tuple[int, int]], *, tail_bytes: int = 0, keys: bool = True
    ) -> None:
        self.lines = 0
        self.damage: str | None = None
        self._stream = stream
        self._ranges = ranges
        self._tail_bytes = tail_bytes
        self._keys = keys
        self._blocks: deque[_Block] = deque()
        self._next_range = 0
        self._line = 1
        self._at_line_start = True
        self._offset = 0
        self._key_offset: int | None = None

    def __iter__(self) -> Iterator[Fragment]:
        """The wanted lines in order. A damaged stream ends early and sets `damage`; nothing is raised."""
        while block := self._read():
            last = self._line + block.count(b"\n")
            self._remember(block)
            while self._next_range < len(self._ranges) and self._ranges[self._next_range][1] < self._line:
                self._next_range += 1
            if self._next_range < len(self._ranges) and self._ranges[self._next_range][0] <= last:
                yield from self._wanted(block)
            if self._keys:
                self._note_key(block)
            self._line, self._at_line_start = last, block.endswith(b"\n")
            self._offset += len(block)
            self.lines = last - 1 if self._at_line_start else last

    def tail(self) -> Tail:
        """The last whole lines within `tail_bytes`."""
        if not self._blocks:
            return Tail(self.lines + 1)
        oldest, data = self._blocks[0], b"".join(block.data for block in self._blocks)
        cut = max(0, len(data) - self._tail_bytes)
        start = 0
        if cut or not oldest.at_line_start:
            start = data.find(b"\n", max(0, cut - 1)) + 1
            if not start:
                return Tail(self.lines + 1)
        lines = data[start:].split(b"\n")
        begin, end = data.rfind(_KEY_BEGIN, 0, start), data.rfind(_KEY_END, 0, start)
        inside_key = oldest.inside_key if begin < 0 and end < 0 else begin > end
        first = oldest.line + data.count(b"\n", 0, start)
        return Tail(first, tuple(lines[:-1] if lines[-1] == b"" else lines), inside_key)

    def _read(self) -> bytes:
        try:
            return self._stream.read(_BLOCK_BYTES)
        except DAMAGE as error:
            self.damage = str(error) or type(error).__name__
            return b""

    def _wanted(self, block: bytes) -> Iterator[Fragment]:
        number, start, index, in_stretch = self._line, 0, self._next_range, False
        while start < len(block) and index < len(self._ranges):
            end = block.find(b"\n", start)
            stop = end if end >= 0 else len(block)
            if number >= self._ranges[index][0]:
                fresh = not in_stretch and (start > 0 or self._at_line_start)
                inside = self._keys and fresh and self._inside_key(block, start)
                yield Fragment(number, block[start:stop], end >= 0, inside)
            in_stretch = number >= self._ranges[index][0]
            if end < 0:
                return
            start, number = end + 1, number + 1
            if number > self._ranges[index][1]:
                index += 1

    def _inside_key(self, block: bytes, position: int) -> bool:
        begin, end = block.rfind(_KEY_BEGIN, 0, position), block.rfind(_KEY_END, 0, position)
        if begin < 0 and end < 0:
            return self._key_offset is not None and self._offset + position - self._key_offset < _KEY_MAX_BYTES
        return begin > end and position - begin < _KEY_MAX_BYTES

    def _note_key(self, block: bytes) -> None:
        begin, end = block.rfind(_KEY_BEGIN), block.rfind(_KEY_END)
        if begin >= 0 or end >= 0:
            self._key_offset = self._offset + begin if begin > end else None

    def _remember(self, data: bytes) -> None:
        if self._tail_bytes:
            self._blocks.append(_Block(data, self._line, self._at_line_start, self._inside_key(b"", 0)))
            while sum(len(block.data) for block in self._blocks) - len(self._blocks[0].data) > self._tail_bytes:
                self._blocks.popleft()


def merged(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted, disjoint ranges that cover the same lines; ranges that touch become one."""
    union: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if union and first <= union[-1][1] + 1:
            union[-1] = (union[-1][0], max(union[-1][1], last))
        else:
            union.append((first, last))
    return union
