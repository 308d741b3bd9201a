"""What Kubernetes itself says is wrong: warnings of events, conditions and the status of pods."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from responder.incident import ComponentKind
from responder.triage.interface import Finding
from responder.triage.signals.content import Content
from responder.triage.signals.kubernetes.facts import never_restarted, statuses_of, unready_apps, users_of_claims
from responder.triage.signals.kubernetes.moments import earliest_of, moment_of, newest_of
from responder.triage.signals.kubernetes.objects import Cluster, Resource, app_of
from responder.triage.signals.kubernetes.rules import Rule, packaged
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["findings_of_messages"]

_FINE = frozenset({"Running", "Completed", "Succeeded", "Pending", "ContainerCreating", "PodInitializing"})
_TELLING = frozenset({"FailedBinding", "WaitForFirstConsumer", "JobAlreadyActive"})
"""Reasons of events that are called normal and are none."""
_HOLDING = frozenset({"ReplicaFailure", "Failed", "FailureTarget", "ScalingLimited", "Stalled"})
"""Conditions that are bad when true; of the others it is bad when they are false."""
_OWNED = ("Pod", "ReplicaSet", "Job")
_PASSING = 0.25
_SHOWN = 0.2
"""What a message that only shows trouble says less than one that names it."""
_REMEMBERED = timedelta(hours=3)
"""The API server keeps events for an hour unless it is told otherwise."""
_PAST = timedelta(days=1)
_LONGEST = 4000


class _Message(Struct, frozen=True):
    content: Content
    line: int
    text: str
    app: str
    namespace: str
    count: int = 1
    first: datetime | None = None
    last: datetime | None = None
    container: str = ""
    """The container it is about, where the pod has others too."""


def findings_of_messages(cluster: Cluster) -> Iterator[Finding]:
    """The first message of each kind about each workload, with how often it was said."""
    unready, steady, now = unready_apps(cluster), never_restarted(cluster), newest_of(cluster)
    said: dict[tuple[str, str, str], list[_Message]] = defaultdict(list)
    rules = {rule.id: rule for rule in packaged()}
    for message in (*_of_states(cluster), *_recent(_of_events(cluster)), *_of_conditions(cluster)):
        text = message.text[:_LONGEST]
        rule = next((rule for rule in packaged() if rule.match.search(text)), None)
        if rule is not None:
            said[rule.id, message.app, message.namespace].append(message)
    for (name, app, _), messages in said.items():
        rule = rules[name]
        count = max(message.count for message in messages)
        over = rule.restarts and (app in steady or all(_is_past(message, now) for message in messages))
        lasts = rule.lasting and count >= rule.repeated and not over
        yield _finding(rule, app, messages, active=app in unready or lasts)


def _finding(rule: Rule, app: str, messages: list[_Message], *, active: bool) -> Finding:
    told = [(rule.say(message.text[:_LONGEST]), message) for message in messages]
    (sentence, shows), message = max(told, key=lambda pair: (pair[0].sentence != rule.summary, pair[1].count))
    count = max(*(message.count for message in messages), len({message.text for message in messages}))
    within = next((message.container for message in messages if message.container), "")
    spaced = rule.about == "namespace" and message.namespace
    return trouble(
        message.content,
        message.line,
        rule=rule.id,
        category=rule.category,
        component=message.namespace if spaced else app,
        kind=ComponentKind.NAMESPACE if spaced else None,
        summary=f"{sentence}, in the container {within}" if within else sentence,
        next_check=rule.next_check,
        remedy=rule.remedy,
        salience=(rule.salience - _SHOWN if shows else rule.salience) if active else _PASSING,
        role=("symptom" if shows else rule.role) if active else "context",
        count=count,
        explains=(*rule.explains, "kubernetes.*", "k8s.*", "cluster.crash-loop", "network.*"),
        first=min((m.first for m in messages if m.first), default=None),
        last=max((m.last for m in messages if m.last), default=None),
    )


def _recent(messages: Iterable[_Message]) -> Iterator[_Message]:
    """Without what was last said long before the newest: a cluster forgets its events, a collection of them may not."""
    told = list(messages)
    newest = max((message.last for message in told if message.last), default=None)
    for message in told:
        if message.last is None or newest is None or newest - message.last <= _REMEMBERED:
            yield message


def _is_past(message: _Message, now: datetime | None) -> bool:
    """Whether it was last so more than a day ago: the status of a container remembers its last end for ever."""
    return message.last is not None and now is not None and now - message.last > _PAST


def _of_events(cluster: Cluster) -> Iterator[_Message]:
    only = min(cluster.namespaces) if len(cluster.namespaces) == 1 else ""
    pods = {item.name for item in cluster.of("Pod")}
    apps = {(kind, item.name): item.app for kind in _OWNED for item in cluster.of(kind)}
    users = {**apps, **{("PersistentVolumeClaim", name): app for name, app in users_of_claims(cluster).items()}}
    for event in cluster.every("Event"):
        tree = event.tree
        about = tree.at("involvedObject") or tree.at("regarding")
        kind, name = about.text("kind"), about.text("name")
        gone = kind == "Pod" and bool(pods) and name not in pods
        if kind == "Node" or gone or (tree.text("type") == "Normal" and tree.text("reason") not in _TELLING):
            continue
        message = tree.at("message") or tree.at("note")
        times = [tree.whole(*path) for path in (("count",), ("deprecatedCount",), ("series", "count"))]
        yield _Message(
            event.content,
            message.line or tree.line,
            f"{tree.text('reason')} {message.text()}",
            users.get((kind, name)) or (name if kind == "PersistentVolumeClaim" else app_of(name)),
            about.text("namespace") or event.namespace or only,
            max((count for count in times if count), default=1),
            earliest_of(tree, "firstTimestamp", "eventTime", "deprecatedFirstTimestamp", "lastTimestamp"),
            moment_of(tree, "lastTimestamp") or moment_of(tree, "series", "lastObservedTime"),
        )


def _of_states(cluster: Cluster) -> Iterator[_Message]:
    restarted = _first_restarts(cluster)
    for pod in cluster.of("Pod"):
        statuses = list(statuses_of(pod))
        begun = restarted.get(pod.name)
        for status in statuses:
            name = status.text("name") if len(statuses) > 1 and status.text("name") != pod.app else ""
            for key in ("state", "lastState"):
                for state in status.fields(key).values():
                    yield from (_since(replace(said, container=name), begun) for said in _of_state(pod, state))
        for key in ("reason", "message"):
            if (said := pod.tree.at("status", key)) and said.text() not in _FINE:
                yield _said(pod, said, said.text())


def _first_restarts(cluster: Cluster) -> dict[str, datetime]:
    """When each pod was first seen to wait before another start: its status remembers only the last end."""
    found: dict[str, datetime] = {}
    for event in cluster.every("Event"):
        at = earliest_of(event.tree, "firstTimestamp", "eventTime", "lastTimestamp")
        if event.tree.text("reason") == "BackOff" and at is not None:
            name = (event.tree.at("involvedObject") or event.tree.at("regarding")).text("name")
            found[name] = min(at, found.get(name, at))
    return found


def _since(message: _Message, begun: datetime | None) -> _Message:
    return replace(message, first=begun) if message.first and begun and begun < message.first else message


def _of_state(pod: Resource, state: Tree) -> Iterator[_Message]:
    reason, message = state.at("reason"), state.at("message")
    at = moment_of(state, "finishedAt")
    code = state.text("exitCode")
    if reason and reason.text() not in _FINE:
        ended = f"{reason.text()} exit code {code}" if code.isdecimal() and code != "0" else reason.text()
        yield _said(pod, state.at("exitCode") if reason.text() == "Error" and code else reason, ended, at)
    if message:
        yield _said(pod, message, message.text(), at)


def _of_conditions(cluster: Cluster) -> Iterator[_Message]:
    """Conditions say in a dump what only events say in the texts of kubectl."""
    for item in cluster.of("Pod", "ReplicaSet", "Deployment", "StatefulSet", "Job", "Namespace"):
        for condition in item.tree.items("status", "conditions"):
            bad = "True" if condition.text("type") in _HOLDING else "False"
            message = condition.at("message")
            if message and condition.text("status") == bad:
                at = moment_of(condition, "lastTransitionTime")
                yield _said(item, message, f"{condition.text('reason')} {message.text()}", at)


def _said(item: Resource, where: Tree, text: str, at: datetime | None = None) -> _Message:
    return _Message(item.content, where.line, text, item.app, item.namespace, first=at, last=at)
