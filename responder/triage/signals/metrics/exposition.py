"""Scrapes as exporters print them: the text format of Prometheus and OpenMetrics.

One scrape is a moment; several files are several moments. Samples seldom carry a time of their own, so the name of the
file gives it, and where that says nothing the order of the files stands for time.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from responder.patterns import lazy
from responder.triage.components import component_of_path
from responder.triage.signals.content import Content
from responder.triage.signals.metrics.owners import owner_of
from responder.triage.signals.metrics.series import Sample, Series
from responder.triage.signals.tables import moment, number
from responder.triage.timestamps import find_stamp, parse_stamp

__all__ = ["Scrape", "is_exposition", "scrape_of", "series_of_scrapes"]

_SAMPLE = lazy(
    r"(?P<name>[A-Za-z_:][\w:]{0,200})(?:\{(?P<labels>[^}\n]{0,2000})\})?[ \t]+(?P<value>[-+.\w]{1,40})"
    r"(?:[ \t]+(?P<at>-?\d[\d.e+]{0,25}))?(?:[ \t]+#.*)?[ \t]*"
)
_LABEL = lazy(r"(?P<name>[A-Za-z_]\w{0,100})=\"(?P<value>(?:[^\"\\]|\\.){0,500})\"")
_HEAD = lazy(r"^# (?:TYPE|HELP|UNIT) [A-Za-z_:][\w:]* ", re.MULTILINE)
_MARKS = ("# TYPE ", "# HELP ", "# UNIT ")
_COMPACT = lazy(r"(?<!\d)(?P<day>\d{8})[T_-](?P<clock>\d{6})(?!\d)")
_TIMES = lazy(r"[._-]?(?<!\d)\d{4}-?\d\d-?\d\d(?:[T_-]\d\d[:-]?\d\d[:-]?\d\dZ?)?|[._-]?(?<!\d)\d{10,19}(?!\d)")
_PLACES = ("mountpoint", "device", "pool", "area", "datname", "queue", "topic")
"""Labels that tell resources of one component apart."""
_FAILED = lazy(r"5\d\d|error|failed|failure|servfail", re.IGNORECASE)
_OUTCOMES = frozenset({"code", "status", "status_code", "http_status_code", "outcome", "result", "rcode", "grpc_code"})
_NO_DISK = lazy(r"tmpfs|overlay|squashfs|ramfs|iso9660|autofs")


class _Point(Struct, frozen=True):
    component: str | None
    metric: str
    place: str
    at: float | None
    value: float
    line: int


class Scrape(Struct, frozen=True):
    """One file of samples."""

    content: Content
    at: float | None
    """Seconds since 1970 by the name of the file; None when it says nothing."""
    points: tuple[_Point, ...]


def is_exposition(head: str) -> bool:
    """Whether the beginning of a file is a scrape."""
    if not any(mark in head for mark in _MARKS) or not _HEAD.search(head):
        return False
    lines = [line for line in head.split("\n")[:200] if line.strip() and not line.startswith("#")]
    return all(_SAMPLE.fullmatch(line) for line in lines[:-1])


def scrape_of(content: Content) -> Scrape:
    """Read one file; what is no sample is passed over. The file's name says whose it is when no label does."""
    return Scrape(content, _time_of(content.path), tuple(_points(content, _owner_of_path(content.path))))


def _owner_of_path(path: str) -> str | None:
    """The component that a name tells of, without the time in it: scrapes of one thing are one thing."""
    return component_of_path(_TIMES.sub("", path.removesuffix(".prom")))


def _time_of(path: str) -> float | None:
    name = path.rpartition("/")[2]
    if found := _COMPACT.search(name):
        day, clock = found["day"], found["clock"]
        return moment(f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:4]}:{clock[4:]}")
    text = name.replace("_", " ")
    place = find_stamp(text)
    stamp = parse_stamp(text[slice(*place)]) if place else None
    if stamp is not None and stamp.dated:
        return stamp.seconds
    return next((at for part in re.findall(r"\d{10,19}", name) if (at := moment(part)) is not None), None)


def _points(content: Content, owner: str | None) -> Iterator[_Point]:
    for number_, raw in enumerate(content.lines, 1):
        text = raw.decode(errors="replace").rstrip("\r")
        sample = _SAMPLE.fullmatch(text) if text[:1] != "#" else None
        value = number(sample["value"]) if sample else None
        if sample is None or value is None or not math.isfinite(value):
            continue
        labels = {label["name"]: label["value"] for label in _LABEL.finditer(sample["labels"] or "")}
        name = sample["name"]
        if "le" in labels or "quantile" in labels or _NO_DISK.search(labels.get("fstype", "")):
            continue
        at = moment(sample["at"]) if sample["at"] else None
        place = " ".join(labels[key] for key in _PLACES if labels.get(key))
        component = owner_of(labels) or owner
        yield _Point(component, name, place, at, value, number_)
        if _failed(labels):
            yield _Point(component, re.sub(r"_(?:total|count)$", r"_errors\g<0>", name), place, at, value, number_)
        if labels.get("mode") == "idle":
            yield _Point(component, name.replace("_seconds_total", "_idle_seconds_total"), place, at, value, number_)


def _failed(labels: dict[str, str]) -> bool:
    return any(key in _OUTCOMES and _FAILED.fullmatch(value) for key, value in labels.items())


def series_of_scrapes(scrapes: Sequence[Scrape]) -> list[Series]:
    """The series that scrapes are moments of; what one component counts under several labels is added up."""
    ordered = sorted(scrapes, key=lambda scrape: (scrape.at is None, scrape.at or 0.0, scrape.content.path))
    moments: dict[tuple[str | None, str, str, bool], dict[float, Sample]] = defaultdict(dict)
    paths: dict[tuple[str | None, str, str, bool], str] = {}
    for turn, scrape in enumerate(ordered):
        for point in scrape.points:
            at = point.at if point.at is not None else scrape.at
            key = point.component, point.metric, point.place, at is not None
            when = at if at is not None else float(turn)
            known = moments[key].get(when)
            value = point.value + known.value if known and _adds_up(point.metric) else point.value
            line = known.line if known and scrape.content.path == known.path else point.line
            moments[key][when] = Sample(when, value, line, scrape.content.path)
            paths.setdefault(key, scrape.content.path)
    return [
        Series(paths[key], key[0], key[1], tuple(sorted(samples.values())), key[2], timed=key[3])
        for key, samples in moments.items()
    ]


def _adds_up(metric: str) -> bool:
    return metric.endswith(("_total", "_count", "_sum"))
