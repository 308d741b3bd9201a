"""Reads metric exports and says which series left their normal range, when, how far, and whose they are."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.patterns import lazy
from responder.triage.components import kind_of
from responder.triage.interface import Finding
from responder.triage.signals.content import Content
from responder.triage.signals.interface import Signals
from responder.triage.signals.metrics.anomalies import Anomaly, find_anomaly
from responder.triage.signals.metrics.completeness import endings
from responder.triage.signals.metrics.intake import take
from responder.triage.signals.metrics.series import Sample, Series, nature_of
from responder.triage.signals.metrics.wording import told
from responder.triage.signatures import remedies_for
from responder.triage.timestamps import to_datetime

__all__ = ["MetricReader"]

_CALM = lazy(r"no[-_ ]?issue|fault[-_ ]?free|baseline|known[-_ ]good|\bnormal\b|healthy[-_]", re.IGNORECASE)
"""A file that is called this holds what the same series did in good times."""
_MOST = 120
"""Findings kept, the most unusual ones."""
_ALIAS = lazy(r"_(?:remote|client)$")
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
_OVER = 0.8
"""What is left of what recovered while the incident was on; what had recovered before is none of it."""
_QUIET = 0.28
"""What had recovered, and demand, which those who ask decide about, are context and never the trouble itself."""
_DISK_TRAFFIC = 0.2
"""Writes to a disk are traffic and saturation in one: who writes ten times as much waits for it."""


class MetricReader:
    """Finds the series that left their normal range."""

    def read(self, artifacts: Sequence[Artifact], *, calm: Sequence[Artifact] = ()) -> Signals:
        """See `SignalReader.read`."""
        taken, usual = take(artifacts), take(calm)
        findings = _findings(taken.series, taken.contents, usual.series)
        names = tuple(sorted({series.component for series in taken.series if series.component}))
        return Signals(
            findings,
            tuple(sorted(taken.files, key=lambda file: file.path)),
            names,
            skipped=(*taken.skipped, *usual.skipped),
            measured=names,
            gaps=tuple(endings([series for series in taken.series if series.timed])),
        )


def _findings(known: Sequence[Series], contents: dict[str, Content], usual: Sequence[Series]) -> tuple[Finding, ...]:
    calm: dict[tuple[str, str, str], list[Sample]] = defaultdict(list)
    for series in usual:
        calm[series.key].extend(series.samples)
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
    return tuple(_finding(one, value, contents[one.start.path or one.series.path]) for one, value in weighed[:_MOST])


Weighed = tuple[Anomaly, float]


def _weighed(found: Sequence[Anomaly], watched: Sequence[Series]) -> list[Weighed]:
    """Each excursion with its salience, less where something else accounts for it."""
    context = _Context.of(found, watched)
    return [(one, round(value * context.share_left(one), 4)) for one, value in context.values if value]


class _Context(Struct, frozen=True):
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
        onset = min((one.start.at for one in plain), default=None)
        values = [(one, _if_over(one, value, onset)) for one, value in values]
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
        and nature.full > _USED
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
    return min(value, _QUIET) if _demand(anomaly) else value


def _demand(anomaly: Anomaly) -> bool:
    """Whether it is what those who ask decide about."""
    nature = anomaly.nature
    disk = nature.signal == "traffic" and nature.category is Category.DISK
    return nature.signal in ("traffic", "other") and not disk


def _if_over(anomaly: Anomaly, salience: float, onset: float | None) -> float:
    """What recovered while others were still in trouble may be what troubled them; what was over before may not."""
    if not anomaly.recovered:
        return salience
    during = onset is not None and anomaly.last.at >= onset
    return salience * _OVER if during else min(salience, _QUIET)


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
        timestamp=to_datetime(anomaly.start.at) if series.timed else None,
        last_seen=to_datetime(anomaly.last.at) if series.timed else None,
        captures={"metric": series.metric, "unit": series.unit} | {k: f"{v:g}" for k, v in values.items()},
        remedies=remedies_for(category),
    )
