"""Disruption budgets that let no pod go, and the drains that wait for them in vain."""

from collections.abc import Iterator

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.selection import Selection
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["findings_of_budgets"]

_WAITED_FOR, _UNASKED = 0.9, 0.25
"""While nobody drains a node, a budget that lets nothing go hurts nobody."""


def findings_of_budgets(cluster: Cluster) -> Iterator[Finding]:
    """Budgets that forbid every eviction although all their pods are well: no waiting will change that."""
    cordoned = {node.name for node in cluster.of("Node") if node.tree.text("spec", "unschedulable") == "true"}
    selection = Selection(cluster)
    for item in cluster.of("PodDisruptionBudget"):
        where = item.tree.at("status", "disruptionsAllowed") or item.tree.at("row", "ALLOWED DISRUPTIONS")
        if where.text() != "0" or not _all_well(item):
            continue
        selector = item.tree.at("spec", "selector")
        pods = selection.picked(selector, item.namespace) if selector else []
        stuck = sorted({name for pod in pods if (name := pod.tree.text("spec", "nodeName")) in cordoned})
        app = pods[0].app if pods else item.name
        wish = _wish(item)
        said = f"The disruption budget {item.name} ({wish.text()}) lets none of the pods of {app} go"
        yield trouble(
            item.content,
            wish.line or where.line,
            rule="budget",
            category=Category.DEPLOYMENT_SCHEDULING,
            component=app,
            summary=f"{said}, so {stuck[0]} cannot be drained" if stuck else said,
            next_check="kubectl get poddisruptionbudgets: compare what must stay with how many replicas there are",
            remedy="Give the workload one replica more than the budget demands, or let the budget spare one pod",
            salience=_WAITED_FOR if stuck else _UNASKED,
            explains=("kubernetes.*", "kubectl.*", "cluster.eviction-refused"),
        )


def _all_well(item: Resource) -> bool:
    """Whether there are pods, and none of them is missing; otherwise that is the reason why none may go."""
    healthy, expected = item.tree.whole("status", "currentHealthy"), item.tree.whole("status", "expectedPods")
    return item.source == "row" or bool(expected and healthy is not None and healthy >= expected)


def _wish(item: Resource) -> Tree:
    """What the budget demands, as a sentence has it."""
    for key, words in (("minAvailable", "minAvailable {0}"), ("maxUnavailable", "maxUnavailable {0}")):
        column = {"minAvailable": "MIN AVAILABLE", "maxUnavailable": "MAX UNAVAILABLE"}[key]
        found = item.tree.at("spec", key) or item.tree.at("row", column)
        if found and found.text() != "N/A":
            return Tree(words.format(found.text()), found.line)
    return Tree("no wish", 0)
