"""The kinds of lines of one file, counted chunk by chunk in bounded memory, and which of them to look at.

Only the first line of a kind is ever looked at in Python, and of more kinds than a run has time for not every one.
What is left out is chosen by rule, never by order, so it is the same however a file is cut into chunks:

- What is kept may cost `MOST_BYTES`. Kinds that hold words of trouble are kept first, then those with the lowest
  checksum.
- What is handed over takes turns. Kinds that differ only in words that few of them hold are a group: ten thousand
  downloads are one, and so is the one line that says why the build stopped. Each group has its first turn before any
  has its second, and groups of trouble have several turns for each one of the others.

Compiled where that was built (`speed/counter.h`), else in plain Python, to the same result.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self
from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from responder.triage.compiled import has_compiled
from responder.triage.lines import key_of, key_of_plain, with_mark

if TYPE_CHECKING:
    from responder.triage._speed import _Literals

__all__ = ["KEY_BYTES", "Column", "CompiledScan", "Counted", "Kind", "Place", "PlainScan", "Scan", "scan_of"]

KEY_BYTES = 400
"""Lines are told apart by so many bytes of their key."""
MOST_BYTES = 7_000_000
"""What the kinds that are kept of one file may cost: some 40,000 of usual length."""
MOST_MINUTE_BYTES = 30_000_000
"""The same for its minutes: some 250,000, half a year."""
_KIND_BYTES = 100
"""What a kind costs beside the bytes of its key."""
_SHOWN_BYTES, _SHOWN_PER_BYTE, _MOST_SHOWN = 300, 4, 2000
_TURNS = 8
"""Kinds of a group of trouble that come in one turn."""
_SHARE, _LEAST = 64, 2
"""A word tells groups apart when one kind in so many holds it, and some."""
_QUIET = 1 << 32
"""Above every checksum."""
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
_TROUBLE = (b"rror", b"fail", b"xception", b"fatal", b"panic", b"efused", b"imeout", b"imed out", b"enied", b"nable",
            b"illed", b"arn", b"eploy", b"onfig")  # fmt: skip

Place = tuple[int, int]
"""Byte offset of a chunk and line within it, from 0; places compare in reading order."""


class Column(NamedTuple):
    """What is known of the lines of a file before they are counted."""

    start: int = 0
    end: int = 0
    """First and last byte (exclusive) of `2026-01-02T03:04` within a line; zeros when lines have no such place."""
    marks: tuple[bytes, ...] = ()
    """Bytes that end in a digit that makes another kind of a line; see `responder.triage.alarms`."""

    def keys_of(self, lines: Sequence[bytes]) -> list[bytes]:
        """What lines have in common that differ only in ids, and in numbers that make no difference."""
        return [key[:KEY_BYTES] for key in key_of(self.marked(b"\n".join(lines))).split(b"\n")] if lines else []

    def marked(self, raw: bytes) -> bytes:
        """The same lines, with other bytes for the digits that make a difference."""
        for mark in self.marks:
            raw = with_mark(raw, mark)
        return raw


class Kind(Struct, frozen=True):
    """Lines that differ in digits only."""

    key: bytes
    count: int
    first: Place
    last: Place
    exemplar: bytes
    """The first of them, at most some thousand bytes of it."""


class Counted(Struct, frozen=True):
    """What a file holds."""

    kinds: Sequence[Kind]
    """Those to look at, in the order of their first lines."""
    minutes: Mapping[bytes, int]
    """Records by the text of their moment up to the minute."""
    dropped: int
    """Lines of kinds that were not kept."""
    known: int
    """Kinds that were kept, those that are not handed over among them."""


class Scan(Protocol):
    """Counts one file."""

    def add(self, chunk: bytes | memoryview, offset: int) -> tuple[int, int]:
        r"""Count one chunk of whole lines.

        Args:
            chunk: Bytes that begin at the start of a line and end with `\n` or with the file.
            offset: Where the chunk begins in the file, behind all that were counted before.

        Returns:
            Its lines, and the kinds known so far.
        """
        ...

    def merge(self, other: Self) -> None:
        """Take in what another scan has counted of other chunks of the same file.

        Scans merge in any order to the same result, so that a file can be counted in parts anywhere. The other one is
        used up.

        Raises:
            ValueError: The other one is none of its kind, was made with other arguments, or is this one.
        """
        ...

    def counted(self, most: int) -> Counted:
        """What was counted, and of its kinds those `most` to look at."""
        ...


def scan_of(column: Column) -> Scan:
    """What counts a file, the fastest way there is."""
    return CompiledScan(column) if has_compiled() else PlainScan(column)


class CompiledScan:
    """See `Scan`; needs the compiled loops. Other threads run while it counts."""

    def __init__(self, column: Column, *, most: int = MOST_BYTES, most_minutes: int = MOST_MINUTE_BYTES) -> None:
        from responder.triage import _speed

        self._counter = _speed.counter(column.start, column.end, list(column.marks), _trouble(), most, most_minutes)
        self._count, self._merge, self._kept = _speed.count, _speed.merge, _speed.kept

    def add(self, chunk: bytes | memoryview, offset: int) -> tuple[int, int]:
        """See `Scan.add`."""
        return self._count(self._counter, chunk, offset)

    def merge(self, other: Self) -> None:
        """See `Scan.merge`."""
        self._merge(self._counter, other._counter)

    def counted(self, most: int) -> Counted:
        """See `Scan.counted`."""
        kinds, minutes, dropped, known = self._kept(self._counter, most)
        return Counted([Kind(*kind) for kind in kinds], minutes, dropped, known)


class PlainScan:
    """See `Scan`; needs nothing but Python."""

    def __init__(self, column: Column, *, most: int = MOST_BYTES, most_minutes: int = MOST_MINUTE_BYTES) -> None:
        self._column = column
        self._kinds, self._minutes = _Table(most), _Table(most_minutes)

    def add(self, chunk: bytes | memoryview, offset: int) -> tuple[int, int]:
        """See `Scan.add`."""
        body = bytes(chunk).removesuffix(b"\n")
        keys = [key[:KEY_BYTES] for key in key_of_plain(self._column.marked(body)).split(b"\n")]
        lines = body.split(b"\n")
        counts = Counter(keys)
        last = dict(zip(keys, range(len(keys)), strict=True))
        first = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
        for key, count in counts.items():
            self._kinds.add(key, count, (offset, first[key]), (offset, last[key]), lines[first[key]])
        if self._column.end:
            start, end = self._column.start, self._column.end
            for text, count in Counter([line[start:end] for line in lines]).items():
                if len(text) == end - start and _is_moment(text):
                    self._minutes.add(text, count, (offset, 0), (offset, 0), b"")
        return len(lines), len(self._kinds.kinds)

    def merge(self, other: Self) -> None:
        """See `Scan.merge`."""
        if other is self or other._column != self._column or other._kinds.most != self._kinds.most:
            raise ValueError("scans of one file are merged, that were made with the same arguments")
        self._kinds.join(other._kinds)
        self._minutes.join(other._minutes)

    def counted(self, most: int) -> Counted:
        """See `Scan.counted`."""
        self._kinds.cut()
        self._minutes.cut()
        kinds = self._kinds.kinds
        chosen = kinds if len(kinds) <= most else set(_arranged(list(kinds))[:most])
        return Counted(
            [kind for key, kind in kinds.items() if key in chosen],
            {kind.key: kind.count for kind in self._minutes.kinds.values()},
            self._kinds.dropped,
            len(kinds),
        )


class _Table:
    """Kinds in the order in which they were first met, none of them dearer than was allowed for all."""

    def __init__(self, most: int) -> None:
        self.kinds: dict[bytes, Kind] = {}
        self.dropped = 0
        self.most, self._cost = most, 0
        self._bar: int | None = None
        """The rank of the first kind that was cut: what ranks behind it would be cut again."""

    def add(self, key: bytes, count: int, first: Place, last: Place, line: bytes) -> None:
        known = self.kinds.get(key)
        if known is not None:
            self.kinds[key] = replace(known, count=known.count + count, last=last)
            return
        # Cutting at twice of what is allowed keeps a file of nothing but new kinds linear.
        if not self._is_behind(key) and self._cost > 2 * self.most:
            self.cut()
        if self._is_behind(key):
            self.dropped += count
            return
        shown = min(_SHOWN_BYTES + _SHOWN_PER_BYTE * len(key), _MOST_SHOWN)
        self.kinds[key] = Kind(key, count, first, last, line[:shown])
        self._cost += len(key) + _KIND_BYTES

    def _is_behind(self, key: bytes) -> bool:
        return self._bar is not None and _rank(key) >= self._bar

    def join(self, other: "_Table") -> None:
        """Take in the kinds of other chunks, so that of each kind the very first line stays."""
        self._bar = min((bar for bar in (self._bar, other._bar) if bar is not None), default=None)
        self.dropped += other.dropped
        both, self.kinds, self._cost = (*self.kinds.values(), *other.kinds.values()), {}, 0
        for kind in sorted(both, key=lambda kind: kind.first):
            known = self.kinds.get(kind.key)
            if self._is_behind(kind.key):
                self.dropped += kind.count
            elif known is not None:
                last = max(known.last, kind.last)
                self.kinds[kind.key] = replace(known, count=known.count + kind.count, last=last)
            else:
                self.kinds[kind.key] = kind
                self._cost += len(kind.key) + _KIND_BYTES
        if self._cost > 2 * self.most:
            self.cut()

    def cut(self) -> None:
        """Keep what comes first in the order and costs no more than was allowed."""
        if self._cost <= self.most:
            return
        cost, kept = 0, set()
        for rank, key in sorted([(_rank(key), key) for key in self.kinds]):
            cost += len(key) + _KIND_BYTES
            if cost > self.most:
                self._cost, self._bar = cost - len(key) - _KIND_BYTES, rank
                break
            kept.add(key)
        self.dropped += sum(kind.count for key, kind in self.kinds.items() if key not in kept)
        self.kinds = {key: kind for key, kind in self.kinds.items() if key in kept}


def _arranged(keys: Sequence[bytes]) -> list[bytes]:
    """All kinds, those to look at first coming first."""
    words = Counter(word for key in keys for word in _WORD.findall(key))
    least = len(keys) // _SHARE + _LEAST
    groups: dict[tuple[bytes, ...], list[tuple[int, bytes]]] = defaultdict(list)
    for key in keys:
        groups[_group(key, words, least)].append((_rank(key), key))
    turns = []
    for members in groups.values():
        for at, (rank, key) in enumerate(sorted(members)):
            turns.append((at // _TURNS if rank < _QUIET else at, rank, key))
    return [key for _, _, key in sorted(turns)]


def _group(key: bytes, words: Mapping[bytes, int], least: int) -> tuple[bytes, ...]:
    """The words that a kind shares with many and those of trouble, and where there are others between them."""
    group: list[bytes] = []
    for word in _WORD.findall(key):
        if words[word] >= least or _is_trouble(word):
            group.append(word)
        elif not group or group[-1]:
            group.append(b"")
    return tuple(group)


def _rank(key: bytes) -> int:
    """What reads like trouble first, then by checksum: the same order wherever a kind is met."""
    return crc32(key) | (0 if _is_trouble(key) else _QUIET)


def _is_trouble(text: bytes) -> bool:
    lower = text.lower()
    return any(word in lower for word in _TROUBLE)


@cache
def _trouble() -> "_Literals":
    from responder.triage._speed import literals

    return literals([(tuple(word.decode() for word in _TROUBLE),)], False, [0])


def _is_moment(text: bytes) -> bool:
    return text[:4].isdigit() and text[4:5] in (b"-", b"/")
