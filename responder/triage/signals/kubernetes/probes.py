"""Probes that leave a container too little time: against what its start takes, and against how long it answers.

How long a start takes says the log of the container: the time that it states itself. A probe that gives up earlier ends
every start, however sound the program is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.patterns import lazy
from responder.triage.components import component_of_path
from responder.triage.interface import Finding
from responder.triage.signals.content import head_of
from responder.triage.signals.kubernetes.facts import containers_of, spec_of
from responder.triage.signals.kubernetes.objects import Cluster, Resource, app_of
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["findings_of_probes", "slow_to_probes"]

_FAILED = lazy(r"^(?P<kind>Liveness|Readiness|Startup) probe (?:failed|errored)")
_LATE = lazy(r"context deadline exceeded|Client\.Timeout|i/o timeout|timed out")
_STARTED = lazy(
    r"(?:\b[Ss]tarted\b|\b[Rr]eady\b|\b[Ss]tartup\b|\b[Bb]oot(?:ed)?\b|\b[Ii]nitiali[sz]ed\b|\b[Ll]oaded\b)[^\n]{0,120}?"
    r"\b(?:in|took|after)[ :]+(?P<number>\d{1,9}(?:\.\d{1,6})?) ?(?P<unit>ms\b|milliseconds?\b|s\b|secs?\b|seconds?\b)"
)
_TOOK = lazy(
    r"\b(?:duration|latency|elapsed|took|time|response_time)(?P<suffix>_ms|Ms|_seconds|_s)?\"?[=: ]{1,3}\"?"
    r"(?P<number>\d{1,9}(?:\.\d{1,9})?) ?(?P<unit>ms|s)?\b"
)
_ENDING = ("startupProbe", "livenessProbe")
"""Probes that end a container; the first of them that there is guards its start."""
_TOO_EARLY, _TOO_SLOW = 0.97, 0.94
_EXPLAINS = ("cluster.probe-failed", "cluster.crash-loop", "cluster.not-ready", "kubernetes.*", "http.*", "network.*")


class _Stated(NamedTuple):
    """How long something takes by a log."""

    seconds: float
    place: str


def slow_to_probes(cluster: Cluster) -> frozenset[str]:
    """The workloads that answer a probe of theirs too late."""
    return frozenset(app for app, messages in _failures(cluster).items() if any(map(_LATE.search, messages)))


def findings_of_probes(cluster: Cluster, logs: Sequence[Artifact]) -> Iterator[Finding]:
    """Probes that wait less than a start takes, or than an answer takes, by the log of the container itself."""
    failures = _failures(cluster)
    mine: dict[str, list[Artifact]] = {app: [] for app in failures}
    for log in logs if failures else ():
        if (app := app_of(component_of_path(log.path) or "")) in mine:
            mine[app].append(log)
    ending = {app for app, messages in failures.items() if not all(m.startswith("Readiness") for m in messages)}
    late = slow_to_probes(cluster)
    seen: set[str] = set()
    for pod in cluster.of("Pod"):
        if mine.get(pod.app) and pod.app not in seen:
            seen.add(pod.app)
            lines = list(_lines(mine[pod.app]))
            for container in containers_of(spec_of(pod)):
                if pod.app in ending:
                    yield from _of_start(pod, container, lines)
                if pod.app in late:
                    yield from _of_answers(pod, container, lines)


def _lines(logs: Sequence[Artifact]) -> Iterator[tuple[str, str]]:
    """The lines of the beginnings of logs, each after its place."""
    for log in logs:
        for number, text in enumerate(head_of(log).split("\n"), 1):
            yield f"{log.path}:{number}", text[:2000]


def _of_start(pod: Resource, container: Tree, lines: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    kind = next((kind for kind in _ENDING if container.at(kind)), "")
    found = [_Stated(_seconds(match), place) for place, text in lines if (match := _STARTED.search(text))]
    start = max(found, default=None)
    if not kind or start is None or (patience := _patience(container.at(kind))) >= start.seconds:
        return
    probe = container.at(kind)
    where = next((probe.at(key) for key in ("initialDelaySeconds", "failureThreshold") if probe.at(key)), probe)
    said = (
        f"The {kind.removesuffix('Probe')} probe of {pod.app} gives up {patience:g} s after the start,"
        f" which takes {start.seconds:g} s by its log ({start.place})"
    )
    yield _finding(pod, where, "probe-too-early", said, _TOO_EARLY)


def _of_answers(pod: Resource, container: Tree, lines: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    for kind in (*_ENDING, "readinessProbe"):
        probe = container.at(kind)
        path, wait = probe.text("httpGet", "path"), probe.whole("timeoutSeconds") or 1
        if len(path) < 2:
            continue
        found = [_Stated(_seconds(match), place) for place, text in lines if path in text and (match := _took(text))]
        slowest = max(found, default=None)
        if slowest is not None and slowest.seconds > wait:
            said = (
                f"The {kind.removesuffix('Probe')} probe of {pod.app} waits {wait} s for {path},"
                f" which takes {slowest.seconds:g} s by its log ({slowest.place})"
            )
            yield _finding(pod, probe.at("timeoutSeconds") or probe, "probe-too-short", said, _TOO_SLOW)
            return


def _took(text: str) -> re.Match[str] | None:
    """The duration in a line, where it says in which unit."""
    return next((match for match in _TOOK.finditer(text) if match["unit"] or match["suffix"]), None)


def _seconds(match: re.Match[str]) -> float:
    unit = match["unit"] or match["suffix"].strip("_")
    return float(match["number"]) / (1000 if unit.lower().startswith("m") else 1)


def _failures(cluster: Cluster) -> Mapping[str, list[str]]:
    """What the kubelet says of failing probes, by workload."""
    apps = {pod.name: pod.app for pod in cluster.of("Pod")}
    found: dict[str, list[str]] = {}
    for event in cluster.every("Event"):
        about = event.tree.at("involvedObject") or event.tree.at("regarding")
        message = event.tree.text("message") or event.tree.text("note")
        if _FAILED.match(message):
            name = about.text("name")
            found.setdefault(apps.get(name) or app_of(name), []).append(message[:2000])
    return found


def _patience(probe: Tree) -> float:
    """Seconds from the start of a container until a probe that never succeeds has ended it, at least."""
    delay, period, failures = (probe.whole(key) for key in ("initialDelaySeconds", "periodSeconds", "failureThreshold"))
    return (delay or 0) + (period or 10) * ((failures or 3) - 1) + (probe.whole("timeoutSeconds") or 1)


def _finding(pod: Resource, where: Tree, rule: str, said: str, salience: float) -> Finding:
    return trouble(
        pod.content,
        where.line,
        rule=rule,
        category=Category.DEPLOYMENT_PROBE,
        component=pod.app,
        summary=said,
        next_check="kubectl get the workload as YAML: the delay, period, threshold and time-out of the probe",
        remedy="Give the start a startup probe that waits longer than it takes, and an answer the time that it takes",
        salience=salience,
        explains=_EXPLAINS,
    )
