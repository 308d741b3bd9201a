"""Original bytes to the text that agents see: sanitised, then redacted, then cut, so that no cut hides a secret."""

import sys

from responder.safety.interface import TextRedactor
from responder.safety.sanitise import decode, sanitise

__all__ = ["MAX_LINE_CHARS", "LongLine", "cleaned", "opens_key"]

MAX_LINE_CHARS = 8000
_HEAD_BYTES = 64 << 10
_TAIL_BYTES = 16 << 10
_BORROWED_BEGIN = "-----BEGIN PRIVATE KEY-----\n"


def cleaned(data: bytes, redactor: TextRedactor, *, inside_key: bool = False) -> str:
    r"""Safe text of whole lines, with as many `\n` as the bytes have.

    Args:
        data: Bytes of the original.
        redactor: Takes the secrets out.
        inside_key: A line before these opened a PEM block, so they may begin with the body of a key.
    """
    if _looks_utf16(data):  # Latin text is right then, other scripts are at least there
        data = data.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\0", b"")
    text = sanitise(decode(data), max_line_chars=sys.maxsize)
    if inside_key:
        text = redactor.redact(_BORROWED_BEGIN + text).removeprefix(_BORROWED_BEGIN)
    else:
        text = redactor.redact(text)
    return sanitise(text, max_line_chars=MAX_LINE_CHARS)


def opens_key(data: bytes, *, before: bool) -> bool:
    """Whether a PEM block is open after these bytes, given whether one was open before them."""
    begin, end = data.rfind(b"-----BEGIN "), data.rfind(b"-----END ")
    return before if begin < 0 and end < 0 else begin > end


def _looks_utf16(data: bytes) -> bool:
    return data.startswith((b"\xff\xfe", b"\xfe\xff")) or (len(data) >= 16 and data.count(0) * 5 > len(data) * 2)


class LongLine:
    """Collects one line of any length in bounded memory."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = b""
        self._bytes = 0

    def add(self, data: bytes) -> None:
        """The next piece of the line."""
        self._bytes += len(data)
        room = _HEAD_BYTES - len(self._head)
        self._head += data[:room]
        if len(data) > room:
            self._tail = (self._tail + data[room:][-_TAIL_BYTES:])[-_TAIL_BYTES:]

    @property
    def missing(self) -> int:
        """Bytes in the middle that were not kept."""
        return self._bytes - len(self._head) - len(self._tail)

    def data(self) -> bytes:
        """The whole line, when nothing is missing."""
        return bytes(self._head) + self._tail

    def text(self, redactor: TextRedactor, *, inside_key: bool = False) -> str:
        """The line as agents see it: beginning, a marker that says how much is missing, end."""
        if self.missing <= 0:
            return cleaned(self.data(), redactor, inside_key=inside_key)
        head = cleaned(bytes(self._head), redactor, inside_key=inside_key)[: MAX_LINE_CHARS * 3 // 4 - 60]
        # The first characters of the tail may be the rest of a secret whose beginning is missing.
        tail = cleaned(self._tail, redactor)[-MAX_LINE_CHARS // 4 :]
        return f"{head} [... about {self.missing} bytes cut ...] {tail}"
