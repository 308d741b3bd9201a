"""Reads metric exports and says which series left their normal range, when, how far, and whose they are."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.incident import Category
from responder.triage.components import kind_of
from responder.triage.interface import FileFacts, Finding
from responder.triage.signals.content import Content, head_of
from responder.triage.signals.interface import Signals
from responder.triage.signals.metrics.anomalies import Anomaly, find_anomaly
from responder.triage.signals.metrics.completeness import endings
from responder.triage.signals.metrics.csvs import is_metric_table, series_of_table
from responder.triage.signals.metrics.documents import looks_like_metrics, series_of_document
from responder.triage.signals.metrics.series import Sample, Series, nature_of
from responder.triage.signals.metrics.wording import told
from responder.triage.signals.tables import delimiter_of
from responder.triage.signatures import remedies_for
from responder.triage.timestamps import to_datetime

__all__ = ["MetricReader"]

_CALM = re.compile(r"no[-_ ]?issue|fault[-_ ]?free|baseline|known[-_ ]good|\bnormal\b|healthy[-_]", re.IGNORECASE)
"""A file that is called this holds what the same series did in good times."""
_MOST = 120
"""Findings kept, the most unusual ones."""
_ALIAS = re.compile(r"_(?:remote|client)$")
"""AWS X-Ray's names for what a caller saw of somebody else, and for callers outside: not the thing itself."""
_MANY = 12
"""Series of one metric from which on a share of them is a statement about chance."""
_CHANCE = 0.15
"""Share of the components whose same metric may leave its range before that stops telling one from another."""
_PLAIN = 0.5
"""Salience from which on an excursion dates the incident."""
_OLD = 0.5
"""What is left of one that was there before the incident began."""
_USED = 0.4
"""Share of a limit below which a resource is not short, however much more of it is used."""
_BUSIER = 3.0
"""Times the usual demand from which on a slow component is slow because of those who ask."""
_ASKED_MORE = 0.35
_SMALL = 0.3
"""Times add up along a call: what adds less than this share of the largest excursion does not explain it."""
_WEIGHTS = {"saturation": 0.5, "lag": 0.5, "errors": 0.45, "latency": 0.45, "traffic": 0.1, "other": 0.1}
_QUIET = 0.28
"""What has recovered, and demand, which those who ask decide about, are context and never the trouble itself."""
_DISK_TRAFFIC = 0.2
"""Writes to a disk are traffic and saturation in one: who writes ten times as much waits for it."""


class MetricReader:
    """Finds the series that left their normal range."""

    def read(self, artifacts: Sequence[Artifact]) -> Signals:
        """See `SignalReader.read`."""
        files: list[FileFacts] = []
        skipped: list[Skipped] = []
        contents: dict[str, Content] = {}
        known: list[Series] = []
        for artifact in sorted(artifacts, key=lambda artifact: artifact.path):
            head = head_of(artifact)
            mark = delimiter_of(head)
            tabular = mark is not None and head.lstrip()[:1] not in ("{", "[") and is_metric_table(head, mark)
            if not tabular and not looks_like_metrics(head):
                continue
            try:
                content = Content(artifact)
                series = series_of_table(content, mark) if tabular and mark else series_of_document(content)
            except (EvidenceError, OSError) as error:
                skipped.append(Skipped(artifact.path, f"metrics could not be read: {error}"))
                continue
            except (ValueError, RecursionError):
                continue
            if tabular or series:
                contents[artifact.path] = content
                known += series
                files.append(_facts(content, series))
        findings = _findings(known, contents)
        owners = {series.component for series in known if series.component}
        names = tuple(sorted(owners))
        return Signals(
            findings, tuple(files), names, skipped=tuple(skipped), measured=names, gaps=tuple(endings(known))
        )


def _facts(content: Content, series: Sequence[Series]) -> FileFacts:
    first = min((one.samples[0].at for one in series if one.samples), default=None)
    last = max((one.samples[-1].at for one in series if one.samples), default=None)
    return content.facts("metrics", first, last, f"{len(series)} metric series")


def _findings(known: Sequence[Series], contents: dict[str, Content]) -> tuple[Finding, ...]:
    calm: dict[tuple[str, str, str], list[Sample]] = defaultdict(list)
    watched = [series for series in known if not _CALM.search(series.path)]
    if not watched:
        watched = list(known)
    else:
        for series in known:
            if _CALM.search(series.path):
                calm[series.key].extend(series.samples)
    found = [anomaly for series in watched if (anomaly := find_anomaly(series, calm.get(series.key, ())))]
    weighed = _one_each(_weighed(found, watched))
    weighed.sort(key=lambda item: (-item[1], item[0].start.at, item[0].series.key))
    return tuple(_finding(one, value, contents[one.series.path]) for one, value in weighed[:_MOST])


Weighed = tuple[Anomaly, float]


def _weighed(found: Sequence[Anomaly], watched: Sequence[Series]) -> list[Weighed]:
    """Each excursion with its salience, less where something else accounts for it."""
    context = _Context.of(found, watched)
    return [(one, round(value * context.share_left(one), 4)) for one, value in context.values if value]


@dataclass(frozen=True, slots=True)
class _Context:
    """What all series together say about a single one."""

    values: list[Weighed]
    measured: Counter[tuple[str, str]]
    strange: Counter[tuple[str, str]]
    busier: frozenset[str | None]
    """Components that were asked for much more than before."""
    largest: dict[str, float]
    """The most that a plain excursion of each metric added."""
    onset_seen: bool

    @classmethod
    def of(cls, found: Sequence[Anomaly], watched: Sequence[Series]) -> "_Context":
        """Look at everything once."""
        ample = _ample(watched)
        values = [
            (one, 0.0 if one.nature.limit is None and _resource(one) in ample else _salience(one)) for one in found
        ]
        plain = [one for one, value in values if value >= _PLAIN and not one.from_the_start and not one.recovered]
        largest: dict[str, float] = {}
        for one in plain:
            largest[one.series.metric] = max(largest.get(one.series.metric, 0.0), _added(one))
        return cls(
            values,
            Counter((series.metric, series.statistic) for series in watched),
            Counter((one.series.metric, one.series.statistic) for one in found),
            frozenset(
                one.series.component
                for one in found
                if one.nature.signal == "traffic" and one.peak.value >= _BUSIER * max(one.before, 1e-9)
            ),
            largest,
            bool(plain),
        )

    def share_left(self, one: Anomaly) -> float:
        """What remains of an excursion's salience after what chance, age, demand and size take off."""
        if one.saturated:
            return 1.0
        share, name = 1.0, (one.series.metric, one.series.statistic)
        if self.measured[name] >= _MANY:
            share *= min(1.0, _CHANCE * self.measured[name] / self.strange[name]) ** 0.5
        if self.onset_seen and one.from_the_start:
            share *= _OLD
        if one.nature.signal == "latency":
            if one.series.component in self.busier:
                share *= _ASKED_MORE
            if largest := self.largest.get(one.series.metric):
                share *= min(1.0, _added(one) / (_SMALL * largest)) ** 0.5
        return share


def _added(one: Anomaly) -> float:
    return abs(one.peak.value - one.before)


def _resource(one: Anomaly) -> tuple[str | None, Category]:
    return one.series.component, one.nature.category


def _ample(watched: Sequence[Series]) -> set[tuple[str | None, Category]]:
    """Resources that a percentage shows far from used up, whatever their absolute figures did."""
    return {
        (series.component, nature.category)
        for series in watched
        if (nature := nature_of(series.metric, series.unit)).limit
        and not any(sample.value >= _USED * nature.limit for sample in series.samples)
    }


def _one_each(weighed: Iterable[Weighed]) -> list[Weighed]:
    """Of the statistics of one metric (average, p95, p99), the one that stands out most."""
    best: dict[tuple[str, str, str], Weighed] = {}
    for one, value in weighed:
        series, nature = one.series, one.nature
        what = nature.signal if nature.signal in ("latency", "errors") else series.metric
        key = series.component or series.path, what, nature.category.value
        if key not in best or value > best[key][1]:
            best[key] = one, value
    return list(best.values())


def _salience(anomaly: Anomaly) -> float:
    """How much one excursion alone explains."""
    nature = anomaly.nature
    weight = _DISK_TRAFFIC if nature.signal == "traffic" and nature.category is Category.DISK else None
    value = (weight or _WEIGHTS[nature.signal]) + 0.35 * anomaly.widths / (anomaly.widths + 5)
    if anomaly.saturated:
        value = max(value, 0.9)
    elif nature.limit is not None:
        value -= 0.2
    if _ALIAS.search(anomaly.series.component or ""):
        value -= 0.2
    demand = weight is None and nature.signal in ("traffic", "other")
    return min(value, _QUIET) if anomaly.recovered or demand else value


def _finding(anomaly: Anomaly, salience: float, content: Content) -> Finding:
    series, nature = anomaly.series, anomaly.nature
    span, text, digest = content.quote(anomaly.start.line)
    category = nature.category
    short = anomaly.saturated or (nature.limit is None and category not in (Category.CPU, Category.THREADS))
    cause = nature.signal in ("saturation", "lag") and category is not Category.UNKNOWN and short
    values = {"before": anomaly.before, "after": anomaly.start.value, "peak": anomaly.peak.value}
    return Finding(
        kind="trend",
        span=span,
        text=text,
        sha256=digest,
        count=anomaly.outside,
        salience=salience,
        why=told(anomaly),
        category=category,
        role="cause" if cause and not anomaly.recovered else "symptom",
        summary=told(anomaly),
        component=series.component,
        component_kind=kind_of(series.component),
        timestamp=to_datetime(anomaly.start.at),
        last_seen=to_datetime(anomaly.last.at),
        captures={"metric": series.metric, "unit": series.unit} | {k: f"{v:g}" for k, v in values.items()},
        remedies=remedies_for(category),
    )
