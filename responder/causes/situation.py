"""What happened and when: the findings that are trouble, the incident among them, and the changes around it.

A folder of logs often holds more than one disturbance. The incident is the heaviest run of trouble without a long
quiet in between; what ended before it began is kept apart, because a blip that recovered explains nothing later.
"""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from responder.causes.graph import EvidenceGraph, build_graph
from responder.incident import Category
from responder.patterns import lazy
from responder.triage.interface import QUIET_SALIENCE, Finding, Level, Triage

__all__ = [
    "CLOCK_SLACK",
    "Situation",
    "canonical",
    "earliest",
    "latest",
    "not_after",
    "survey",
    "weight",
]

CLOCK_SLACK = timedelta(seconds=5)
"""Clocks of different machines may disagree by this much before an order between them means anything."""
_MOST_TEXT = 4000
_UNCHANGED = lazy(r"\bunchanged\b|\bno changes?\b", re.IGNORECASE)
_CHANGED = frozenset({"version", "release", "image", "old", "new", "from", "to", "setting", "key", "value", "revision"})
_AT_ONCE = timedelta(minutes=2)
_SHORTEST_QUIET = timedelta(minutes=10)
_SIGNIFICANT = 0.4
"""Share of the heaviest finding's weight."""
_ENDS_AGAIN = frozenset(
    {"cluster.crash-loop", "cluster.probe-failed", "cluster.probe-too-early", "cluster.out-of-memory"}
)
_QUIET_SHARE = 0.25
"""Trouble is one incident across gaps up to this share of the whole time the evidence covers."""


class Situation(Struct, frozen=True):
    """The evidence, sorted into what matters for blame."""

    graph: EvidenceGraph
    trouble: tuple[Finding, ...]
    """Findings that show something going wrong, in canonical order."""
    changes: tuple[Finding, ...]
    """Deployments, releases and configuration changes, in canonical order."""
    context: tuple[Finding, ...]
    """The rest: noise, recovery, alerts."""
    onset: datetime | None
    """When the incident began; None when the evidence has no times."""
    end: datetime | None
    """Last record of the trouble."""
    last_record: datetime | None
    """Last record of any file."""
    build_logs: frozenset[str] = frozenset()
    """Paths of the logs of builds that say they failed, where the order of lines matters and clocks do not."""

    def recovered_before(self, finding: Finding) -> bool:
        """Whether a finding had ended well before the incident began: what follows at once was not over."""
        last = finding.last_seen or finding.timestamp
        return last is not None and self.onset is not None and last < self.onset - _AT_ONCE

    def in_background(self, finding: Finding) -> bool:
        """Whether a symptom had been there long before the incident and went on through it: ordinary noise."""
        return (
            finding.role != "cause"
            and finding.timestamp is not None
            and self.onset is not None
            and finding.timestamp < self.onset - _SHORTEST_QUIET
            and not self.recovered_before(finding)
        )


def canonical(finding: Finding) -> tuple[object, ...]:
    """Sort key: most salient first, then evidence order. It makes every result independent of the order given."""
    span = finding.span
    return (
        *(-finding.salience, span.path, span.line_start, span.line, span.line_end, finding.kind, finding.rule or ""),
        *(finding.category, finding.role, finding.component or "", finding.component_kind, finding.level),
        *(finding.count, _moment(finding.timestamp), _moment(finding.last_seen), finding.text, finding.needle),
        *(tuple(sorted(finding.captures.items())), finding.explains),
    )


def _moment(time: datetime | None) -> float:
    return time.timestamp() if time else 0.0


def weight(finding: Finding) -> float:
    """How much of the trouble a finding is: salience, and the logarithm of how often."""
    return finding.salience * (1 + math.log10(max(finding.count, 1)))


def earliest(times: Iterable[datetime | None]) -> datetime | None:
    """The first of the known times."""
    return min((time for time in times if time is not None), default=None)


def latest(times: Iterable[datetime | None]) -> datetime | None:
    """The last of the known times."""
    return max((time for time in times if time is not None), default=None)


def not_after(one: datetime | None, other: datetime | None) -> bool:
    """Whether `one` may have come first; unknown times forbid nothing."""
    return one is None or other is None or one <= other + CLOCK_SLACK


def survey(triage: Triage) -> Situation:
    """Give each finding to the component it is about, sort them, and find the incident among them."""
    graph, findings = build_graph(triage, sorted(triage.findings, key=canonical))
    trouble = _one_a_line(finding for finding in findings if _is_trouble(finding))
    restarting = frozenset(finding.component for finding in trouble if finding.rule in _ENDS_AGAIN)
    first_record = earliest(file.first_seen for file in triage.files)
    last_record = latest([*(file.last_seen for file in triage.files), *(f.last_seen or f.timestamp for f in findings)])
    covered = last_record - first_record if last_record and first_record else timedelta()
    incident = _heaviest_run(_significant(trouble), quiet=max(_SHORTEST_QUIET, covered * _QUIET_SHARE))
    return Situation(
        graph=graph,
        trouble=trouble,
        changes=tuple(f for f in findings if _is_change(f) and not _is_restart(f, restarting)),
        context=tuple(f for f in findings if not _is_change(f) and not _is_trouble(f)),
        onset=earliest(f.timestamp for f in incident),
        end=latest(f.last_seen or f.timestamp for f in incident),
        last_record=last_record,
        build_logs=frozenset(finding.span.path for finding in findings if _of_build(finding)),
    )


def _of_build(finding: Finding) -> bool:
    """Whether only the log of a build has such a line: a step that failed, an exit code, a mark of the CI service."""
    return finding.kind == "exit" or (finding.rule or "").startswith("ci.")


def _one_a_line(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Of several readings of one line, only the most salient; a row of measurements is one reading for each series."""
    first: dict[tuple[str, int, str, str | None], Finding] = {}
    for finding in findings:
        series = finding.captures.get("metric", "") if finding.kind == "trend" else ""
        whose = finding.component if series else None
        first.setdefault((finding.span.path, finding.span.line, series, whose), finding)
    return tuple(first.values())


def _significant(trouble: Sequence[Finding]) -> list[Finding]:
    """The findings that may date the incident: a lone old error must not move its beginning."""
    heaviest = max(map(weight, trouble), default=0.0)
    return [finding for finding in trouble if weight(finding) >= _SIGNIFICANT * heaviest]


def _is_change(finding: Finding) -> bool:
    """Whether something of the running system was changed, and not merely restarted, left alone or failing."""
    if finding.kind != "change" or finding.level >= Level.ERROR or _UNCHANGED.search(finding.text[:_MOST_TEXT]):
        return False
    captures = {key.rstrip("0123456789"): value for key, value in finding.captures.items() if value}
    setting = next((captures[name] for name in ("setting", "key") if name in captures), None)
    if setting is not None and not any(letter.isalpha() for letter in setting):
        return False
    return finding.category is not Category.UNKNOWN or not _CHANGED.isdisjoint(captures)


def _is_restart(finding: Finding, restarting: frozenset[str | None]) -> bool:
    """Whether it is the start of a container that ends after each start: that it states its version is no release."""
    return finding.rule == "change.started" and finding.component in restarting


def _is_trouble(finding: Finding) -> bool:
    return (
        finding.kind != "change"
        and finding.role != "context"
        and finding.category is not Category.HEALTHY
        and finding.salience >= QUIET_SALIENCE
    )


def _heaviest_run(trouble: Sequence[Finding], *, quiet: timedelta) -> list[Finding]:
    """The findings of the heaviest stretch without a quiet gap; of equals the later one.

    `trouble` is in canonical order, and stays so where the times are the same.
    """
    timed = sorted(
        ((f.timestamp, f.last_seen or f.timestamp, f) for f in trouble if f.timestamp is not None),
        key=lambda item: item[:2],
    )
    runs: list[list[Finding]] = []
    reach: datetime | None = None
    for start, stop, finding in timed:
        if reach is None or start > reach + quiet:
            runs.append([])
            reach = stop
        runs[-1].append(finding)
        reach = max(reach, stop)
    return max(reversed(runs), key=lambda run: sum(map(weight, run)), default=[])
