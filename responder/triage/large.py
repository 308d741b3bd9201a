"""Files too large to hold: counted once, then only the places that matter are read again.

Counting (`scan`) knows every kind of line, how often and where first and last. Kinds are classified once each, as many
as the file's share of the run allows. Then the lines around the kinds that read like trouble are fetched, plus head and
tail, and the ordinary readers of logs and builds work on those. Their counts are the counts of the whole file.
"""

import contextlib
import hashlib
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact
from responder.triage.alarms import Alarms
from responder.triage.classify import Classifier, Shape
from responder.triage.documents import Document
from responder.triage.intake import is_build
from responder.triage.interface import FileFacts, Level
from responder.triage.lines import LINE_LIMIT, PARTED_LINES, keys_of, lines_of
from responder.triage.reading import LARGE_BLOCK_BYTES, MOST_BLOCK_BYTES, read_ahead, stream_blocks
from responder.triage.scan import Column, Counted, scan_of
from responder.triage.timestamps import parse_stamp

__all__ = [
    "ALL",
    "LINES_OF_A_PLACE",
    "Begun",
    "Head",
    "Share",
    "Tallied",
    "begun_with",
    "document_of",
    "head_of",
    "tally",
]

_BEFORE, _AFTER = 3, 12
LINES_OF_A_PLACE = _BEFORE + 1 + _AFTER
_ERROR, _BY_NUMBERS = 0.4, 0.1
_FRESH_BLOCKS, _LAST_BLOCKS = 32, 8
"""Blocks kept of what cannot be sought in: some 40 MB."""
_HEAD_BYTES = 1 << 19
_USUAL_BYTES = 400
"""Lines up to this length, on average, are looked at in full numbers."""
_LEAST = 4
_AHEAD_BYTES = 4 << 20
"""From this size on a lone file is read on a thread of its own while what was read is counted."""
_MINUTE = 16
"""Characters of `2026-01-02T03:04`."""


class Share(Struct, frozen=True):
    """How much of a file is looked at in Python."""

    kinds: int
    """Kinds of lines, those that ask for it first."""
    places: int
    """Lines read again with those around them, the most telling first."""
    head: int
    tail: int
    samples: int
    """Lines of the head that show how its lines are built."""
    whole: int
    """Kinds up to which it is held instead."""

    def of_lines(self, size: float) -> "Share":
        """What it comes to where lines are as long as this on average: of long ones fewer are looked at."""
        part = min(1.0, _USUAL_BYTES / max(1.0, size))
        kinds, places, head, tail, whole = (
            max(_LEAST, int(value * part)) for value in (self.kinds, self.places, self.head, self.tail, self.whole)
        )
        return Share(kinds, places, head, tail, self.samples, whole)


ALL = Share(kinds=40_000, places=4000, head=60, tail=600, samples=400, whole=40_000)
"""Of a file that has the run for itself."""


class Head(Struct, frozen=True):
    """How one file begins."""

    artifact: Artifact
    text: bytes
    ended: bool
    """There is no more of it."""


class Begun(Struct, frozen=True):
    """One file whose head was looked at."""

    artifact: Artifact
    share: Share
    column: Column
    whole: bytes | None
    """All of it, when there is no more than its head."""


class Tallied(Struct, frozen=True):
    """One file as it was counted."""

    begun: Begun
    share: Share
    """Of the file as it turned out to be."""
    counted: Counted
    lines: Mapping[int, int]
    """Lines by the byte offset of their chunk, in order."""
    size: int
    sha256: str
    notes: tuple[str, ...]
    blocks: Mapping[int, bytes]
    """Chunks of what is costly to read again, by their byte offset."""

    @property
    def total(self) -> int:
        """Lines of the file."""
        return sum(self.lines.values())


def head_of(artifact: Artifact) -> Head:
    """Read how an artifact begins.

    Raises:
        EvidenceError: Not one byte could be read.
    """
    try:
        with artifact.open() as stream:
            text = stream.read(_HEAD_BYTES)
            # Of damaged compressed data what stands before the damage comes first.
            return Head(artifact, text, len(text) < _HEAD_BYTES and (artifact.file is not None or not stream.read(1)))
    except OSError as error:
        raise EvidenceError(f"{artifact.path!r} could not be read: {error}") from error


def begun_with(head: Head, alarms: Alarms, classifier: Classifier, share: Share) -> Begun:
    """What the head of an artifact tells of all its lines."""
    lines = head.text.split(b"\n", share.samples)[: share.samples]
    shapes = classifier.shapes(lines, keys_of(lines))
    column = _column(lines, shapes, alarms.marks_of(lines, shapes))
    return Begun(head.artifact, share, column, head.text if head.ended else None)


def _column(lines: Sequence[bytes], shapes: Sequence[Shape], marks: tuple[bytes, ...]) -> Column:
    """With the place of date, hour and minute, if most of the lines have them at one place."""
    places: Counter[int] = Counter()
    for raw, shape in zip(lines, shapes, strict=True):
        if shape.stamp_at and shape.parsed.stamp[4:5] in "-/" and shape.stamp_at[1] - shape.stamp_at[0] >= _MINUTE:
            places[raw.find(shape.parsed.stamp[:_MINUTE].encode())] += 1
    ((start, count),) = places.most_common(1) or ((-1, 0),)
    return Column(start, start + _MINUTE, marks) if start >= 0 and count * 2 > len(lines) else Column(marks=marks)


def tally(begun: Begun, *, alone: bool = True) -> Tallied:
    """Count the lines of an artifact; needs nothing that other threads change.

    Args:
        begun: The artifact.
        alone: No other artifact is counted meanwhile.

    Raises:
        EvidenceError: Not one byte could be read.
    """
    artifact, digest = begun.artifact, hashlib.sha256()
    scan, kept = scan_of(begun.column), _Kept(costly=artifact.file is None or begun.whole is not None)
    notes = [f"written in {artifact.encoding.upper()}, read as UTF-8"] if artifact.encoding else []
    lines: dict[int, int] = {}
    offset = known = 0
    parted = False
    try:
        with contextlib.ExitStack() as stack:
            for block, size in _blocks(begun, stack, digest.update, alone=alone):
                lines[offset], now_known = scan.add(block, offset)
                kept.add(offset, block, size, fresh=now_known > known)
                known = now_known
                parted = parted or len(block) < size
                offset += size
    except OSError as error:
        if not offset:
            raise EvidenceError(f"{artifact.path!r} could not be read: {error}") from error
        notes.append(f"damaged after {offset} bytes: {error}")
    if parted:
        notes.append(PARTED_LINES)
    share = begun.share.of_lines(offset / max(1, sum(lines.values())))
    counted = scan.counted(share.kinds)
    shown, most = sum(len(kind.exemplar) for kind in counted.kinds), share.kinds * _USUAL_BYTES
    if shown > most:
        counted = scan.counted(share.kinds * most // shown)
    return Tallied(begun, share, counted, lines, offset, digest.hexdigest(), tuple(notes), kept.blocks())


def _blocks(
    begun: Begun, stack: contextlib.ExitStack, seen: Callable[[bytes | memoryview], object], *, alone: bool
) -> Iterator[tuple[bytes | memoryview, int]]:
    if begun.whole is not None:
        seen(begun.whole)
        return iter([(begun.whole, len(begun.whole))] if begun.whole else [])
    artifact = begun.artifact
    stream = stack.enter_context(artifact.open())
    if not alone:
        return stream_blocks(stream, seen, LARGE_BLOCK_BYTES) if artifact.file else stream_blocks(stream, seen)
    blocks = stream_blocks(stream, seen)
    return blocks if artifact.size_bytes < _AHEAD_BYTES else read_ahead(blocks)


def document_of(tallied: Tallied, classifier: Classifier) -> Document:
    """What was counted as a document that holds the parts that matter."""
    artifact, share, kinds = tallied.begun.artifact, tallied.share, tallied.counted.kinds
    starts = list(tallied.lines)
    before = [0]
    for start in starts:
        before.append(before[-1] + tallied.lines[start])
    ordinal = dict(zip(starts, before, strict=False))
    telling: list[tuple[float, list[int]]] = []
    levels: Counter[str] = Counter()
    exemplars = [kind.exemplar for kind in kinds]
    for kind, shape in zip(kinds, classifier.shapes(exemplars, keys_of(exemplars)), strict=True):
        if shape.level is not Level.UNKNOWN:
            levels[shape.level.name.lower()] += kind.count
        if strength := _strength(shape):
            telling.append((strength, [ordinal[chunk] + at for chunk, at in dict.fromkeys((kind.first, kind.last))]))
    telling.sort(key=lambda item: -item[0])
    wanted = [place for _, places in telling for place in places][: share.places]
    numbers, lines, digests = _fetch(artifact, tallied.blocks, starts, before, _ranges(wanted, before[-1], share))
    by_key = {kind.key: kind for kind in kinds}
    held_kinds = [by_key.get(key) for key in tallied.begun.column.keys_of(lines)]
    notes = list(tallied.notes)
    held = Document(
        artifact.path, lines, classifier.shapes(lines, keys_of(lines)), tallied.sha256, tallied.size,
        notes=notes, numbers=[number + 1 for number in numbers],
        # The first of a kind stands for all of them; others of it that happen to be held count no more.
        weights={
            index: kind.count if ordinal[kind.first[0]] + kind.first[1] == numbers[index] else 0
            for index, kind in enumerate(held_kinds)
            if kind
        },
        buckets=_buckets(tallied.counted), digests=digests,
    )  # fmt: skip
    if unseen := before[-1] - sum(kind.count for kind in kinds):
        notes.append(f"{unseen} lines of rare kinds were counted, not looked at")
    held.is_build = is_build(held)
    held.summary = _summary(held, levels, before[-1])
    return held


def _strength(shape: Shape) -> float:
    """How much a kind of line asks to be read where it stands; 0 when it does not."""
    if shape.hits or shape.level >= Level.ERROR:
        return max([_ERROR, *(hit.rule.weight for hit in shape.hits)])
    return _BY_NUMBERS if shape.exact else 0


def _summary(document: Document, levels: Counter[str], total: int) -> FileFacts:
    facts = document.facts()
    return replace(facts, lines=total, levels=dict(sorted(levels.items())))


def _buckets(counted: Counted) -> tuple[tuple[int, int, int], ...]:
    found = []
    for text, count in counted.minutes.items():
        stamp = parse_stamp(text.decode(errors="replace") + ":00")
        if stamp:
            found.append((int(stamp.seconds), count, 0))
    return tuple(sorted(found))


class _Kept:
    """Blocks of what is costly to read again: those that brought new kinds, and the last ones.

    The lines that are held stand where a kind is first or last seen, at the head and at the tail, so a compressed log
    seldom has to be decompressed a second time.
    """

    def __init__(self, *, costly: bool) -> None:
        self._fresh: dict[int, bytes] = {}
        self._last: deque[tuple[int, bytes]] = deque(maxlen=_LAST_BLOCKS)
        self._most = _FRESH_BLOCKS if costly else 0

    def add(self, offset: int, block: bytes | memoryview, size: int, *, fresh: bool) -> None:
        """Remember a block, unless it stands for more than it holds."""
        if self._most and len(block) == size:
            held = bytes(block)
            self._last.append((offset, held))
            if fresh and len(self._fresh) < self._most:
                self._fresh[offset] = held

    def blocks(self) -> dict[int, bytes]:
        """Blocks by where they begin."""
        return {**self._fresh, **dict(self._last)}


def _ranges(wanted: list[int], total: int, share: Share) -> list[tuple[int, int]]:
    """Half-open ranges of line indices to hold, merged and in order."""
    ranges = [(0, min(share.head, total)), (max(0, total - share.tail), total)]
    ranges += [(max(0, at - _BEFORE), min(total, at + _AFTER)) for at in wanted]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _fetch(
    artifact: Artifact, kept: Mapping[int, bytes], starts: list[int], before: list[int], ranges: list[tuple[int, int]]
) -> tuple[list[int], list[bytes], dict[int, str]]:
    """Read the lines of some ranges again, and of the artifact no more than the chunks that hold them.

    Returns:
        The lines' numbers from 0, the lines, and of those that are too long to hold the SHA-256 by their place here.
    """
    lows, highs = [low for low, _ in ranges], [high for _, high in ranges]
    wanted: dict[int, list[tuple[int, int]]] = {}
    for at in range(len(starts)):
        if inside := ranges[bisect_right(highs, before[at]) : bisect_left(lows, before[at + 1])]:
            wanted[at] = inside
    chunks = _chunks(artifact, [(starts[at], starts[at + 1] if at + 1 < len(starts) else -1) for at in wanted], kept)
    numbers: list[int] = []
    lines: list[bytes] = []
    digests: dict[int, str] = {}
    for (at, inside), (chunk, last_line) in zip(wanted.items(), chunks, strict=True):
        first = before[at]
        ranges_here = [(max(low - first, 0), min(high, before[at + 1]) - first) for low, high in inside]
        picked = lines_of(chunk, ranges_here)
        here = [number for low, high in ranges_here for number in range(first + low, first + high)][: len(picked)]
        for index, line in enumerate(picked, len(lines)):
            if len(line) > LINE_LIMIT:
                digests[index] = hashlib.sha256(line).hexdigest()
        if last_line and here and here[-1] == before[at + 1] - 1:
            digests[len(lines) + len(here) - 1] = last_line
        numbers += here
        lines += [line[:LINE_LIMIT] for line in picked]
    return numbers, lines, digests


def _chunks(
    artifact: Artifact, places: list[tuple[int, int]], kept: Mapping[int, bytes]
) -> Iterator[tuple[bytes, str | None]]:
    """The bytes from each start to its end, -1 for that of the artifact, and the SHA-256 of a last line cut short."""
    with contextlib.ExitStack() as stack:
        stream, passed = None, 0
        for start, end in places:
            if start in kept:
                yield kept[start], None
                continue
            if stream is None:
                stream = stack.enter_context(artifact.open())
            if artifact.file is not None and stream.seekable():
                stream.seek(start)
            else:
                _skip(stream, start - passed)
            # A chunk is longer than a block only by the rest of its last line, of which no more was counted either.
            chunk = stream.read(min(end - start, MOST_BLOCK_BYTES) if end >= 0 else MOST_BLOCK_BYTES)
            passed = start + len(chunk)
            last_line = None
            if len(chunk) == MOST_BLOCK_BYTES and not chunk.endswith(b"\n"):
                last_line, rest = _digest_to_newline(stream, chunk[chunk.rfind(b"\n") + 1 :])
                passed += rest
            yield chunk, last_line


def _digest_to_newline(stream: BinaryIO, beginning: bytes) -> tuple[str, int]:
    """The SHA-256 of a line, its newline left out, and how many bytes were read for it."""
    digest, size = hashlib.sha256(beginning), 0
    while piece := stream.readline(1 << 20):
        size += len(piece)
        digest.update(piece.removesuffix(b"\n"))
        if piece.endswith(b"\n"):
            break
    return digest.hexdigest(), size


def _skip(stream: BinaryIO, size: int) -> None:
    while size > 0 and (block := stream.read(min(size, 1 << 20))):
        size -= len(block)
