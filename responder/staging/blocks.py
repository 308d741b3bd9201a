"""Reads a stream as blocks of whole lines, and the lines that are longer than a block by themselves."""

from collections.abc import Iterator
from typing import BinaryIO

from responder.staging.cleaning import LongLine
from responder.staging.scan import DAMAGE

__all__ = ["BlockReader"]

_BLOCK_BYTES = 1 << 20


class BlockReader:
    r"""One pass over a stream in bounded memory; `lines` counts what was given, `damage` says why it ended early.

    Each block ends with `\n`, but perhaps the last. A block never ends between a name and a value that the redactor
    joins (`name: X` on one line, `value: Y` on the next).

    Args:
        stream: Closed by the caller.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.lines = 0
        self.damage: str | None = None
        self._stream = stream

    def __iter__(self) -> Iterator[bytes | LongLine]:
        """The content in order. Nothing is raised for a damaged stream."""
        pending, long = b"", None
        while block := self._read():
            if long is not None:
                end = block.find(b"\n")
                long.add(block if end < 0 else block[:end])
                if end < 0:
                    continue
                self.lines += 1
                yield long
                long, block = None, block[end + 1 :]
            data = pending + block
            cut = _block_end(data)
            if cut:
                self.lines += data.count(b"\n", 0, cut)
                yield data[:cut]
            pending = data[cut:]
            if len(pending) > _BLOCK_BYTES and b"\n" not in pending:
                long = LongLine()
                long.add(pending)
                pending = b""
        if long is not None or pending:
            self.lines += 1 if long is not None else pending.count(b"\n") + (not pending.endswith(b"\n"))
            yield pending if long is None else long

    def _read(self) -> bytes:
        try:
            return self._stream.read(_BLOCK_BYTES)
        except DAMAGE as error:
            self.damage = str(error) or type(error).__name__
            return b""


def _block_end(data: bytes) -> int:
    """Where to cut: after the last line that does not name a value, if one of the last few does not."""
    end = last = data.rfind(b"\n") + 1
    for _ in range(4):
        start = data.rfind(b"\n", 0, max(end - 1, 0)) + 1
        if b"name" not in data[start:end].lower() or not start:
            return end
        end = start
    return last
