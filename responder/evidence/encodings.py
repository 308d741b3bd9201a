"""Text that is not in a byte-wise encoding, recoded to UTF-8 on the fly: what reads lines of bytes would cut it apart.

Windows tools write UTF-16. Between its letters stand NULs, so no search, no rule and no redaction would know a word of
it. UTF-8 and every eight-bit code page stay as they are: their lines, and what looks for ASCII in them, are right.
"""

import codecs
import io
from typing import BinaryIO, cast

from responder.evidence.compression import KeepsTheStart

__all__ = ["recode", "wide_encoding_of"]

_MARKS = (
    # A mark of UTF-32 begins with that of UTF-16, so it is asked for first.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEAST_BYTES = 16
_STEP_BYTES = 1 << 18


def wide_encoding_of(head: bytes) -> str | None:
    """The encoding of two or four bytes a character that the first bytes show, by mark or by where their NULs are.

    Without a mark it is told from Latin text only: every second byte is NUL, and hardly any other.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) < _LEAST_BYTES or max(even, odd) * 5 <= len(head) * 2 or min(even, odd) * 20 >= len(head):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def recode(stream: BinaryIO, encoding: str) -> BinaryIO:
    """The same text in UTF-8 without a mark; closing it closes the stream below.

    What is no text in `encoding` becomes U+FFFD. Lines end where the text has U+000A, so a line keeps its number.
    """
    return cast(BinaryIO, KeepsTheStart(_Recoder(stream, encoding), buffer_size=_STEP_BYTES))


class _Recoder(io.RawIOBase):
    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._waiting = b""
        self._begun = self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._waiting and not self._ended:
            data = self._stream.read(_STEP_BYTES)
            self._ended = not data
            text = self._decoder.decode(data, final=self._ended)
            if text and not self._begun:
                text, self._begun = text.removeprefix("\ufeff"), True
            self._waiting = text.encode()
        part, self._waiting = self._waiting[: len(buffer)], self._waiting[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
