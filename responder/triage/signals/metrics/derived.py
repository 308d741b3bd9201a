"""What raw metrics say after a little arithmetic: the rate of what is counted, the share of a limit that is used."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec.structs import replace

from responder.patterns import lazy
from responder.triage.signals.metrics.series import Series

__all__ = ["derived"]

_ENDING = lazy(r"(?:_avail|_free|_idle|MemAvailable|_open)?(?:_seconds_total|_periods_total|_bytes)?$")
_COUNTED = lazy(r"_(?:total|count|sum)$")
_SHARES: tuple[tuple[re.Pattern[str], str, bool], ...] = (
    (lazy(r"(?P<what>.*)MemAvailable(?P<unit>_bytes)"), r"\g<what>MemTotal\g<unit>", True),
    (lazy(r"(?P<what>.*filesystem)_(?:avail|free)(?P<unit>_bytes)"), r"\g<what>_size\g<unit>", True),
    (lazy(r"(?P<what>.*)_open_fds"), r"\g<what>_max_fds", False),
    (lazy(r"(?P<what>.*)_(?:used|active|in_use|current)(?P<unit>(?:_bytes)?)"), r"\g<what>_max\g<unit>", False),
    (lazy(r"container_memory_working_set_bytes"), "container_spec_memory_limit_bytes", False),
    (lazy(r"container_cpu_cfs_throttled_periods_total"), "container_cpu_cfs_periods_total", False),
    (lazy(r"(?P<what>.*cpu)_idle_seconds_total"), r"\g<what>_seconds_total", True),
)
"""Name of a part, name of the whole, and whether the part is what is left."""

Key = tuple[str, str | None, str, str]


def derived(known: Sequence[Series]) -> list[Series]:
    """The series with counters as rates, and shares of limits added."""
    rates = [_rate(series) if _counts(series) else series for series in known]
    by_key: Mapping[Key, Series] = {_key(series): series for series in rates}
    return [series for series in rates if series.samples] + list(_shares(rates, by_key)) + list(_means(rates, by_key))


def _key(series: Series, metric: str = "") -> Key:
    return series.path, series.component, metric or series.metric, series.statistic


def _counts(series: Series) -> bool:
    """Whether a series only grows, but for restarts."""
    values = [sample.value for sample in series.samples]
    if not _COUNTED.search(series.metric) or len(values) < 2 or min(values) < 0:
        return False
    falls = sum(after < before for before, after in pairwise(values))
    return falls * 5 < len(values)


def _rate(series: Series) -> Series:
    """What was counted in each interval, by the second where there is a clock; after a restart it counts from zero."""
    samples = []
    for before, after in pairwise(series.samples):
        seconds = after.at - before.at if series.timed else 1.0
        grown = after.value - before.value if after.value >= before.value else after.value
        if seconds > 0:
            samples.append(after._replace(value=grown / seconds))
    return replace(series, samples=tuple(samples), unit="per second" if series.timed else "")


def _shares(rates: Sequence[Series], by_key: Mapping[Key, Series]) -> Iterator[Series]:
    for series in rates:
        for pattern, whole_name, left in _SHARES:
            match = pattern.fullmatch(series.metric)
            whole = by_key.get(_key(series, match.expand(whole_name))) if match else None
            if match is None or whole is None:
                continue
            limits = {sample.at: sample.value for sample in whole.samples}
            samples = tuple(
                sample._replace(value=100.0 * (1 - sample.value / limit if left else sample.value / limit))
                for sample in series.samples
                if (limit := limits.get(sample.at, 0.0)) > 0
            )
            what = re.sub(
                r"(?:_avail|_free|_idle|MemAvailable|_open)?(?:_seconds_total|_periods_total|_bytes)?$",
                "",
                series.metric,
            )
            if samples:
                name = f"{what}{'memory' if 'Mem' in series.metric else ''}_utilization_percent"
                yield replace(series, metric=name.replace("__", "_"), samples=samples, unit="")


def _means(rates: Sequence[Series], by_key: Mapping[Key, Series]) -> Iterator[Series]:
    """How long one of what is counted took: the growth of a sum by the growth of its count."""
    for series in rates:
        if not series.metric.endswith("_sum"):
            continue
        base = series.metric.removesuffix("_sum")
        counted = by_key.get(_key(series, f"{base}_count"))
        if counted is None:
            continue
        counts: dict[float, float] = defaultdict(float, {sample.at: sample.value for sample in counted.samples})
        samples = tuple(s._replace(value=s.value / counts[s.at]) for s in series.samples if counts[s.at] > 0)
        if samples:
            yield replace(series, metric=f"{base}_mean", samples=samples, unit="")
