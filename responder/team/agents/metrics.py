"""The values of a metric in a window of time, with the line on which each of them stands."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact
from responder.patterns import lazy
from responder.staging.interface import Staged, StagedFile
from responder.team.agents.pages import Page, file_name
from responder.triage.signals.content import Content, head_of
from responder.triage.signals.metrics.csvs import is_metric_table, series_of_table
from responder.triage.signals.metrics.documents import looks_like_metrics, series_of_document
from responder.triage.signals.metrics.series import Sample, Series
from responder.triage.signals.tables import delimiter_of

__all__ = ["MetricReader"]

_MOST_SERIES = 4
_MOST_VALUES = 24
_MOST_NAMES = 60
_CLOCK = lazy(r"(\d{4}-\d\d-\d\d)?[T ]?(\d\d?):(\d\d)(?::(\d\d))?(?:\.\d+)?Z?")


class MetricReader:
    """Knows every metric series of the staged files; they are read when the first one is asked for."""

    def __init__(self, staged: Staged) -> None:
        self._staged = staged
        self._files = {file.path: file for file in staged.files}

    def page(self, name: str, window: str = "") -> Page:
        """Show the values of the series whose name holds `name`.

        Args:
            name: Part of the name, `checkout latency`; every word of it must occur.
            window: `FROM/TO`, each a time (`14:00`, on the first day of the series) or a moment (`2026-03-14T14:00`);
                empty for all.
        """
        words = name.lower().split()
        found = [series for series in self._series if all(word in _title(series).lower() for word in words)]
        if not words or not found:
            known = ", ".join(dict.fromkeys(_title(series) for series in self._series[:_MOST_NAMES]))
            return Page(f"There is no metric {name!r}.", f"Metrics: {known}" if known else "There are no metrics.")
        shown = [self._described(series, window) for series in found[:_MOST_SERIES]]
        others = ", ".join(_title(series) for series in found[_MOST_SERIES : _MOST_SERIES + _MOST_NAMES])
        return Page(
            f"{len(found)} series match {name!r}:", "\n".join([*shown, *([f"Also: {others}"] if others else [])])
        )

    @cached_property
    def _series(self) -> Sequence[Series]:
        return [series for file in self._staged.files for series in self._read(file) if series.samples]

    def _read(self, file: StagedFile) -> Sequence[Series]:
        place = self._staged.root / file.name
        artifact = Artifact(file.path, 0, lambda: place.open("rb"))
        head = head_of(artifact)
        mark = delimiter_of(head)
        with contextlib.suppress(EvidenceError, OSError, ValueError, RecursionError):
            if mark is not None and head.lstrip()[:1] not in ("{", "[") and is_metric_table(head, mark):
                return series_of_table(Content(artifact), mark)
            if looks_like_metrics(head):
                return series_of_document(Content(artifact))
        return ()

    def _described(self, series: Series, window: str) -> str:
        file = self._files[series.path]
        start, end = _window(window, series.samples[0].at)
        samples = [sample for sample in series.samples if start <= sample.at <= end]
        title = f"{_title(series)} in {file_name(file)}"
        if not samples:
            return f"{title}: no value in {window!r}; there are values {_span(series.samples)}."
        values = sorted(sample.value for sample in samples)
        middle = values[len(values) // 2]
        unit = f" {series.unit}" if series.unit else ""
        head = f"{title}: {len(samples)} values {_span(samples)}, {values[0]:g} to {values[-1]:g}, median {middle:g}"
        return "\n".join([head + unit, *_rows(samples, file)])


def _title(series: Series) -> str:
    return " ".join(" ".join(filter(None, (series.component, series.metric, series.statistic))).split())


def _rows(samples: Sequence[Sample], file: StagedFile) -> Iterator[str]:
    """One row a value, or, of many, the lowest and the highest of each part in their order."""
    for sample in _thinned(samples):
        yield f"  {_moment(sample.at)}  {sample.value:g}  (line {file.original_line(sample.line) or '?'})"


def _thinned(samples: Sequence[Sample]) -> Sequence[Sample]:
    if len(samples) <= _MOST_VALUES:
        return samples
    parts = _MOST_VALUES // 2
    bounds = [len(samples) * part // parts for part in range(parts + 1)]
    chosen = []
    for low, high in pairwise(bounds):
        part = samples[low:high]
        extremes = {min(part, key=lambda one: one.value), max(part, key=lambda one: one.value)}
        chosen += sorted(extremes)
    return chosen


def _span(samples: Sequence[Sample]) -> str:
    return f"from {_moment(samples[0].at)} to {_moment(samples[-1].at)}"


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _window(words: str, begin: float) -> tuple[float, float]:
    """Read `FROM/TO`; what cannot be read is no bound."""
    first, _, last = words.partition("/")
    return _clock(first, begin, float("-inf")), _clock(last, begin, float("inf"))


def _clock(words: str, begin: float, otherwise: float) -> float:
    found = _CLOCK.fullmatch(words.strip().removesuffix("+00:00"))
    if found is None:
        return otherwise
    day = found[1] or f"{datetime.fromtimestamp(begin, UTC):%Y-%m-%d}"
    try:
        midnight = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    except ValueError:
        return otherwise
    return (midnight + timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))).timestamp()
