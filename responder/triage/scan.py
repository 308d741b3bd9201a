"""Large files: count kinds of lines chunk by chunk, in parts that combine in any order to the same result.

Deleting the digits of a whole chunk, splitting it and counting equal lines are a handful of calls into C; only the
first line of each kind is ever looked at in Python. A part states where it begins in bytes and counts its own lines,
so parts of one file can be made in any process and merged in any order.

What grows without bound is cut by rule, not by order: of more kinds than `MOST_KINDS`, those that read like trouble
are kept first and then those with the lowest checksum, which is the same set however the file was split.
"""

from collections import Counter
from dataclasses import dataclass, field
from zlib import crc32

from responder.triage.lines import key_of

__all__ = ["KEY_BYTES", "MOST_KINDS", "Kind", "Part", "Place", "merge", "scan"]

MOST_KINDS = 120_000
"""Kinds of lines remembered of one file."""

KEY_BYTES = 400
"""Lines are told apart by so many bytes of their key."""
_EXEMPLAR_BYTES = 4000
_TROUBLE = (b"rror", b"RROR", b"ail", b"AIL", b"xception", b"atal", b"ATAL", b"anic", b"PANIC", b"efused", b"imeout",
            b"imed out", b"enied", b"nable", b"illed", b"arn", b"WARN", b"eploy", b"onfig")  # fmt: skip

Place = tuple[int, int]
"""Byte offset of a chunk and line within it, from 0; places compare in reading order."""


@dataclass(slots=True)
class Kind:
    """Lines that differ in digits only."""

    count: int
    first: Place
    last: Place
    exemplar: bytes
    """The first of them, at most some thousand bytes of it."""


@dataclass(slots=True)
class Part:
    """What one or more chunks of one file hold."""

    lines: dict[int, int] = field(default_factory=dict)
    """Lines by the byte offset of their chunk."""
    kinds: dict[bytes, Kind] = field(default_factory=dict)
    minutes: Counter[bytes] = field(default_factory=Counter)
    """Records by the text of their moment up to the minute."""
    dropped: int = 0
    """Lines whose kind was not kept."""


def scan(chunk: bytes, offset: int, column: tuple[int, int] | None = None) -> Part:
    r"""Count one chunk of whole lines.

    Args:
        chunk: Bytes that begin at the start of a line and end with `\n` or with the file.
        offset: Where the chunk begins in the file.
        column: The bytes of a line that hold its moment up to the minute, the same for every chunk of the file.
    """
    body = chunk.removesuffix(b"\n")
    keys = key_of(body).split(b"\n")
    lines = body.split(b"\n")
    total = len(keys)
    counts = Counter(keys)
    last = dict(zip(keys, range(total), strict=True))
    keys.reverse()
    first = dict(zip(keys, range(total - 1, -1, -1), strict=True))
    part = Part(lines={offset: total})
    for key, count in counts.items():
        kind = Kind(count, (offset, first[key]), (offset, last[key]), lines[first[key]][:_EXEMPLAR_BYTES])
        short = key[:KEY_BYTES]
        part.kinds[short] = _joined(part.kinds[short], kind) if short in part.kinds else kind
    if column:
        start, end = column
        minutes = Counter([line[start:end] for line in lines])
        part.minutes = Counter({text: count for text, count in minutes.items() if text[:4].isdigit()})
    return _bounded(part)


def merge(one: Part, other: Part) -> Part:
    """Two parts of one file as one; associative and commutative. `one` is used up."""
    one.lines.update(other.lines)
    one.minutes.update(other.minutes)
    one.dropped += other.dropped
    for key, kind in other.kinds.items():
        known = one.kinds.get(key)
        one.kinds[key] = _joined(known, kind) if known else kind
    return _bounded(one)


def _joined(one: Kind, other: Kind) -> Kind:
    earlier = one if one.first <= other.first else other
    return Kind(one.count + other.count, earlier.first, max(one.last, other.last), earlier.exemplar)


def _bounded(part: Part) -> Part:
    if len(part.kinds) > MOST_KINDS:
        ranked = sorted(part.kinds, key=lambda key: (not any(word in key for word in _TROUBLE), crc32(key), key))
        for key in ranked[MOST_KINDS:]:
            part.dropped += part.kinds.pop(key).count
    return part
