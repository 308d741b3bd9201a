"""Jobs that cannot end, and schedules that were switched off."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.moments import moment_of, newest_of
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import MISSING, Tree

__all__ = ["findings_of_batch"]

_ENDLESS, _SUSPENDED = 0.9, 0.5
_RECENT = timedelta(days=30)
"""A schedule that was switched off longer ago than this is switched off on purpose."""
_REMEDIES = {
    "endless-job": "Let the helper end with the work, or make it a sidecar that Kubernetes ends with the pod",
    "suspended": "Set suspend to false, if the runs are needed again",
}
_AGE = lazy(r"(?:(?P<years>\d{1,3})y)?(?:(?P<days>\d{1,5})d)?")


def findings_of_batch(cluster: Cluster) -> Iterator[Finding]:
    """Work that is done and does not end, and work that is not begun any more."""
    yield from _endless(cluster)
    yield from _suspended(cluster)


def _endless(cluster: Cluster) -> Iterator[Finding]:
    """Pods of jobs in which a helper runs on after the work is done: the job waits for both."""
    seen: set[str] = set()
    for pod in cluster.of("Pod"):
        owner = next(iter(pod.tree.items("metadata", "ownerReferences")), MISSING)
        if owner.text("kind") != "Job" or pod.app in seen:
            continue
        states = pod.tree.items("status", "containerStatuses")
        done = [state.text("name") for state in states if state.text("state", "terminated", "exitCode") == "0"]
        running = [state for state in states if "running" in state.fields("state")]
        if done and running:
            seen.add(pod.app)
            name = running[0].text("name")
            said = f"The job {pod.app} does not end: its container {name} runs on, and {done[0]} is done"
            yield _finding(pod, running[0].at("state"), "endless-job", Category.CONFIGURATION_MISMATCH, said, _ENDLESS)


def _suspended(cluster: Cluster) -> Iterator[Finding]:
    """Schedules that ran not long ago and are suspended; what never ran is there to be started by hand."""
    newest = newest_of(cluster)
    for item in cluster.of("CronJob"):
        where = item.tree.at("spec", "suspend") or item.tree.at("row", "SUSPEND")
        if where.text().lower() == "true" and (last := _last_run(item)) and _is_recent(item, newest):
            said = f"The schedule of {item.name} is suspended; it last ran {last}"
            yield _finding(item, where, "suspended", Category.CONFIGURATION_INVALID, said, _SUSPENDED)


def _last_run(item: Resource) -> str:
    at = moment_of(item.tree, "status", "lastScheduleTime")
    if at is not None:
        return f"at {at:%Y-%m-%d %H:%M} UTC"
    age = item.tree.text("row", "LAST SCHEDULE")
    return f"{age} before this was read" if age and age != "<none>" else ""


def _is_recent(item: Resource, newest: datetime | None) -> bool:
    at = moment_of(item.tree, "status", "lastScheduleTime")
    if at is not None:
        return newest is None or newest - at <= _RECENT
    age = _AGE.match(item.tree.text("row", "LAST SCHEDULE"))
    return age is None or (not age["years"] and timedelta(days=int(age["days"] or 0)) <= _RECENT)


def _finding(item: Resource, where: Tree, rule: str, category: Category, said: str, salience: float) -> Finding:
    return trouble(
        item.content,
        where.line,
        rule=rule,
        category=category,
        component=item.app,
        summary=said,
        next_check=f"kubectl describe {item.kind.lower()} {item.name}: who changed it, and when?",
        remedy=_REMEDIES[rule],
        salience=salience,
        role="symptom" if rule == "suspended" else "cause",  # somebody may have meant it
        explains=("kubernetes.*", "cluster.not-ready"),
    )
