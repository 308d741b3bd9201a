"""How many records were written when, for the drawing of log volume."""

from collections import Counter
from collections.abc import Iterable

from responder.triage.documents import Document
from responder.triage.interface import Level, VolumeBucket
from responder.triage.timestamps import to_datetime

__all__ = ["volume_of"]

_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400, 604_800)
_BUCKETS = 120


def volume_of(documents: Iterable[Document]) -> tuple[VolumeBucket, ...]:
    """Records and errors by time, in at most some hundred buckets of one round width; empty buckets are left out."""
    totals: Counter[int] = Counter()
    errors: Counter[int] = Counter()
    for document in documents:
        for second, count, failed in document.buckets:
            totals[second] += count
            errors[second] += failed
        if document.summary:
            continue
        times = document.times()
        totals.update([int(seconds) for seconds in times if seconds is not None])
        bad = [at for at, shape in enumerate(document.shapes) if shape.parsed.level >= Level.ERROR]
        errors.update([int(seconds) for at in bad if (seconds := times[at]) is not None])
    if not totals:
        return ()
    span = max(totals) - min(totals)
    width = next((w for w in _WIDTHS if span / w <= _BUCKETS), _WIDTHS[-1])
    grouped: dict[int, list[int]] = {}
    for second, count in totals.items():
        bucket = grouped.setdefault(second // width * width, [0, 0])
        bucket[0] += count
        bucket[1] += errors[second]
    return tuple(VolumeBucket(to_datetime(start), width, total, bad) for start, (total, bad) in sorted(grouped.items()))
