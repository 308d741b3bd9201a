"""Every artifact of a run as a document: held whole while there is room for it, else counted.

Time and memory are bounded over the whole run, not by file: what is looked at line by line in Python is shared out
among the files that are counted. Who gets how much depends on the artifacts and their order alone, never on timing.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, islice, repeat
from typing import TypeVar

from msgspec import Struct

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.triage.alarms import Alarms
from responder.triage.classify import Classifier
from responder.triage.documents import Document
from responder.triage.intake import read_document
from responder.triage.large import ALL, LINES_OF_A_PLACE, Head, Share, Tallied, begun_with, document_of, head_of, tally
from responder.triage.reading import Coming, Workers

__all__ = ["LARGE_BYTES", "LOOKED_AT", "Room", "read_documents"]

LARGE_BYTES = 24 << 20
"""From this size on a file is counted, however few kinds of lines it has."""
LOOKED_AT = 72_000
"""Lines of different kinds that a run has time for in Python: a second or so."""
_HELD_LINES, _HELD_BYTES = 300_000, 2 * LARGE_BYTES
_LINE_BYTES = 112
"""Content up to so many bytes for each line there is time for is held uncounted: 8 MB."""
_SMALL_BYTES = 4 << 10
"""Below this size a file is held whatever else is: counting would gain nothing."""
_LEAST_KINDS = 16
_EVENLY = 0.75
_PACKED = 8
"""By so much compressed logs are larger than their files, as a rule."""
_ALIKE = 16
"""By so much less of test results is looked at: their lines are alike."""
_AHEAD = 8
"""Files counted before it is their turn; the same for every number of threads, since the order of work shows."""


T = TypeVar("T")


class Room(Struct, frozen=True):
    """What may be held of all files together."""

    bytes: int = LARGE_BYTES
    """Of one file."""
    looked_at: int = LOOKED_AT
    """Lines of different kinds; where there are more, they are counted, and some of them looked at."""
    lines: int = _HELD_LINES
    """Of a lone file; of several together half as many."""


def read_documents(
    artifacts: Sequence[Artifact], classifier: Classifier, room: Room, *, workers: int = 1
) -> tuple[list[Document], list[Skipped]]:
    """Read every artifact.

    Args:
        artifacts: What to read, in order.
        classifier: Says what a line is.
        room: What may be held.
        workers: Threads to count with; the result does not depend on it.
    """
    documents: dict[str, Document] = {}
    skipped: list[Skipped] = []
    sure = _surely_held(artifacts, room)
    uncounted = [artifact for artifact, fits in zip(artifacts, sure, strict=True) if fits]
    counted = [artifact for artifact, fits in zip(artifacts, sure, strict=True) if not fits]
    held = _Held(room, room.lines if len(counted) == 1 else room.lines // 2)
    with closing(Workers(min(workers, len(counted)))) as threads:
        tallied_ones = _tallied(counted, classifier, threads, room.looked_at)
        for artifact, coming in chain(zip(uncounted, repeat(None)), tallied_ones):
            try:
                tallied = coming.result() if coming else None
                if tallied is None or held.fits(tallied):
                    documents[artifact.path] = held.counted_in(read_document(artifact, classifier))
                else:
                    documents[artifact.path] = document_of(tallied, classifier)
            except EvidenceError as error:
                skipped.append(Skipped(artifact.path, str(error), error.hint))
    return [documents[artifact.path] for artifact in artifacts if artifact.path in documents], skipped


def _surely_held(artifacts: Sequence[Artifact], room: Room) -> list[bool]:
    """Which of the artifacts are held uncounted: all of a small run, and of a large one those that are hardly there."""
    left = room.looked_at * _LINE_BYTES
    for artifact in artifacts:
        size = _content_bytes(artifact, most := min(left, room.bytes))
        if size >= most:
            break
        left -= size
    else:
        return [True] * len(artifacts)
    small = min(_SMALL_BYTES, room.bytes)
    return [_content_bytes(artifact, small) < small for artifact in artifacts]


def _content_bytes(artifact: Artifact, most: int) -> int:
    """Bytes of the content, or `most` if it has more; of a compressed file it is read that far, and held nowhere."""
    if artifact.size_bytes >= most or artifact.file is not None:
        return artifact.size_bytes
    size = 0
    try:
        with artifact.open() as stream:
            while size < most and (block := stream.read(min(most - size, 1 << 20))):
                size += len(block)
    except (OSError, EvidenceError):
        return size
    return size


class _Held:
    """How much is held so far."""

    def __init__(self, room: Room, most_lines: int) -> None:
        self._room, self._most_lines = room, most_lines
        self._lines = self._bytes = 0

    def fits(self, tallied: Tallied) -> bool:
        """True when there is room for the whole file, and time to look at all that is in it."""
        return (
            tallied.size < self._room.bytes
            and not tallied.counted.dropped
            and tallied.counted.known <= tallied.share.whole
            and self._lines + tallied.total <= self._most_lines
            and self._bytes + tallied.size <= _HELD_BYTES
        )

    def counted_in(self, document: Document) -> Document:
        """The same document, now held."""
        self._lines += len(document.lines)
        self._bytes += document.size_bytes
        return document


def _tallied(
    artifacts: Sequence[Artifact], classifier: Classifier, threads: Workers, lines: int
) -> Iterator[tuple[Artifact, Coming[Tallied]]]:
    """Files as they are counted, some ahead of the one that is asked for; the largest is begun first and comes last."""
    alarms = Alarms(classifier)
    order = sorted(artifacts, key=_weight)
    order = order[-1:] + order[:-1]
    shares = _Shares(order, classifier, lines)
    heads = _ahead(_head(artifact, threads) for artifact in order)

    def submitted(artifact: Artifact, head: Coming[Head]) -> Coming[Tallied]:
        try:
            begun = begun_with(head.result(), alarms, classifier, shares.share_of(artifact))
        except EvidenceError as error:
            return Coming.failed(error)
        return threads.submit(partial(tally, begun, alone=len(artifacts) == 1))

    counts = ((artifact, submitted(artifact, head)) for artifact, head in zip(order, heads, strict=True))
    last = list(islice(counts, 1))
    for artifact, coming in chain(_ahead(counts), last):
        yield artifact, coming
        shares.settle(artifact)


def _head(artifact: Artifact, threads: Workers) -> Coming[Head]:
    """The head of a file; a thread is asked only where there is something to decompress."""
    read = partial(head_of, artifact)
    return threads.submit(read) if artifact.file is None else Coming.done(read)


def _ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items, some of them asked for before it is their turn."""
    waiting: deque[T] = deque()
    for item in items:
        waiting.append(item)
        if len(waiting) > _AHEAD:
            yield waiting.popleft()
    yield from waiting


class _Shares:
    """What is looked at of each file; what files leave of theirs, since they are like others, is left to later ones.

    Most of the lines are shared out evenly, the others by the square roots of sizes: of these a file a hundred times
    as large has ten times as many.
    """

    def __init__(self, order: Sequence[Artifact], classifier: Classifier, lines: int) -> None:
        roots = {artifact.path: _weight(artifact) ** 0.5 for artifact in order}
        every = sum(roots.values()) or 1
        self._parts = {path: _EVENLY / len(order) + (1 - _EVENLY) * root / every for path, root in roots.items()}
        self._left = 1.0
        self._classifier, self._lines, self._before = classifier, lines, classifier.made
        self._promised: dict[str, float] = {}

    def share_of(self, artifact: Artifact) -> Share:
        """The share of a file that is begun now."""
        if len(self._parts) == 1:
            return ALL
        made = self._classifier.made - self._before
        free = max(0.0, self._lines - made - sum(self._promised.values()))
        part = self._parts[artifact.path]
        lines = self._promised[artifact.path] = free * min(1.0, part / max(self._left, part))
        self._left -= part
        return _share(lines)

    def settle(self, artifact: Artifact) -> None:
        """What this file takes was taken."""
        self._promised.pop(artifact.path, None)


def _weight(artifact: Artifact) -> int:
    size = artifact.size_bytes * (1 if artifact.file else _PACKED)
    return size // _ALIKE if artifact.path.lower().endswith(".xml") else size


def _share(lines: float) -> Share:
    """Lines to look at, as the two ends of a file, places, and kinds for what is left.

    Where a build ends says most about it: of a few hundred lines a third are best spent there.
    """

    def part(of: float, least: int, most: int) -> int:
        return max(least, min(most, int(lines * of)))

    places, head, tail = part(0.02, 1, ALL.places), part(0.06, 6, ALL.head), part(0.35, 20, ALL.tail)
    samples = part(0.06, 8, ALL.samples)
    left = int(lines) - head - tail - samples - places * LINES_OF_A_PLACE
    return Share(max(_LEAST_KINDS, min(ALL.kinds, left)), places, head, tail, samples, min(ALL.whole, int(lines)))
