r"""Bytes to lines and lines to readable text, without ever moving a line number.

A line ends at `\n` and nowhere else. What a terminal would not show (colour codes, NULs of UTF-16) is taken out before
anything is matched, never from what is quoted.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import BinaryIO

from responder.patterns import lazy
from responder.triage.compiled import has_compiled

__all__ = [
    "LINE_LIMIT",
    "PARTED_LINES",
    "clean",
    "key_of",
    "key_of_plain",
    "keys_of",
    "line_blocks",
    "lines_of",
    "with_mark",
]

LINE_LIMIT = 64 << 10
"""Bytes of one line that are looked at; the rest is counted and hashed, not matched."""
PARTED_LINES = f"lines longer than {LINE_LIMIT >> 10} KB were looked at in part"

_TEXT_LIMIT = 4000
_ESCAPES = lazy(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[()][A-Z0-9]|\x1b.?"
    r"|\^\[\[[0-9;]*[mK]|[\x00\ufeff\x08]"
)
_DIGITS = b"0123456789"
_HEX = b"0123456789ABCDEFabcdef"
_HEX_AS_ZERO = bytes(ord("0") if byte in _HEX else ord(" ") for byte in range(256))
_RUN = b"0" * 8
_ID = re.compile(rb"(?<![0-9A-Za-z])(?:0x)?[0-9A-Fa-f]{8,}+(?:-[0-9A-Fa-f]++)*+(?![0-9A-Za-z])")


def clean(raw: bytes) -> str:
    """The text of a line as a person reads it on a terminal; at most some thousand characters of it."""
    if len(raw) > _TEXT_LIMIT:
        raw = raw[:_TEXT_LIMIT]
    text = raw.decode(errors="replace")
    if "\ufffd" in text:
        text = _eight_bit(raw, text)
    if "\x1b" in text or "\x00" in text or "^[[" in text or "\ufeff" in text or "\x08" in text:
        text = _ESCAPES.sub("", text)
    return text.rstrip("\r\n").replace("\r", " ") if "\r" in text else text


def _eight_bit(raw: bytes, replaced: str) -> str:
    """A line that is no UTF-8 as Windows and old Unix programs wrote it; one cut in the middle of a letter stays."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return replaced if error.start > len(raw) - 4 and len(raw) >= _TEXT_LIMIT else raw.decode("cp1252", "replace")
    return replaced


def key_of(raw: bytes) -> bytes:
    """What lines that differ in numbers and ids only have in common; of several lines at once, line by line.

    An id is a run of at least eight hexadecimal digits, perhaps with more of them behind hyphens, that no other letter
    or digit touches; `0x` may stand before it.
    """
    return _fastest()(raw)


def keys_of(lines: Sequence[bytes]) -> list[bytes]:
    """`key_of` each of many lines."""
    return key_of(b"\n".join(lines)).split(b"\n") if lines else []


def lines_of(text: bytes, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
    """Some lines of many, without their newlines.

    Args:
        text: Lines; behind the last newline there is one more, perhaps an empty one.
        ranges: Half-open ranges of line indices, in order and apart; what is not there is left out.
    """
    if not has_compiled():
        split = text.split(b"\n", ranges[-1][1]) if ranges else []
        return [line for low, high in ranges for line in split[low:high]]
    from responder.triage._speed import lines

    return lines(text, list(ranges))


def with_mark(raw: bytes, mark: bytes) -> bytes:
    """The same lines, with another byte for the digit that a mark ends in, so that their keys tell it."""
    return raw.replace(mark, mark[:-1] + bytes((mark[-1] | 0x80,)))


def key_of_plain(raw: bytes) -> bytes:
    """See `key_of`; needs nothing but Python."""
    return b"".join(_without_ids(raw)).translate(None, _DIGITS)


def _without_ids(raw: bytes) -> Iterator[bytes]:
    """What stands between the ids; a plain search for long runs costs a tenth of a pattern over every byte."""
    runs = raw.translate(_HEX_AS_ZERO)
    start, at = 0, runs.find(_RUN)
    while at >= 0:
        found = _ID.match(raw, at - 2 if raw[max(start, at - 2) : at] == b"0x" else at)
        if found:
            yield raw[start : found.start()]
            start = end = found.end()
        else:
            end = runs.find(b" ", at)
        at = runs.find(_RUN, end) if end >= 0 else -1
    yield raw[start:]


@cache
def _fastest() -> Callable[[bytes], bytes]:
    if not has_compiled():
        return key_of_plain
    from responder.triage._speed import keys

    return keys


def line_blocks(stream: BinaryIO, block_bytes: int = 4 << 20) -> Iterator[bytes]:
    r"""Blocks of whole lines, each ending with `\n` but perhaps the last; together they are the stream.

    A line longer than a block is given in pieces that are joined here only up to a block: memory stays bounded by
    the longest line, time stays linear.
    """
    parts: list[bytes] = []
    while block := stream.read(block_bytes):
        cut = block.rfind(b"\n") + 1
        if not cut:
            parts.append(block)
            continue
        yield b"".join([*parts, block[:cut]])
        parts = [block[cut:]] if cut < len(block) else []
    if parts:
        yield b"".join(parts)
