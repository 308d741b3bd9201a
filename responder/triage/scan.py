"""Large files: count kinds of lines chunk by chunk, in parts that combine in any order to the same result.

Only the first line of each kind is ever looked at in Python (see `tally`). A part states where it begins in bytes and
counts its own lines, so parts of one file can be made in any process and merged in any order.

What grows without bound is cut by rule, not by order: of more kinds than `MOST_KINDS`, those that read like trouble
are kept first and then those with the lowest checksum, which is the same set however the file was split.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from zlib import crc32

from responder.triage.tally import Column, tally

__all__ = ["KEY_BYTES", "MOST_KINDS", "Kind", "Part", "Place", "add", "merge", "scan"]

MOST_KINDS = 40_000
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
    bar: tuple[bool, int] | None = field(default=None, compare=False)
    """The rank of the last kind kept when kinds were last cut: what ranks behind it would be cut again."""


def scan(chunk: bytes, offset: int, column: Column | None = None) -> Part:
    r"""Count one chunk of whole lines.

    Args:
        chunk: Bytes that begin at the start of a line and end with `\n` or with the file.
        offset: Where the chunk begins in the file.
        column: The bytes of a line that hold its moment up to the minute, the same for every chunk of the file.
    """
    part = Part()
    add(part, chunk, offset, column)
    return _bounded(part, MOST_KINDS)


def add(part: Part, chunk: bytes, offset: int, column: Column | None = None) -> None:
    """Count one more chunk into a part, which may hold more kinds than `MOST_KINDS` until it is merged."""
    found = tally(chunk, column)
    part.lines[offset] = found.total
    part.minutes.update(found.minutes)
    kinds, bar = part.kinds, part.bar
    shorts = [key[:KEY_BYTES] for key in found.keys]
    troubled = _troubled([key for key in shorts if key not in kinds]) if bar else ()
    found_kinds = zip(shorts, found.counts, found.first, found.last, found.exemplars, strict=True)
    for short, count, first, last, exemplar in found_kinds:
        known = kinds.get(short)
        if known is None:
            if bar and (short not in troubled, crc32(short)) > bar:
                part.dropped += count
                continue
            kinds[short] = Kind(count, (offset, first), (offset, last), exemplar[:_EXEMPLAR_BYTES])
            continue
        known.count += count
        known.last = max(known.last, (offset, last))
        if (offset, first) < known.first:
            known.first, known.exemplar = (offset, first), exemplar[:_EXEMPLAR_BYTES]
    # Cutting at twice the bound and not at each chunk keeps a file of nothing but new kinds linear.
    if len(kinds) > 2 * MOST_KINDS:
        _bounded(part, MOST_KINDS)


def merge(one: Part, other: Part) -> Part:
    """Two parts of one file as one; associative and commutative. `one` is used up."""
    one.lines.update(other.lines)
    one.minutes.update(other.minutes)
    one.dropped += other.dropped
    one.bar = min(filter(None, (one.bar, other.bar)), default=None)
    for key, kind in other.kinds.items():
        known = one.kinds.get(key)
        one.kinds[key] = _joined(known, kind) if known else kind
    return _bounded(one, MOST_KINDS)


def _joined(one: Kind, other: Kind) -> Kind:
    earlier = one if one.first <= other.first else other
    return Kind(one.count + other.count, earlier.first, max(one.last, other.last), earlier.exemplar)


def _bounded(part: Part, most: int) -> Part:
    if len(part.kinds) > most:
        troubled = _troubled(part.kinds)
        ranked = sorted([((key not in troubled, crc32(key)), key) for key in part.kinds])
        for _, key in ranked[most:]:
            part.dropped += part.kinds.pop(key).count
        part.bar = ranked[most - 1][0]
    return part


def _troubled(keys: Collection[bytes]) -> set[bytes]:
    """Those of the keys that hold a word of trouble; one search through all of them a word, since few hold any."""
    everything = b"\n".join(keys)
    found = set()
    for word in _TROUBLE:
        at = everything.find(word)
        while at >= 0:
            end = everything.find(b"\n", at)
            end = len(everything) if end < 0 else end
            found.add(everything[everything.rfind(b"\n", 0, at) + 1 : end])
            at = everything.find(word, end)
    return found
