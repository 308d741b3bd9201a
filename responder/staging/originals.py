"""Reads cited lines again from the original bytes: what cannot be found there is not evidence."""

import hashlib
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from responder.causes.interface import Evidence
from responder.errors import EvidenceError
from responder.evidence.interface import Artifact
from responder.incident import EvidenceId, Span
from responder.safety.sanitise import decode, sanitise
from responder.staging.scan import LineScan, merged

__all__ = ["Quoted", "reread", "verify_evidence"]

_MAX_TEXT_BYTES = 4 << 20
"""Longer quotations are hashed whole, and kept as text up to here."""


class Quoted(Struct, frozen=True):
    """What the originals hold at a span."""

    text: str
    """Decoded with replacement, unsanitised; cut after four megabytes."""
    sha256: str
    """As `Finding.sha256` defines it."""


class _Reading(Struct):
    first: int
    last: int
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    text: bytearray = field(default_factory=bytearray)
    done: bool = False

    def feed(self, data: bytes) -> None:
        self.digest.update(data)
        if len(self.text) < _MAX_TEXT_BYTES:
            self.text += data[: _MAX_TEXT_BYTES - len(self.text)]

    def quoted(self) -> Quoted | None:
        return Quoted(decode(bytes(self.text)), self.digest.hexdigest()) if self.done else None


def reread(artifact: Artifact, span: Span) -> Quoted | None:
    """The original lines of a span; None when the artifact cannot be read so far or has no such lines."""
    return _read(artifact, [(span.line_start, span.line_end)])[span.line_start, span.line_end]


def verify_evidence(evidence: Iterable[Evidence], artifacts: Sequence[Artifact]) -> dict[EvidenceId, bool]:
    """Whether each piece of evidence stands in the originals, hash and text; one pass over each cited artifact.

    The text may be part of the cited lines, and sanitised; the hash must be that of their bytes. What cannot be read
    is not verified; nothing is raised.
    """
    by_path: dict[str, list[Evidence]] = {}
    verified: dict[EvidenceId, bool] = {}
    for item in evidence:
        by_path.setdefault(item.span.path, []).append(item)
        verified[item.id] = False
    for artifact in artifacts:
        if items := by_path.get(artifact.path):
            found = _read(artifact, [(item.span.line_start, item.span.line_end) for item in items])
            for item in items:
                verified[item.id] = _stands(item, found[item.span.line_start, item.span.line_end])
    return verified


def _read(artifact: Artifact, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Quoted | None]:
    readings = [_Reading(*place) for place in sorted(set(places)) if 1 <= place[0] <= place[1]]
    try:
        with artifact.open() as stream:
            ranges = merged([(reading.first, reading.last) for reading in readings])
            _follow(LineScan(stream, ranges, keys=False), readings)
    except (OSError, EvidenceError):
        return dict.fromkeys(places)
    found = {(reading.first, reading.last): reading.quoted() for reading in readings}
    return {place: found.get(place) for place in places}


def _follow(scan: LineScan, readings: Sequence[_Reading]) -> None:
    waiting, active = list(reversed(readings)), list[_Reading]()
    for fragment in scan:
        while waiting and waiting[-1].first <= fragment.number:
            active.append(waiting.pop())
        for reading in active:
            reading.feed(fragment.data)
            if fragment.ends and fragment.number < reading.last:
                reading.feed(b"\n")
            reading.done = fragment.ends and fragment.number == reading.last
        active = [reading for reading in active if not reading.done]
    for reading in active:  # a last line without a newline is a line, unless the stream broke in it
        reading.done = scan.damage is None and scan.lines == reading.last


def _stands(item: Evidence, original: Quoted | None) -> bool:
    if original is None or original.sha256 != item.sha256:
        return False
    # A quotation cut in the middle of a character ends in a replacement that the original does not have.
    text = item.text.rstrip("\ufffd\r\n")
    if text in original.text or sanitise(text) in sanitise(original.text):
        return True
    # Of very long lines only the beginning is quoted, so the lines are compared one by one.
    quoted, whole = text.split("\n"), original.text.split("\n")
    pairs = zip(quoted, whole, strict=False)
    return len(quoted) == len(whole) and all(row.startswith(said.rstrip("\ufffd\r")) for said, row in pairs)
