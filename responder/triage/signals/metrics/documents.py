"""Metrics in JSON: Prometheus query results, CloudWatch and Datadog exports, lists of records."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise

from responder.patterns import lazy
from responder.triage.components import without_pod_hash
from responder.triage.signals.content import Content
from responder.triage.signals.metrics.owners import owner_of
from responder.triage.signals.metrics.series import Sample, Series
from responder.triage.signals.tables import moment

__all__ = ["looks_like_metrics", "series_of_document"]

_ARRAYS = lazy(r'"(?:timestamps|values|Timestamps|Values|pointlist|datapoints|Datapoints)"\s*:\s*\[')
_RECORD = lazy(r'"(?:metric|metric_name|metricName|kpi_name)"\s*:')
_ELEMENT = lazy(r'\[[^\[\]]*\]|\{[^{}]*\}|"(?:[^"\\]|\\.)*"|-?[\d.][\d.eE+-]*|null|NaN|true|false')
_NAMES = ("metric_name", "MetricName", "metricName", "__name__", "metric", "kpi_name", "label", "Label", "name", "id")
_STATISTICS = ("stat", "Stat", "statistic", "aggr", "aggregation")
_POINTS = ("values", "Values", "pointlist", "datapoints", "Datapoints")
_DEEPEST = 12

Json = Mapping[str, object]


def looks_like_metrics(head: str) -> bool:
    """Whether the beginning of a JSON document or of JSON lines holds series of measurements."""
    return head.lstrip()[:1] in ("{", "[") and bool(_ARRAYS.search(head) or _RECORD.search(head))


def series_of_document(content: Content) -> list[Series]:
    """Every series of a JSON document, in document order; empty when it holds none.

    Raises:
        ValueError: It is not JSON.
    """
    found = list(_walk(json.loads(content.text), {}, 0))
    series = _records(content, [item for item, _ in found if "value" in item])
    nodes = [(item, around) for item, around in found if "value" not in item]
    lines = _Lines(content)
    for item, around in nodes:
        points = list(_points(item))
        places = lines.of_next(_points_key(item), len(points))
        samples = [Sample(at, value, line) for (at, value), line in zip(points, places, strict=True) if at == at]
        if samples:
            series.append(_named(content.path, {**around, **item}, tuple(sorted(samples))))
    return series


def _walk(value: object, around: Json, depth: int) -> Iterator[tuple[Json, Json]]:
    """Every object that holds points or is a record, with the plain values of the objects around it."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                yield from _walk(item, around, depth + 1)
    elif isinstance(value, dict):
        if _points_key(value) or ("value" in value and any(name in value for name in _NAMES[:6])):
            yield value, around
            return
        plain = {key: item for key, item in value.items() if isinstance(item, str)}
        for key, item in value.items():
            if isinstance(item, dict | list):
                inner = {"name": key} if isinstance(item, dict) else {}
                yield from _walk(item, {**around, **plain, **inner}, depth + 1)


def _points_key(item: Json) -> str | None:
    return next((key for key in _POINTS if isinstance(item.get(key), list)), None)


def _points(item: Json) -> Iterator[tuple[float, float]]:
    """Moment and value of each point; a point that is no measurement is not-a-number at not-a-number."""
    nothing = float("nan"), float("nan")
    key = _points_key(item)
    points = item.get(key or "")
    times = item.get("timestamps", item.get("Timestamps"))
    for place, point in enumerate(points if isinstance(points, list) else ()):
        at: object = times[place] if isinstance(times, list) and place < len(times) else None
        value: object = point
        if isinstance(point, list) and len(point) == 2:
            at, value = (point[1], point[0]) if key == "datapoints" else point
        elif isinstance(point, dict):
            at = point.get("Timestamp", point.get("timestamp"))
            value = next((point[k] for k in ("Average", "Maximum", "Sum", "value", "Minimum") if k in point), None)
        seconds = moment(at) if isinstance(at, str | int | float) else None
        try:
            measured = float(value) if isinstance(value, str | int | float) else float("nan")
        except ValueError:
            measured = float("nan")
        yield (seconds, measured) if seconds is not None and measured - measured == 0 else nothing


class _Lines:
    """The lines of the points of each series, found by reading on from the series before."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._at = 0

    def of_next(self, key: str | None, count: int) -> list[int]:
        """Lines of the elements of the next array under `key`."""
        text, places = self._content.text, []
        opening = lazy(rf'"{key}"\s*:\s*\[').search(text, self._at)
        at = opening.end() if opening else self._at
        for _ in range(count):
            element = _ELEMENT.search(text, at)
            if element is None:
                break
            places.append(self._content.line_at(element.start()))
            at = element.end()
        self._at = at
        return places + [places[-1] if places else 1] * (count - len(places))


def _named(path: str, item: Json, samples: tuple[Sample, ...]) -> Series:
    inner = item.get("metric")
    labels: Json = inner if isinstance(inner, dict) else item
    name = next((str(labels[key]) for key in _NAMES if isinstance(labels.get(key), str)), "metric")
    statistic = next((str(item[key]) for key in _STATISTICS if isinstance(item.get(key), str)), "")
    unit = item.get("unit")
    return Series(path, _owner(labels), name, samples, statistic, unit if isinstance(unit, str) else "")


def _owner(labels: Json) -> str | None:
    """Whose the series is: a label, a CloudWatch dimension, a Datadog scope."""
    dimensions = labels.get("dimensions", labels.get("Dimensions"))
    if isinstance(dimensions, list):
        for dimension in dimensions:
            if isinstance(dimension, dict) and isinstance(named := dimension.get("Value", dimension.get("value")), str):
                return named
    if named := owner_of({name: value for name, value in labels.items() if isinstance(value, str) and name != "name"}):
        return named
    scope = labels.get("scope")
    if isinstance(scope, str) and (tag := re.search(r"\b(?:service|app|pod_name|host):([\w.-]+)", scope)):
        return without_pod_hash(tag[1])
    return next((v for k, v in labels.items() if k.endswith("_identifier") and isinstance(v, str)), None)


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None


def _records(content: Content, records: list[Json]) -> list[Series]:
    """Series of single measurements, one object each."""
    grouped: dict[tuple[str | None, str], list[tuple[float, float]]] = defaultdict(list)
    for record in records:
        at = next((record[k] for k in ("timestamp", "time", "ts", "date") if k in record), None)
        value = record.get("value")
        labels = record.get("metric")
        if isinstance(value, list) and len(value) == 2:  # an instant query of Prometheus
            at, value = value[0], _number(value[1])
        seconds = moment(at) if isinstance(at, str | int | float) else None
        if seconds is None or not isinstance(value, int | float) or value - value != 0:
            continue
        named = labels if isinstance(labels, dict) else record
        name = next((str(named[key]) for key in _NAMES if isinstance(named.get(key), str)), "metric")
        grouped[_owner(named), name].append((seconds, float(value)))
    return [
        Series(content.path, owner, name, tuple(Sample(at, value, 1) for at, value in sorted(points)))
        for (owner, name), points in grouped.items()
        if len(points) == 1 or any(a != b for a, b in pairwise(points))
    ]
