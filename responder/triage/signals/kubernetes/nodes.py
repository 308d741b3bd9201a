"""The state of nodes: conditions, and the units that systemd runs on them."""

from collections.abc import Iterator
from datetime import datetime

from responder.incident import Category, ComponentKind
from responder.patterns import lazy
from responder.triage.interface import Finding
from responder.triage.signals.content import Content
from responder.triage.signals.kubernetes.moments import moment_of
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble

__all__ = ["all_nodes_ready", "findings_of_nodes", "findings_of_units", "lost_nodes"]

_PRESSURES = {
    "MemoryPressure": Category.MEMORY,
    "DiskPressure": Category.DISK,
    "PIDPressure": Category.THREADS,
    "NetworkUnavailable": Category.CONNECTIVITY,
}
_CHECK = "kubectl describe node; systemctl status kubelet containerd on the node"
_STOPPED = lazy(r"^\s+Active:\s+(?P<state>inactive|failed|activating|deactivating)\b")
_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dependency.*", "cluster.*", "deployment.*", "infrastructure.*")


def findings_of_nodes(cluster: Cluster) -> Iterator[Finding]:
    """Nodes that are not ready, or short of something."""
    for item in cluster.of("Node"):
        for condition in item.tree.items("status", "conditions"):
            name, status = condition.text("type"), condition.text("status")
            ready = name == "Ready"
            if status != "True" if ready else name in _PRESSURES and status == "True":
                category = Category.NODE if ready else _PRESSURES[name]
                # A dump writes a condition over several lines, and not always in the same order.
                line = condition.at("status").line if item.source == "dump" else condition.line
                at = moment_of(condition, "lastTransitionTime")
                yield _finding(item.content, line, item.name, category, f"{name}={status}", at)


def all_nodes_ready(cluster: Cluster) -> bool:
    """Whether the nodes are known, and each of them says that it is ready."""
    nodes = cluster.of("Node")
    states = [state for node in nodes for state in _readiness(node)]
    return bool(nodes) and len(states) >= len(nodes) and set(states) == {"True"}


def lost_nodes(cluster: Cluster) -> frozenset[str]:
    """The nodes that say, or of which it is said, that they are not ready: what ran there is not ready either."""
    return frozenset(node.name for node in cluster.of("Node") if set(_readiness(node)) - {"True"})


def _readiness(node: Resource) -> list[str]:
    conditions = node.tree.items("status", "conditions")
    return [condition.text("status") for condition in conditions if condition.text("type") == "Ready"]


def findings_of_units(content: Content) -> Iterator[Finding]:
    """Units of a node that systemd has not running, in a text that names unit and node above each status."""
    unit = node = ""
    for number, raw in enumerate(content.lines, 1):
        text = raw[:400].decode(errors="replace")
        if text.startswith("Service:"):
            unit = text.partition(":")[2].strip()
        elif text.startswith("Node:"):
            node = text.partition(":")[2].strip()
        elif node and (match := _STOPPED.match(text)):
            plane = (unit.startswith("kube-") and unit != "kube-proxy") or unit == "etcd"
            category = Category.CONTROL_PLANE if plane else Category.NODE
            yield _finding(content, number, node, category, f"{unit} is {match['state']}")


def _finding(
    content: Content, line: int, node: str, category: Category, state: str, at: datetime | None = None
) -> Finding:
    return trouble(
        content,
        line,
        rule="node",
        category=category,
        component=node,
        kind=ComponentKind.NODE,
        summary=f"Node {node}: {state}",
        next_check=_CHECK,
        remedy="Bring the node's services back, or drain it and replace it",
        salience=1.0,
        explains=_EXPLAINS,
        first=at,
    )
