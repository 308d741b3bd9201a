"""Metric tables: one row a moment (wide), one row a measurement (long), and headers of several rows."""

import re
from collections import defaultdict
from collections.abc import Sequence

from responder.patterns import lazy
from responder.triage.signals.content import Content
from responder.triage.signals.metrics.owners import OWNER_LABELS, owner_of, plain_name
from responder.triage.signals.metrics.series import Sample, Series, nature_of
from responder.triage.signals.tables import find_column, moment, number, rows_of, split_rows

__all__ = ["is_metric_table", "series_of_table"]

_MOST_HEADERS = 5
_SNIFFED = 40
_TIMES = ("timestamp", "unixtimestamp", "time", "datetime", "date", "ts", "at", "epoch")
_METRICS = ("metric", "metricname", "kpiname", "kpi", "measurement", "counter", "series", "indicator")
_VALUES = ("value", "val", "metricvalue", "avg", "average", "mean")
_TALK = frozenset({"message", "msg", "content", "log", "event", "eventid", "level", "severity", "traceid", "spanid"})
_STATISTIC = lazy(r"(?:avg|average|mean|sum|mini?(?:mum)?|maxi?(?:mum)?|count|median|p\d{1,2}(?:\.\d)?)", re.IGNORECASE)

_UNIT = lazy(r"(?P<name>.{1,200}?)\s{0,3}[(\[](?P<unit>%|[A-Za-zµ][\w/%. µ]{0,20})[)\]]")

Rows = Sequence[tuple[int, list[str]]]


def is_metric_table(head: str, delimiter: str) -> bool:
    """Whether the beginning of a table is one of measurements over time, and not of events or log lines."""
    rows = rows_of(head.rpartition("\n")[0] or head, delimiter, _SNIFFED)
    headers = _header_rows(rows)
    if not headers or len({len(row) for _, row in rows}) != 1:
        return False
    if headers > 1:
        return True
    header, body = rows[0][1], rows[1:]
    if _TALK & {re.sub(r"[^a-z]", "", cell.lower()) for cell in header} or _time_column(header) is None:
        return False
    if _long_columns(header):
        return True
    measured = [i for i in range(len(header)) if _measured(header[i], [row[i] for _, row in body])]
    telling = [i for i in measured if nature_of(header[i]).signal != "other"]
    return bool(telling) and len(header) - len(measured) <= 4 if body else len(telling) > 2


def _header_rows(rows: Rows) -> int:
    """How many rows stand above the measurements; 0 when this is no such table."""
    for count, (_, row) in enumerate(rows[: _MOST_HEADERS + 1]):
        filled = [cell for cell in row[1:] if cell.strip()]
        if count and moment(row[0]) is not None and all(number(cell) is not None for cell in filled):
            return count
    first = rows[0][1] if rows else []
    return 1 if first and not any(number(cell) is not None for cell in first) and len(set(first)) > 1 else 0


def _measured(name: str, cells: Sequence[str]) -> bool:
    known = [cell for cell in cells if cell.strip()]
    return all(number(cell) is not None or cell.lower() in ("nan", "inf", "null") for cell in known)


def _time_column(header: Sequence[str]) -> int | None:
    return next((at for name in _TIMES if (at := find_column(header, name)) is not None), None)


def _long_columns(header: Sequence[str]) -> tuple[int, int] | None:
    metric, value = find_column(header, *_METRICS), find_column(header, *_VALUES)
    return None if metric is None or value is None else (metric, value)


def series_of_table(content: Content, delimiter: str) -> list[Series]:
    """Every series of a table that `is_metric_table` knows."""
    rows = rows_of(content.text, delimiter, _SNIFFED)
    headers = _header_rows(rows)
    if not headers:
        return []
    if headers > 1:
        return _of_tall_header(content, delimiter, headers)
    header = rows[0][1]
    body = (row for place, row in enumerate(split_rows(content.text, delimiter)) if place)
    time = _time_column(header)
    if time is None:
        return []
    samples: dict[tuple[str | None, str], list[Sample]] = defaultdict(list)
    long = _long_columns(header)
    unit_at = find_column(header, "unit", "units", "uom") if long else None
    owners = _Owners(header, others=set(long or ()))
    measured = _measured_columns(header, rows[1:], {time, *owners.columns})
    for line, row in body:
        at = moment(row[time]) if len(row) > time else None
        if at is None or len(row) < len(header):
            continue
        who = owners.of(row)
        if long:
            unit = f" ({row[unit_at].strip()})" if unit_at is not None and row[unit_at].strip() else ""
            _add(samples, (who, row[long[0]].strip() + unit), at, row[long[1]], line)
        else:
            for column, name in measured:
                _add(samples, (who, name), at, row[column], line)
    return [_series(content, who, metric, found) for (who, metric), found in samples.items()]


class _Owners:
    """Whose a row is, by the columns that say so."""

    def __init__(self, header: Sequence[str], others: set[int]) -> None:
        names = [plain_name(cell) for cell in header]
        self.columns = [at for at, name in enumerate(names) if name in OWNER_LABELS and at not in others]
        self._names = names
        self._known: dict[tuple[str, ...], str | None] = {}

    def of(self, row: Sequence[str]) -> str | None:
        cells = tuple(row[column] for column in self.columns)
        if cells not in self._known:
            labels = {self._names[column]: cell for column, cell in zip(self.columns, cells, strict=True)}
            self._known[cells] = owner_of(labels)
        return self._known[cells]


def _measured_columns(header: Sequence[str], body: Rows, others: set[int | None]) -> list[tuple[int, str]]:
    times = {find_column(header, name) for name in _TIMES}
    return [
        (column, name)
        for column, name in enumerate(header)
        if column not in others | times and _measured(name, [row[column] for _, row in body if len(row) > column])
    ]


def _add(
    samples: dict[tuple[str | None, str], list[Sample]], key: tuple[str | None, str], at: float, cell: str, line: int
) -> None:
    value = number(cell)
    if value is not None:
        samples[key].append(Sample(at, value, line))


def _series(content: Content, who: str | None, metric: str, samples: list[Sample]) -> Series:
    name, unit = _without_unit(metric)
    owner, name = (who, name) if who else _split_name(name)
    return Series(content.path, owner, name, tuple(sorted(samples)), unit=unit)


def _without_unit(name: str) -> tuple[str, str]:
    """`latency` and `ms` of `latency (ms)` or `latency [ms]`, as dashboards head their columns."""
    found = _UNIT.fullmatch(name.strip())
    return (found["name"], found["unit"]) if found else (name, "")


def _split_name(name: str) -> tuple[str | None, str]:
    """Owner and metric of `checkout_latency_p99` or `cart|cpu_usage`: the metric begins at the first telling word."""
    for mark in (" ", "|", "/", ":", ".", "_", "-"):
        parts = name.split(mark)
        for cut in range(1, len(parts)):
            owner, metric = mark.join(parts[:cut]), mark.join(parts[cut:])
            if nature_of(metric).signal != "other" and nature_of(owner).signal == "other" and len(owner) > 1:
                return owner, metric
    return None, name


def _of_tall_header(content: Content, delimiter: str, headers: int) -> list[Series]:
    """Columns named by several header rows: component, metric, statistic in whatever order the first cells say."""
    samples: dict[int, list[Sample]] = defaultdict(list)
    names: list[list[str]] = []
    for place, (line, row) in enumerate(split_rows(content.text, delimiter)):
        if place < headers:
            names.append(row)
        elif (at := moment(row[0])) is not None:
            for column, cell in enumerate(row[1:], 1):
                if (value := number(cell)) is not None:
                    samples[column].append(Sample(at, value, line))
    named = [level for level in names if sum(1 for cell in level[1:] if cell.strip()) * 2 > len(level) - 1]
    series = []
    for column, found in samples.items():
        labels = [level[column].strip() for level in named if column < len(level) and level[column].strip()]
        owner, metric, statistic = _roles(labels)
        series.append(Series(content.path, owner, metric, tuple(sorted(found)), statistic))
    return series


def _roles(labels: Sequence[str]) -> tuple[str | None, str, str]:
    statistic = next((label for label in labels if _STATISTIC.fullmatch(label)), "")
    rest = [label for label in labels if label != statistic]
    metric = next((label for label in reversed(rest) if nature_of(label).signal != "other"), rest[-1] if rest else "")
    owner = next((label for label in rest if label != metric), None)
    return owner, metric or statistic, statistic
