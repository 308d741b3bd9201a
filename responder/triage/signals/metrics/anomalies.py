"""Where a series leaves its normal range, against a calm period when there is one, else against its own beginning.

The normal range is what the calm samples really covered, not a multiple of their deviation: a series that jumps about
all the time is not at fault when it jumps again. How far the peak lies outside, in widths of that range, says how
unusual it is.
"""

import math
from collections.abc import Sequence

from msgspec import Struct

from responder.incident import Category
from responder.triage.middle import median
from responder.triage.signals.metrics.series import Nature, Sample, Series, nature_of

__all__ = ["Anomaly", "find_anomaly"]

_FEWEST = 3
_MOST_WATCHED = 2000
"""Samples looked at for a change of level; a longer series is thinned evenly for that step."""
_CALM_SHARE = 0.998
_LEAST_CHANGE = {"latency": 0.5, "errors": 0.5, "lag": 3.0, "saturation": 0.4, "traffic": 2.0, "other": 3.0}
"""Share of the normal level that a peak must add (or take away) before it means anything."""
_LEAST_BY_CALM = 0.3
"""The same when a calm period was measured, which says what chance does."""
_BUSY, _SATURATED = 0.4, 0.85
_LAG_SECONDS = 30.0
_FLOOR, _FINE = 0.02, 0.005
"""Least width of a normal range as a share of the level; of an availability a tenth of a percent counts."""
_FEW, _UNSURE = 5, 8.0
"""So few samples show only part of what is normal; the least width grows by this factor."""
_TELLING = 0.15
"""Share of the greatest height below which a sample outside is an echo, not the excursion."""
_CLIMB = 0.25
_USED_UP = frozenset({Category.CPU, Category.THREADS})
"""What a busy system uses more of every day, and may; it must double to mean anything short of its limit."""


class Anomaly(Struct, frozen=True):
    """One series outside its normal range."""

    series: Series
    nature: Nature
    start: Sample
    """The first sample outside."""
    peak: Sample
    last: Sample
    """The last sample outside."""
    before: float
    """The normal level."""
    widths: float
    """How far outside the peak lies, in widths of the normal range."""
    share: float
    """How much of the normal level the peak adds or takes away."""
    outside: int
    saturated: bool
    recovered: bool
    """It had been back to normal for longer than it was outside before the series ended."""
    from_the_start: bool
    """It was outside in the very first sample: whatever began during the incident, this did not."""


def find_anomaly(series: Series, calm: Sequence[Sample] = ()) -> Anomaly | None:
    """The excursion of a series, if it has one that matters; `calm` are samples of the same series in good times."""
    nature = nature_of(series.metric, series.unit)
    samples = series.samples
    if len(samples) < (1 if len(calm) >= _FEWEST else _FEWEST):
        return _as_it_stands(series, nature) if samples else None
    reference = [sample.value for sample in calm] if len(calm) >= _FEWEST else _beginning(samples)
    measured = len(calm) >= _FEWEST
    rises = nature.rises if nature.rises is not None else _goes_up(samples, reference)
    if series.statistic.lower() in ("min", "minimum") and nature.signal == "latency":
        return None
    sign = 1.0 if rises else -1.0
    level = median(reference)
    floor = _FINE if nature.signal == "errors" and not nature.rises else _FLOOR
    if len(reference) < _FEW:
        floor *= _UNSURE
    edge, width = _range([sign * value for value in reference], sign * level, floor)
    outside = [sample for sample in samples if sign * sample.value > edge + 0.1 * width]
    if not outside:
        return None
    summit = max(sign * sample.value for sample in outside)
    telling = _last_run(samples, [s for s in outside if sign * s.value - edge >= _TELLING * (summit - edge)])
    excursion = _rise(samples, outside, telling[0]) + telling
    peak = max(excursion, key=lambda sample: sign * sample.value)
    share = abs(peak.value - level) / max(abs(level), _scale_floor(nature, series))
    widths = (sign * peak.value - edge) / width
    if not _matters(nature, share, widths, peak.value, measured):
        return None
    behind = samples[-1].at - excursion[-1].at
    return Anomaly(
        *(series, nature, excursion[0], peak, excursion[-1], level, widths, share, len(excursion)),
        saturated=nature.limit is not None and peak.value >= nature.full * nature.limit,
        recovered=behind > max(excursion[-1].at - excursion[0].at, _step(samples)) * 1.5,
        from_the_start=excursion[0] == samples[0],
    )


def _as_it_stands(series: Series, nature: Nature) -> Anomaly | None:
    """What so few samples tell by themselves: nothing is left of something whose limit is known."""
    worst = max(series.samples, key=lambda sample: sample.value if nature.rises is not False else -sample.value)
    full = nature.limit is not None and nature.full * nature.limit <= worst.value <= nature.limit
    down = nature.signal == "errors" and nature.rises is False and worst.value == 0
    if not full and not down:
        return None
    return Anomaly(
        *(series, nature, worst, worst, worst, worst.value, 1.0, 0.0, 1),
        saturated=full,
        recovered=False,
        from_the_start=False,
    )


def _matters(nature: Nature, share: float, widths: float, peak: float, measured: bool) -> bool:
    if nature.limit is not None and peak <= nature.limit:
        if peak >= min(_SATURATED, nature.full) * nature.limit:
            return True
        if peak < _BUSY * nature.limit:
            return False
    if nature.signal == "lag" and peak < _LAG_SECONDS:
        return False
    if nature.signal == "errors" and nature.rises is False:
        return share >= 0.01 and widths >= 1
    least = _LEAST_BY_CALM if measured else _LEAST_CHANGE[nature.signal]
    if nature.signal == "saturation" and nature.category in _USED_UP:
        least = 1.0
    if nature.rises is False:
        least = min(least, 0.5)
    return share >= least and widths >= 1


def _scale_floor(nature: Nature, series: Series) -> float:
    """What counts as one unit when the normal level is zero or next to it."""
    if nature.signal == "latency":
        milli = series.unit.lower().startswith("milli") or "ms" in series.metric.lower()
        return 10.0 if milli else 0.01
    return 1.0 if nature.signal in ("errors", "lag", "traffic") else 1e-6


def _range(values: Sequence[float], level: float, floor: float) -> tuple[float, float]:
    """The upper edge of what is normal and the width above the level, in the direction of trouble."""
    ordered = sorted(values)
    edge = ordered[min(len(ordered) - 1, math.ceil(_CALM_SHARE * len(ordered)) - 1)]
    spread = median(abs(value - level) for value in ordered)
    return edge, max(edge - level, 3 * spread, floor * abs(level), 1e-9)


def _beginning(samples: Sequence[Sample]) -> list[float]:
    """The values before the level changed most, or the first third when it hardly did."""
    step = max(1, len(samples) // _MOST_WATCHED)
    values = [sample.value for sample in samples[::step]]
    total, squares = sum(values), 0.0
    best, cut, running = 0.0, 0, 0.0
    mean = total / len(values)
    squares = sum((value - mean) ** 2 for value in values)
    for place in range(1, len(values)):
        running += values[place - 1]
        left, right = running / place, (total - running) / (len(values) - place)
        gain = place * (left - mean) ** 2 + (len(values) - place) * (right - mean) ** 2
        if gain > best:
            best, cut = gain, place
    if not squares or best / squares < 0.3:
        cut = max(2, len(values) // 3)
    elif abs(values[cut - 1] - values[0]) > _CLIMB * (max(values) - min(values)):
        cut = max(2, cut // 3)  # a climb has no level before it, only a beginning
    return [sample.value for sample in samples[: max(1, cut) * step]]


def _goes_up(samples: Sequence[Sample], reference: Sequence[float]) -> bool:
    level = median(reference)
    highest, lowest = max(s.value for s in samples), min(s.value for s in samples)
    return highest - level >= level - lowest


def _last_run(samples: Sequence[Sample], outside: Sequence[Sample]) -> list[Sample]:
    """The latest stretch outside; gaps of up to two samples do not end it."""
    run = [outside[-1]]
    gap = 3.5 * _step(samples)
    for sample in reversed(outside[:-1]):
        if run[-1].at - sample.at > gap:
            break
        run.append(sample)
    return run[::-1]


def _rise(samples: Sequence[Sample], outside: Sequence[Sample], first: Sample) -> list[Sample]:
    """The samples outside that lead up to `first` without a normal one between."""
    known, place = set(outside), samples.index(first)
    begin = place
    while begin and samples[begin - 1] in known:
        begin -= 1
    return list(samples[begin:place])


def _step(samples: Sequence[Sample]) -> float:
    return (samples[-1].at - samples[0].at) / max(1, len(samples) - 1)
