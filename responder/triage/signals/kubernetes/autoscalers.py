"""Autoscalers that cannot measure, that scale what is not there, or that may go no higher."""

from collections.abc import Iterator
from typing import NamedTuple

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import spec_of, unready
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import MISSING, Tree

__all__ = ["findings_of_autoscalers"]

_EXPLAINS = (
    "kubernetes.*",
    "k8s.*",
    "network.*",
    "dependency.*",
    "http.*",
    "cluster.probe-failed",
    "cluster.autoscaler-*",
)
_GONE, _BLIND, _AT_ITS_END, _SOURCE_DOWN = 0.8, 0.7, 0.75, 0.93
_METRICS = "metrics-server"
"""Who measures what pods use, in almost every cluster."""
_TOLERATED = 1.1
"""An autoscaler adds no replica for less than a tenth more than it aims at."""
_SHORT = {"cpu": Category.CPU, "memory": Category.MEMORY}
"""What runs short when more replicas are wanted than allowed, by the resource that is measured."""


def findings_of_autoscalers(cluster: Cluster) -> Iterator[Finding]:
    """What keeps autoscalers from giving a workload what it needs."""
    for item in cluster.of("HorizontalPodAutoscaler"):
        target = item.tree.at("spec", "scaleTargetRef")
        kind, name = target.text("kind"), target.text("name") or item.name
        if target and cluster.lists(kind, item.namespace) and not cluster.find(kind, name, item.namespace):
            said = f"The autoscaler {item.name} scales {name}, which does not exist"
            yield _finding(item, target.at("name"), Category.CONFIGURATION_MISMATCH, name, said, _GONE)
            continue
        for condition in item.tree.items("status", "conditions"):
            yield from _unable(cluster, item, name, condition)
        yield from _at_its_end(item, name)


def _unable(cluster: Cluster, item: Resource, name: str, condition: Tree) -> Iterator[Finding]:
    kind, status, reason = (condition.text(key) for key in ("type", "status", "reason"))
    if kind in ("ScalingActive", "AbleToScale") and status == "False" and reason not in ("ScalingDisabled", ""):
        unset = _requests_nothing(cluster, item)
        source = None if unset else unready(cluster).get(_METRICS)
        if source is not None:
            said = f"{_METRICS} is not ready, so the autoscaler of {name} gets no metrics"
            yield _finding(source[0], source[1], Category.DEPENDENCY_UNAVAILABLE, _METRICS, said, _SOURCE_DOWN)
            return
        category = Category.CONFIGURATION_MISSING if unset else Category.DEPENDENCY_UNAVAILABLE
        why = "its pods request nothing to measure against" if unset else "it gets no metrics"
        said = f"The autoscaler of {name} cannot scale: {why}"
        yield _finding(item, condition.at("message") or condition, category, name, said, _BLIND)


def _at_its_end(item: Resource, name: str) -> Iterator[Finding]:
    """Whether all replicas that are allowed are there, and the load asks for more."""
    most, there = item.tree.whole("spec", "maxReplicas"), item.tree.whole("status", "currentReplicas")
    load = _load(item)
    wanting = next((c for c in item.tree.items("status", "conditions") if _wants_more(c)), MISSING)
    if most is None or there is None or there < most or not (wanting or load.asks_for_more):
        return
    where = wanting.at("message") or load.where or item.tree.at("status", "currentReplicas")
    said = f"The autoscaler of {name} may not go beyond {most} replicas, and the load asks for more{load.told}"
    yield _finding(item, where, _SHORT.get(load.resource, Category.QUOTA), name, said, _AT_ITS_END)


def _wants_more(condition: Tree) -> bool:
    limited = condition.text("type") == "ScalingLimited" and condition.text("status") == "True"
    return limited and condition.text("reason") == "TooManyReplicas"


class _Load(NamedTuple):
    """What is measured, against what is aimed at."""

    resource: str = ""
    asks_for_more: bool = False
    told: str = ""
    where: Tree = MISSING


def _load(item: Resource) -> _Load:
    """The measure that is farthest above its aim."""
    aims = {m.text("name"): m for metric in item.tree.items("spec", "metrics") if (m := metric.at("resource"))}
    found = []
    for metric in item.tree.items("status", "currentMetrics"):
        now = metric.at("resource")
        name, stands = now.text("name"), now.whole("current", "averageUtilization")
        aim = aims[name].whole("target", "averageUtilization") if name in aims else None
        if stands is not None and aim:
            told = f": {name} at {stands}% where {aim}% is aimed at"
            load = _Load(name, stands > _TOLERATED * aim, told, now.at("current", "averageUtilization"))
            found.append((stands / aim, load))
    return max(found, key=lambda pair: pair[0], default=(0.0, _Load()))[1]


def _requests_nothing(cluster: Cluster, scaler: Resource) -> bool:
    target = scaler.tree.at("spec", "scaleTargetRef")
    item = cluster.find(target.text("kind"), target.text("name"), scaler.namespace)
    if item is None:
        return False
    containers = spec_of(item).items("containers")
    return bool(containers) and not all(container.at("resources", "requests") for container in containers)


def _finding(item: Resource, where: Tree, category: Category, component: str, said: str, salience: float) -> Finding:
    return trouble(
        item.content,
        where.line,
        rule="autoscaler",
        category=category,
        component=component,
        summary=said,
        next_check="kubectl describe horizontalpodautoscaler; kubectl top pods",
        remedy="Give the autoscaler what it measures by, or more replicas than it may have now",
        salience=salience,
        explains=_EXPLAINS,
    )
