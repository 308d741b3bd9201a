"""Count the kinds of lines of one chunk: compiled where that was built, else in plain Python, to the same result."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from responder.triage.compiled import has_compiled
from responder.triage.lines import key_of, key_of_plain

__all__ = ["Column", "Tally", "tally", "tally_compiled", "tally_plain"]


class Column(NamedTuple):
    """What is known of the lines of a file before they are counted."""

    start: int = 0
    end: int = 0
    """First and last byte (exclusive) of `2026-01-02T03:04` within a line; zeros when lines have no such place."""
    marks: tuple[bytes, ...] = ()
    """Bytes that end in a digit that makes another kind of a line; see `responder.triage.alarms`."""

    def key_of(self, raw: bytes) -> bytes:
        """What lines have in common that differ only in ids, and in numbers that make no difference."""
        return key_of(self.marked(raw))

    def marked(self, raw: bytes) -> bytes:
        """The same lines, with other bytes for the digits that make a difference."""
        for mark in self.marks:
            raw = raw.replace(mark, mark[:-1] + bytes((mark[-1] | 0x80,)))
        return raw


_PLAIN = Column()


class Tally(NamedTuple):
    """The kinds of lines of one chunk, in the order in which they first stand in it."""

    total: int
    keys: Sequence[bytes]
    counts: Sequence[int]
    first: Sequence[int]
    last: Sequence[int]
    exemplars: Sequence[bytes]
    """The first line of each kind."""
    minutes: Mapping[bytes, int]
    """Lines by the text of their moment up to the minute."""


def tally(body: bytes, column: Column | None) -> Tally:
    """Count lines by kind, the fastest way there is.

    Args:
        body: Lines; the last one may lack its newline.
        column: Where a line has its minute, and what tells lines apart.
    """
    return (tally_compiled if has_compiled() else tally_plain)(body, column or _PLAIN)


def tally_compiled(body: bytes, column: Column) -> Tally:
    """See `tally`; needs the compiled loops."""
    from responder.triage._speed import tally as counted

    return Tally(*counted(body, column.marked(body), column.start, column.end))


def tally_plain(body: bytes, column: Column) -> Tally:
    """See `tally`; needs nothing but Python."""
    body = body.removesuffix(b"\n")
    keys = key_of_plain(column.marked(body)).split(b"\n")
    lines = body.split(b"\n")
    counts = Counter(keys)
    last = dict(zip(keys, range(len(keys)), strict=True))
    first = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    places = [first[key] for key in counts]
    minutes: dict[bytes, int] = {}
    if column.end:
        start, end = column.start, column.end
        seen = Counter([line[start:end] for line in lines])
        minutes = {text: n for text, n in seen.items() if len(text) == end - start and _is_moment(text)}
    return Tally(
        len(keys),
        list(counts),
        list(counts.values()),
        places,
        [last[key] for key in counts],
        [lines[place] for place in places],
        minutes,
    )


def _is_moment(text: bytes) -> bool:
    return text[:4].isdigit() and text[4:5] in (b"-", b"/")
