"""What Kubernetes itself says is wrong: warnings of events, conditions and the status of pods."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from responder.incident import ComponentKind
from responder.triage.interface import Finding
from responder.triage.signals.content import Content
from responder.triage.signals.kubernetes.objects import Cluster, Row, app_of
from responder.triage.signals.kubernetes.rules import Rule, packaged
from responder.triage.signals.kubernetes.trouble import trouble

__all__ = ["findings_of_messages", "unready_apps"]

_TIMES = re.compile(r"\(x(\d{1,7}) over")
_STATE = re.compile(r"^\s+(?:Reason|Message):\s+\S")
_FINE = frozenset({"Running", "Completed", "Succeeded"})
_PASSING = 0.25


@dataclass(frozen=True, slots=True)
class _Message:
    content: Content
    line: int
    text: str
    app: str
    namespace: str
    count: int


def unready_apps(cluster: Cluster) -> frozenset[str]:
    """The workloads of which fewer pods are ready than wanted."""
    rows = cluster.having("NAME", "READY", "STATUS")
    pods = {
        app_of(row["NAME"]) for row in rows if not _is_ready(row) and row["STATUS"] not in ("Completed", "Succeeded")
    }
    wanted = {app_of(row["NAME"]) for row in cluster.having("NAME", "READY", "AVAILABLE") if not _is_ready(row)}
    return frozenset(pods | wanted)


def findings_of_messages(cluster: Cluster) -> Iterator[Finding]:
    """The first message of each kind about each workload, with how often it was said."""
    unready = unready_apps(cluster)
    said: dict[tuple[str, str, str], list[_Message]] = defaultdict(list)
    rules = {rule.id: rule for rule in packaged()}
    for message in (*_of_descriptions(cluster), *_of_events(cluster), *_of_pods(cluster)):
        rule = next((rule for rule in packaged() if rule.match.search(message.text[:4000])), None)
        if rule is not None:
            said[rule.id, message.app, message.namespace].append(message)
    for (name, app, _), messages in said.items():
        yield _finding(rules[name], app, messages, app in unready)


def _finding(rule: Rule, app: str, messages: list[_Message], unready: bool) -> Finding:
    message = max(messages, key=lambda message: message.count)
    active = unready if not rule.lasting else unready or message.count >= rule.repeated
    count = max(message.count, len({message.text for message in messages}))
    spaced = rule.about == "namespace" and message.namespace
    return trouble(
        message.content,
        message.line,
        rule=rule.id,
        category=rule.category,
        component=message.namespace if spaced else app,
        kind=ComponentKind.NAMESPACE if spaced else None,
        summary=rule.summary,
        next_check=rule.next_check,
        remedy=rule.remedy,
        salience=rule.salience if active else _PASSING,
        role=rule.role if active else "context",
        count=count,
        explains=("kubernetes.*", "k8s.*", "cluster.crash-loop", "network.*"),
    )


def _is_ready(row: Row) -> bool:
    ready, _, wanted = row["READY"].partition("/")
    return ready == wanted


def _of_events(cluster: Cluster) -> Iterator[_Message]:
    spaces = {item.namespace for item in cluster.objects if item.namespace}
    only = min(spaces) if len(spaces) == 1 else ""
    pods = {row["NAME"] for row in cluster.having("NAME", "READY", "STATUS", "RESTARTS")}
    for row in cluster.having("REASON", "OBJECT", "MESSAGE"):
        kind, _, name = row["OBJECT"].partition("/")
        gone = kind == "pod" and bool(pods) and name not in pods
        if row["TYPE"] != "Normal" and not gone:
            text = f"{row['REASON']} {row['MESSAGE']}"
            space = row["NAMESPACE"] or only
            yield _Message(row.content, row.line, text, app_of(row["OBJECT"]), space, _count(row["COUNT"]))


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 8 else 1


def _of_descriptions(cluster: Cluster) -> Iterator[_Message]:
    for item in cluster.objects:
        if item.kind == "node":
            continue
        app = app_of(item.name)
        if item.kind == "claim":
            app = app_of(item.value("Used By")) if item.value("Used By") else item.name
        for at, text in enumerate(item.texts):
            words = text.split(None, 1)
            failing = words[:1] == ["Warning"] or "FailedBinding" in text or _STATE.match(text)
            if failing:
                times = _TIMES.search(text[:400])
                count = int(times[1]) if times else 1
                yield _Message(item.content, item.first + at, text, app, item.namespace, count)


def _of_pods(cluster: Cluster) -> Iterator[_Message]:
    for row in cluster.having("NAME", "READY", "STATUS", "RESTARTS"):
        if row["STATUS"] not in _FINE:
            yield _Message(row.content, row.line, row["STATUS"], app_of(row["NAME"]), row["NAMESPACE"], 1)
