"""Large files: count kinds of lines chunk by chunk, in parts that combine in any order to the same result.

Only the first line of each kind is ever looked at in Python (see `tally`). A part states where it begins in bytes and
counts its own lines, so parts of one file can be made in any process and merged in any order.

What grows without bound is cut by rule, not by order: of more kinds than `MOST_KINDS`, those that read like trouble
are kept first and then those with the lowest checksum, which is the same set however the file was split.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from zlib import crc32

from responder.triage.compiled import has_compiled
from responder.triage.tally import Column, tally

if TYPE_CHECKING:
    from responder.triage._speed import _Literals

__all__ = ["KEY_BYTES", "MOST_KINDS", "Kind", "Part", "Place", "add", "merge", "scan"]

MOST_KINDS = 40_000
"""Kinds of lines remembered of one file."""

KEY_BYTES = 400
"""Lines are told apart by so many bytes of their key."""
_EXEMPLAR_BYTES = 4000
_TROUBLE = (b"rror", b"RROR", b"ail", b"AIL", b"xception", b"atal", b"ATAL", b"anic", b"PANIC", b"efused", b"imeout",
            b"imed out", b"enied", b"nable", b"illed", b"arn", b"WARN", b"eploy", b"onfig")  # fmt: skip
_QUIET = 1 << 32
"""Above every checksum."""

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
    bar: int | None = field(default=None, compare=False)
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
    ranks = _ranks([key for key in shorts if key not in kinds]) if bar is not None else {}
    found_kinds = zip(shorts, found.counts, found.first, found.last, found.exemplars, strict=True)
    for short, count, first, last, exemplar in found_kinds:
        known = kinds.get(short)
        if known is None:
            if bar is not None and ranks.get(short, 0) > bar:
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
    one.bar = min((bar for bar in (one.bar, other.bar) if bar is not None), default=None)
    for key, kind in other.kinds.items():
        known = one.kinds.get(key)
        one.kinds[key] = _joined(known, kind) if known else kind
    return _bounded(one, MOST_KINDS)


def _joined(one: Kind, other: Kind) -> Kind:
    earlier = one if one.first <= other.first else other
    return Kind(one.count + other.count, earlier.first, max(one.last, other.last), earlier.exemplar)


def _bounded(part: Part, most: int) -> Part:
    if len(part.kinds) <= most:
        return part
    ranks = _ranks(list(part.kinds))
    bar = sorted(ranks.values())[most - 1]
    behind = [key for key, rank in ranks.items() if rank > bar]
    level = sorted([key for key, rank in ranks.items() if rank == bar])
    for key in (*behind, *level[len(level) - (len(ranks) - len(behind) - most) :]):
        part.dropped += part.kinds.pop(key).count
    part.bar = bar
    return part


def _ranks(keys: Sequence[bytes]) -> dict[bytes, int]:
    """What reads like trouble first, then by checksum: the same order wherever a kind is met."""
    troubled = _troubled(keys)
    return {key: crc32(key) if key in troubled else crc32(key) | _QUIET for key in keys}


def _troubled(keys: Sequence[bytes]) -> set[bytes]:
    """Those of the keys that hold a word of trouble."""
    if has_compiled():
        from responder.triage._speed import search

        return {keys[number] for number, _ in search(_trouble(), b"\n".join(keys))}
    return {key for key in keys if any(word in key for word in _TROUBLE)}


@cache
def _trouble() -> "_Literals":
    from responder.triage._speed import literals

    return literals([(tuple(word.decode() for word in _TROUBLE),)], "")
