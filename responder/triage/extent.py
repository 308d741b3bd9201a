"""The time that evidence tells of, from the beginning and the end of each artifact only: for asking others about it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact
from responder.triage.lines import clean
from responder.triage.timestamps import find_stamp, parse_stamp, to_datetime

__all__ = ["extent_of"]

_PART = 64 << 10
_LINES = 40
"""Lines looked at on either side."""
_DAY = timedelta(days=1)


def extent_of(artifacts: Sequence[Artifact]) -> tuple[datetime, datetime] | None:
    """The first and the last moment that lines name, of the day before the last one at most.

    Moments without a year say nothing here. Old ones, such as those in dumps of objects created long ago, are not
    what the evidence is about.
    """
    moments = sorted(moment for artifact in artifacts for moment in _moments(artifact))
    if not moments:
        return None
    last = moments[-1]
    return next(moment for moment in moments if last - moment <= _DAY), last


def _moments(artifact: Artifact) -> Iterator[datetime]:
    try:
        head, tail = _ends(artifact)
    except (OSError, EvidenceError):
        return  # whoever reads it whole says why
    for raw in (*head.split(b"\n")[:_LINES], *tail.split(b"\n")[-_LINES:]):
        text = clean(raw)
        if (place := find_stamp(text)) and (stamp := parse_stamp(text[slice(*place)])) and stamp.dated:
            yield to_datetime(stamp.seconds)


def _ends(artifact: Artifact) -> tuple[bytes, bytes]:
    with artifact.open() as stream:
        head = tail = stream.read(_PART)
        if artifact.file is not None:
            stream.seek(max(0, artifact.size_bytes - _PART))
            return head, stream.read(_PART)
        while block := stream.read(_PART):
            tail = tail[-_PART:] + block
    return head, tail
