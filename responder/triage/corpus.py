"""Every artifact of a run as a document: held whole while there is room for it, else counted.

Time and memory are bounded over the whole run, not by file: what is looked at line by line in Python is shared out
among the files that are counted. Who gets how much depends on the artifacts and their order alone, never on timing.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, repeat

from msgspec import Struct

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.triage.alarms import Alarms
from responder.triage.classify import Classifier
from responder.triage.documents import Document
from responder.triage.intake import read_document
from responder.triage.large import ALL, Share, Tallied, begun, document_of, tally
from responder.triage.reading import Coming, Workers, failing

__all__ = ["HELD_KINDS", "LARGE_BYTES", "Room", "read_documents"]

LARGE_BYTES = 24 << 20
"""From this size on a file is counted, however few kinds of lines it has."""
HELD_KINDS = 40_000
_HELD_LINES = 300_000
_KIND_BYTES = 200
"""Content up to so many bytes for each kind there is room for is held uncounted: 8 MB."""
_SMALL_BYTES = 4 << 10
"""Below this size a file is held whatever else is: counting would gain nothing."""
_LINES = 60_000
"""Looked at in all files that are counted, those read again around telling ones included."""
_PACKED = 8
"""By so much compressed logs are larger than their files, as a rule."""
_AHEAD = 8
"""Files counted before it is their turn; the same for every number of threads, since the order of work shows."""


class Room(Struct, frozen=True):
    """What may be held of all files together."""

    bytes: int = LARGE_BYTES
    """Of one file."""
    kinds: int = HELD_KINDS
    lines: int = _HELD_LINES


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
    held, threads = _Held(room, classifier), Workers[Tallied](min(workers, len(counted)))
    for artifact, coming in chain(zip(uncounted, repeat(None)), _tallied(counted, classifier, threads)):
        try:
            tallied = coming.result() if coming else None
            if tallied is None or held.fits(tallied):
                documents[artifact.path] = held.read(artifact)
            else:
                documents[artifact.path] = document_of(tallied, classifier)
        except EvidenceError as error:
            skipped.append(Skipped(artifact.path, str(error), error.hint))
    threads.close()
    return [documents[artifact.path] for artifact in artifacts if artifact.path in documents], skipped


def _surely_held(artifacts: Sequence[Artifact], room: Room) -> list[bool]:
    """Which of the artifacts are held uncounted: all of a small run, and of a large one those that are hardly there."""
    left = room.kinds * _KIND_BYTES
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

    def __init__(self, room: Room, classifier: Classifier) -> None:
        self._room, self._classifier = room, classifier
        self._kinds = self._lines = 0

    def fits(self, tallied: Tallied) -> bool:
        """True when there is room for the whole file."""
        return (
            tallied.size < self._room.bytes
            and not tallied.counted.dropped
            and self._kinds + tallied.counted.known <= self._room.kinds
            and self._lines + tallied.total <= self._room.lines
        )

    def read(self, artifact: Artifact) -> Document:
        """Hold a whole file.

        Raises:
            EvidenceError: Not one byte could be read.
        """
        before = self._classifier.made
        document = read_document(artifact, self._classifier)
        self._kinds += self._classifier.made - before
        self._lines += len(document.lines)
        return document


def _tallied(
    artifacts: Sequence[Artifact], classifier: Classifier, threads: Workers[Tallied]
) -> Iterator[tuple[Artifact, Coming[Tallied]]]:
    """Files as they are counted, some ahead of the one that is asked for; the largest is begun first and comes last."""
    alarms = Alarms(classifier)
    shares = dict(zip((artifact.path for artifact in artifacts), _shares(artifacts), strict=True))
    largest = max(artifacts, key=_weight, default=None)
    rest = [artifact for artifact in artifacts if artifact is not largest]
    coming: deque[tuple[Artifact, Coming[Tallied]]] = deque()
    last = [(one, _begun(one, alarms, classifier, shares[one.path], threads)) for one in (largest,) if one]
    for artifact in rest:
        coming.append((artifact, _begun(artifact, alarms, classifier, shares[artifact.path], threads)))
        if len(coming) > _AHEAD:
            yield coming.popleft()
    yield from (*coming, *last)


def _begun(
    artifact: Artifact, alarms: Alarms, classifier: Classifier, share: Share, threads: Workers[Tallied]
) -> Coming[Tallied]:
    try:
        return threads.submit(partial(tally, begun(artifact, alarms, classifier, share)))
    except EvidenceError as error:
        failed = Coming[Tallied]()
        failed.settle(partial(failing, error))
        return failed


def _shares(artifacts: Sequence[Artifact]) -> list[Share]:
    """What is looked at of each file; a file a hundred times as large has ten times as much of it."""
    if len(artifacts) == 1:
        return [ALL]
    roots = [_weight(artifact) ** 0.5 for artifact in artifacts]
    return [_share(_LINES * root / (sum(roots) or 1)) for root in roots]


def _weight(artifact: Artifact) -> int:
    return artifact.size_bytes * (1 if artifact.file else _PACKED)


def _share(lines: float) -> Share:
    """Lines to look at, as kinds, places and the two ends of a file."""

    def part(of: float, least: int, most: int) -> int:
        return max(least, min(most, int(lines * of)))

    return Share(
        kinds=part(0.4, 40, ALL.kinds),
        places=part(0.02, 6, ALL.places),
        head=part(0.1, 12, ALL.head),
        tail=part(0.15, 40, ALL.tail),
        samples=part(0.1, 16, ALL.samples),
    )
