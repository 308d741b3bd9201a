"""What metrics do not say: a component whose measurements stop while those of others go on."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from responder.triage.signals.metrics.series import Series
from responder.triage.timestamps import to_datetime

__all__ = ["endings"]

_STEPS = 4
"""Samples that may be missing at an end before it is one."""
_LEAST_SECONDS = 120.0
_MOST = 5


def endings(known: Sequence[Series]) -> Iterator[str]:
    """A sentence for each component whose last measurement is older than that of the others in its file."""
    by_path: dict[str, list[Series]] = defaultdict(list)
    for series in known:
        if series.component and len(series.samples) > 1:
            by_path[series.path].append(series)
    told = [sentence for path in sorted(by_path) for sentence in _of_file(by_path[path])]
    yield from told[:_MOST]
    if len(told) > _MOST:
        yield f"The metrics of {len(told) - _MOST} more components end before those of others."


def _of_file(known: Sequence[Series]) -> Iterator[str]:
    last: dict[str, float] = defaultdict(float)
    step = 0.0
    for series in known:
        first, end = series.samples[0].at, series.samples[-1].at
        last[series.component or ""] = max(last[series.component or ""], end)
        step = max(step, (end - first) / (len(series.samples) - 1))
    end = max(last.values())
    for component, at in sorted(last.items()):
        if end - at > max(_LEAST_SECONDS, _STEPS * step):
            minutes = (end - at) / 60
            yield (
                f"The metrics of `{component}` end at {to_datetime(at):%H:%M:%S} UTC, {minutes:.0f} minutes before "
                "those of others, so what it did after that is not measured."
            )
