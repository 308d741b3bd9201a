"""One artifact line by line: the lines, what each one is, when it was written."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from operator import gt

from msgspec import Struct, field

from responder.triage.classify import Shape
from responder.triage.clocks import Calendar, jumps_of
from responder.triage.compiled import has_compiled
from responder.triage.components import component_of_line, component_of_path
from responder.triage.format import HEADLESS
from responder.triage.interface import FileFacts, Level
from responder.triage.lines import clean
from responder.triage.parsing import Parser
from responder.triage.timestamps import Stamp, find_stamp, parse_iso, parse_stamp, parse_syslog, to_datetime

__all__ = ["Document"]

_STAMP_MEMORY = 100_000
_MOVED = 12
"""Characters by which a moment stands elsewhere than in the first line of its kind."""
_STAMP_WIDTH = 80
_END_LINES = 50
_NEAR = 200
"""Lines above one that tell when it was written, at most."""
_LOOKED_AT = 60
"""Lines that show whether a file has two clocks."""
_LEVEL_NAMES = sorted((level.name.lower(), level) for level in Level if level is not Level.UNKNOWN)
_UNZONED = Stamp(0, zoned=False)


class Document(Struct):
    """An artifact in memory."""

    path: str
    lines: list[bytes]
    shapes: list[Shape]
    sha256: str
    size_bytes: int
    is_build: bool = False
    """True for the output of a build or CI job, False for the log of something that runs."""
    notes: list[str] = field(default_factory=list)
    numbers: list[int] | None = None
    """The 1-based line of the file each entry of `lines` is, when only parts of a large file are held."""
    weights: dict[int, int] = field(default_factory=dict)
    """How many lines of the file an entry of `lines` stands for, where that is not 1."""
    summary: FileFacts | None = None
    """What is known of the whole of a large file."""
    buckets: tuple[tuple[int, int, int], ...] = ()
    """Of a large file: second, records and errors, by minute."""
    digests: dict[int, str] = field(default_factory=dict)
    """SHA-256 of the whole line, for entries of `lines` that hold only its beginning."""
    pieces: tuple["Document", ...] = ()
    """The files of a rotated set, oldest first, when `lines` are those of all of them."""
    _stream: tuple["Document", int] | None = None
    _year: int | None = None
    _unzoned: bool = False
    """Some moment that was read without a `Stamp` names no zone."""
    _calendar: Calendar | None = None
    _times: list[float | None] | None = None
    _stamps: dict[str, Stamp | None] = field(default_factory=dict)
    _writers: dict[int, str] = field(default_factory=dict)

    @classmethod
    def joined(cls, pieces: Sequence["Document"]) -> "Document":
        """The files of a rotated set, oldest first, as one log under the name of the newest."""
        stream = cls(
            pieces[-1].path,
            [line for piece in pieces for line in piece.lines],
            [shape for piece in pieces for shape in piece.shapes],
            sha256="",
            size_bytes=sum(piece.size_bytes for piece in pieces),
            pieces=tuple(pieces),
        )
        start = 0
        for piece in pieces:
            piece._stream = stream, start
            start += len(piece.lines)
        return stream

    def number(self, index: int) -> int:
        """The 1-based line of the file, or of all files of a rotated set in turn."""
        return self.numbers[index] if self.numbers else index + 1

    def place(self, index: int) -> tuple[str, int]:
        """The file and its 1-based line by which an entry is cited."""
        for piece in self.pieces:
            if index < len(piece.lines):
                return piece.place(index)
            index -= len(piece.lines)
        return self.path, self.number(index)

    def follows(self, index: int) -> bool:
        """True when the entry before this one is the line before it in the same file."""
        if not self._adjoins(index):
            return False
        return not self.pieces or self.place(index)[1] > 1

    def _adjoins(self, index: int) -> bool:
        """True when the entry before this one was written right before it, were it in the file cut off before it."""
        return index > 0 and (not self.numbers or self.numbers[index] == self.numbers[index - 1] + 1)

    @property
    def total_lines(self) -> int:
        """Lines of the whole file."""
        return self.summary.lines if self.summary else len(self.lines)

    @property
    def component(self) -> str | None:
        """Who writes this file, by its name."""
        return component_of_path(self.path)

    def component_at(self, index: int) -> str | None:
        """Who wrote one line."""
        shape = self.shapes[index]
        known = self._writers.get(id(shape))
        if known is None:
            known = self._writers[id(shape)] = component_of_line(shape.parsed, self.component) or ""
        return known or None

    def message(self, index: int) -> str:
        """What one line says, with its own numbers and not those of the first line of its kind."""
        return _parser().parse(clean(self.lines[index])).message.strip()

    def starts_record(self, index: int) -> bool:
        """True when the program's own line has a header, or what stands before it is not at hand."""
        return self.shapes[index].parsed.format != HEADLESS or not self._adjoins(index)

    def record_starts(self) -> list[bool]:
        """`starts_record` of every entry."""
        starts = [shape.parsed.format != HEADLESS for shape in self.shapes]
        for index in range(len(starts)) if self.numbers else range(min(1, len(starts))):
            starts[index] = starts[index] or not self._adjoins(index)
        return starts

    def settle_year(self, year: int) -> None:
        """Give the moments that name no year the one that the rest of the evidence names."""
        self._year, self._calendar, self._times = year, None, None

    def times(self) -> Sequence[float | None]:
        """`seconds` of every entry, worked out once."""
        if self._stream:
            stream, start = self._stream
            return stream.times()[start : start + len(self.lines)]
        if self._times is None:
            places = [shape.stamp_at for shape in self.shapes]
            times, self._unzoned = _plain_moments(self.lines, places)
            for index, place in enumerate(places):
                if place and times[index] is None:
                    times[index] = self._reckoned(index, self._stamp_at(index))
            self._times = times
        return self._times

    def stated_times(self) -> Iterator[float | None]:
        """The moments of the first and last lines as they state them, before anything is known of other files."""
        for index in _both_ends(len(self.lines)):
            stamp = self._stamp_at(index)
            yield stamp.seconds if stamp else None

    def seconds(self, index: int) -> float | None:
        """When a line was written, seconds since 1970 UTC; None when it does not say."""
        if self._stream:
            stream, start = self._stream
            return stream.seconds(start + index)
        return self._reckoned(index, self._stamp_at(index))

    def _reckoned(self, index: int, stamp: Stamp | None) -> float | None:
        if stamp is None or (stamp.dated and stamp.other is None):
            return stamp and stamp.seconds
        return self._known_calendar().seconds(index, stamp)

    def _known_calendar(self) -> Calendar:
        if self._stream:
            return self._stream[0]._known_calendar()
        if self._calendar is None:
            stamps = ((index, stamp) for index in range(len(self.lines)) if (stamp := self._stamp_at(index)))
            self._calendar = Calendar.of(stamps, self._year)
        return self._calendar

    def _stamp_at(self, index: int) -> Stamp | None:
        shape = self.shapes[index]
        if shape.stamp_at is None:
            return None
        start, end = shape.stamp_at
        raw = self.lines[index]
        head = raw[: end + 1]
        text = head.decode() if head.isascii() else raw[: 4 * end + 4].decode(errors="replace")
        stamp = self._stamp(text[start:end]) if _alone(text, start, end) else None
        # Colours, or numbers of other lengths than in the first line of this kind, may have moved it.
        return stamp or self._moved(index, shape.text, start, end) or self._stamp(shape.parsed.stamp)

    def moment(self, index: int) -> datetime | None:
        """When a line was written, or the nearest line before it that says so."""
        for seconds in reversed(self.times()[max(0, index - _NEAR + 1) : index + 1]):
            if seconds is not None:
                return to_datetime(seconds)
        return None

    def _moved(self, index: int, first: str, start: int, end: int) -> Stamp | None:
        """The moment of a line of the same kind as `first`: as far from the beginning, or as far from the end."""
        text = clean(self.lines[index])
        # Mostly it is as long, and stands behind the same sign.
        near = text.find(first[start - 1], max(0, start - 1 - _MOVED), start + _MOVED) + 1 if start else 0
        if near and _alone(text, near, near + end - start) and (stamp := self._stamp(text[near : near + end - start])):
            return stamp
        for at in (start, len(text) - len(first) + start):
            place = find_stamp(text, max(0, at - _MOVED), max(0, at) + _MOVED + _STAMP_WIDTH)
            if place and place[0] <= at + _MOVED:
                return self._stamp(text[slice(*place)])
        return None

    def _stamp(self, text: str) -> Stamp | None:
        known = self._stamps
        if text in known:
            return known[text]
        if len(known) > _STAMP_MEMORY:
            known.clear()
        stamp = known[text] = parse_iso(text) or parse_syslog(text) or parse_stamp(text)
        return stamp

    def stated_years(self) -> Iterator[int]:
        """Years that the first and last moments of the file name."""
        for index in _both_ends(len(self.lines)):
            shape = self.shapes[index]
            if shape.stamp_at and (stamp := self._stamp(shape.parsed.stamp)) and stamp.dated:
                yield to_datetime(stamp.seconds).year

    def lacks_years(self) -> bool:
        """True when some of its moments may name no year: all that does not begin like `2026-01-02` or `2026/01/02`."""
        return not {shape.parsed.stamp[4:5] for shape in self.shapes if shape.stamp_at} <= {"-", "/"}

    def facts(self) -> FileFacts:
        """The summary of the file for the report."""
        if self.summary:
            return self.summary
        formats = Counter([shape.parsed.format for shape in self.shapes if shape.text])
        name, count = formats.most_common(1)[0] if formats else ("text", 0)
        # Counted by identity: the hash of a member of an enumeration takes longer than all the rest.
        levels = Counter(map(id, [shape.parsed.level for shape in self.shapes]))
        times = [seconds for seconds in self.times() if seconds is not None]
        return FileFacts(
            path=self.path,
            bytes=self.size_bytes,
            sha256=self.sha256,
            format=name if count * 2 > formats.total() else "text",
            lines=len(self.lines),
            component=self.component,
            first_seen=to_datetime(min(times)) if times else None,
            last_seen=to_datetime(max(times)) if times else None,
            levels={name: levels[id(level)] for name, level in _LEVEL_NAMES if id(level) in levels},
            notes=(*self.notes, *self._clock_notes()),
        )

    def _clock_notes(self) -> Iterator[str]:
        times = self.times()
        stamps = [stamp for stamp in self._stamps.values() if stamp]
        if self._unzoned:
            stamps.append(_UNZONED)
        settled = all(stamp.dated and stamp.other is None for stamp in stamps)
        yield from (Calendar() if settled else self._known_calendar()).notes(stamps)
        if any(_two_clocks(shape) for shape in self.shapes[:_LOOKED_AT]):
            yield "two clocks stand in a line: the program's own is read where it names its zone"
        moments = [seconds for seconds in times if seconds is not None]
        if any(map(gt, moments, moments[1:])):
            yield from filter(None, [jumps_of([(self.number(at), s) for at, s in enumerate(times) if s is not None])])
        if self._stream:
            pieces = self._stream[0].pieces
            number = next(at for at, piece in enumerate(pieces, 1) if piece is self)
            yield f"part {number} of {len(pieces)} of a rotated log, read as one"


@cache
def _parser() -> Parser:
    return Parser()


def _plain_moments(lines: list[bytes], places: list[tuple[int, int] | None]) -> tuple[list[float | None], bool]:
    """Those moments that the compiled loops can read, and whether some of them names no zone."""
    if not has_compiled():
        return [None] * len(lines), False
    from responder.triage._speed import moments

    return moments(lines, places)


def _both_ends(count: int) -> Iterator[int]:
    yield from range(min(_END_LINES, count))
    yield from range(max(_END_LINES, count - _END_LINES), count)


def _two_clocks(shape: Shape) -> bool:
    if not shape.parsed.wrapped or not shape.stamp_at:
        return False
    start, end = shape.stamp_at
    return bool(find_stamp(shape.text, end) or (start and find_stamp(shape.text, 0, start)))


def _alone(text: str, start: int, end: int) -> bool:
    """No digit of the moment stands outside of these places."""
    return not text[end : end + 1].isalnum() and not text[max(0, start - 1) : start].isdigit()
