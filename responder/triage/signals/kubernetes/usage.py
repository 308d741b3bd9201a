"""What pods and nodes use, as `kubectl top` tells, against what they may use.

A container at its CPU limit is not killed but held back, so nothing in its state says so. It matters where something
waits for its answer; a worker that always takes all it may have is no trouble.
"""

from collections.abc import Iterator, Mapping

from responder.incident import Category, ComponentKind
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import amount, containers_of, spec_of, unready_apps
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.probes import slow_to_probes
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["findings_of_usage"]

_AT_LIMIT = 0.9
"""Share of a limit: an average over the half minute of a measurement hides that the rest was asked for too."""
_FULL_PERCENT = 95
_WAITED_FOR, _BUSY = 0.95, 0.5
_EXPLAINS = ("cluster.probe-failed", "cluster.not-ready", "kubernetes.*", "http.*", "network.*", "dependency.*")
_NODE_COLUMNS: Mapping[str, Category] = {"CPU%": Category.CPU, "MEMORY%": Category.MEMORY}


def findings_of_usage(cluster: Cluster) -> Iterator[Finding]:
    """Workloads that are held back at their CPU limit, and nodes that have nothing left to give."""
    waited_for = slow_to_probes(cluster) | unready_apps(cluster)
    seen: set[str] = set()
    for item in cluster.of("PodMetrics"):
        pod = cluster.find("Pod", item.name, item.namespace)
        used, limit = _used(item), _limit(pod) if pod is not None else None
        if pod is None or not limit or used is None or pod.app in seen:
            continue
        cores, where = used
        if cores >= _AT_LIMIT * limit:
            seen.add(pod.app)
            waited = pod.app in waited_for
            said = f"{pod.app} uses {1000 * cores:.0f}m of CPU, and its limit is {1000 * limit:.0f}m: it is held back"
            yield _finding(item, where, pod.app, Category.CPU, said, waited=waited)
    for item in cluster.of("NodeMetrics"):
        for column, category in _NODE_COLUMNS.items():
            where = item.tree.at("row", column)
            share = where.text().removesuffix("%")
            if share.isdecimal() and len(share) < 6 and int(share) >= _FULL_PERCENT:
                said = f"Node {item.name} uses {share}% of its {column.removesuffix('%')}"
                yield _finding(item, where, item.name, category, said, kind=ComponentKind.NODE)


def _used(item: Resource) -> tuple[float, Tree] | None:
    """The cores that a pod uses, with the value that says most of it."""
    usages = [container.at("usage", "cpu") for container in item.tree.items("containers")]
    usages = usages or [item.tree.at("row", "CPU(cores)")]
    amounts = [(cores, tree) for tree in usages if (cores := amount(tree.text())) is not None]
    if not amounts:
        return None
    return sum(cores for cores, _ in amounts), max(amounts, key=lambda pair: pair[0])[1]


def _limit(pod: Resource) -> float | None:
    """The cores that a pod may use; None while one of its containers has no limit."""
    limits = [amount(c.text("resources", "limits", "cpu")) for c in containers_of(spec_of(pod))]
    known = [limit for limit in limits if limit]
    return sum(known) if known and len(known) == len(limits) else None


def _finding(
    item: Resource,
    where: Tree,
    component: str,
    category: Category,
    said: str,
    *,
    waited: bool = False,
    kind: ComponentKind | None = None,
) -> Finding:
    return trouble(
        item.content,
        where.line,
        rule="used-up",
        category=category,
        component=component,
        kind=kind,
        summary=said,
        next_check="rate of container_cpu_cfs_throttled_periods_total against container_cpu_cfs_periods_total",
        remedy="Raise or remove the CPU limit, add replicas, or find what the time is spent on",
        salience=_WAITED_FOR if waited else _BUSY,
        role="cause" if waited else "symptom",
        explains=_EXPLAINS,
    )
