"""Count the kinds of lines of one chunk: with numpy where it is installed, else in plain Python, to the same result.

Both delete the digits of a whole chunk and split it, a handful of calls into C. What differs is how equal lines are
counted and placed: numpy does it in one look-up a line, plain Python in three.
"""

import importlib.util
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import count
from typing import NamedTuple

from responder.triage.lines import key_of

__all__ = ["Column", "Tally", "has_numpy", "tally", "tally_plain", "tally_with_numpy"]


class Column(NamedTuple):
    """What is known of the lines of a file before they are counted."""

    start: int = 0
    end: int = 0
    """First and last byte (exclusive) of `2026-01-02T03:04` within a line; zeros when lines have no such place."""
    marks: tuple[bytes, ...] = ()
    """Bytes that end in a digit that makes another kind of a line; see `responder.triage.alarms`."""

    def key_of(self, raw: bytes) -> bytes:
        """What lines have in common that differ only in numbers that make no difference."""
        for mark in self.marks:
            raw = raw.replace(mark, mark[:-1] + bytes((mark[-1] | 0x80,)))
        return key_of(raw)


_PLAIN = Column()


class Tally(NamedTuple):
    """The kinds of lines of one chunk, in the order in which they first stand in it."""

    total: int
    keys: Sequence[bytes]
    counts: Sequence[int]
    first: Sequence[int]
    last: Sequence[int]
    line: Callable[[int], bytes]
    """The n-th line of the chunk."""
    minutes: Counter[bytes]


def has_numpy() -> bool:
    """True when the faster way is there."""
    return importlib.util.find_spec("numpy") is not None


def tally(body: bytes, column: Column | None) -> Tally:
    """Count lines by kind, the fastest way there is.

    Args:
        body: Lines without the newline of the last one.
        column: Where a line has its minute.
    """
    return (tally_with_numpy if has_numpy() else tally_plain)(body, column)


def tally_plain(body: bytes, column: Column | None) -> Tally:
    """See `tally`; needs nothing but Python."""
    keys = (column or _PLAIN).key_of(body).split(b"\n")
    lines = body.split(b"\n")
    counts = Counter(keys)
    last = dict(zip(keys, range(len(keys)), strict=True))
    first = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    minutes: Counter[bytes] = Counter()
    if column and column.end:
        start, end = column.start, column.end
        seen = Counter([line[start:end] for line in lines])
        minutes.update({text: n for text, n in seen.items() if len(text) == end - start and _is_moment(text)})
    return Tally(
        len(keys),
        list(counts),
        list(counts.values()),
        [first[key] for key in counts],
        [last[key] for key in counts],
        lines.__getitem__,
        minutes,
    )


def tally_with_numpy(body: bytes, column: Column | None) -> Tally:
    """See `tally`; needs numpy."""
    import numpy as np

    keys = (column or _PLAIN).key_of(body).split(b"\n")
    total = len(keys)
    ids_of: defaultdict[bytes, int] = defaultdict(count().__next__)
    ids = np.fromiter(map(ids_of.__getitem__, keys), np.int32, total)
    places = np.arange(total, dtype=np.int32)
    first, last = np.empty((2, len(ids_of)), np.int32)
    last[ids] = places
    first[ids[::-1]] = places[::-1]
    ends = np.flatnonzero(np.frombuffer(body, np.uint8) == ord("\n"))

    def line(number: int) -> bytes:
        start = int(ends[number - 1]) + 1 if number else 0
        return body[start : int(ends[number]) if number < len(ends) else len(body)]

    minutes: Counter[bytes] = Counter()
    if column and len(body) >= column.end > 0:
        start, end = column.start, column.end
        width = end - start
        # Every position of the chunk as a text of that width, without copying; then those inside a line that holds one.
        windows = np.ndarray((len(body) - width + 1,), f"V{width}", body, strides=(1,))
        begins = np.concatenate((np.zeros(1, np.int64), ends + 1))
        rows = windows[begins[begins + end <= np.append(ends, len(body))] + start]
        cells = rows.view(np.uint8).reshape(-1, width)
        rows = rows[(cells[:, 0] - np.uint8(ord("0")) < 10) & np.isin(cells[:, 4], (ord("-"), ord("/")))]
        # Moments come in runs, so only the first of each run is looked at.
        cell, cells_of = (np.uint64, width // 8) if width % 8 == 0 else (np.uint8, width)
        words = rows.view(cell).reshape(len(rows), cells_of)
        changes = np.flatnonzero((words[1:] != words[:-1]).any(axis=1)) + 1
        heads = np.concatenate((np.zeros(1, np.int64), changes))[: len(rows)]
        lengths = np.diff(np.append(heads, len(rows)))
        for text, length in zip(rows[heads].tolist(), lengths.tolist(), strict=True):
            if _is_moment(text):
                minutes[text] += length
    counts = np.bincount(ids, minlength=len(ids_of))
    return Tally(total, list(ids_of), counts.tolist(), first.tolist(), last.tolist(), line, minutes)


def _is_moment(text: bytes) -> bool:
    return text[:4].isdigit() and text[4:5] in (b"-", b"/")
