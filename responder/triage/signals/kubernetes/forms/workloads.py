"""Pods, workloads, services and nodes of `kubectl describe` as the API writes them."""

from collections.abc import Sequence

from responder.patterns import lazy
from responder.triage.signals.kubernetes.forms.pods import conditions_of, labels_of, pod_spec, pod_status
from responder.triage.signals.kubernetes.forms.sections import Parts, Section, find, leaf_of, told
from responder.triage.signals.trees import MISSING, Tree, branch, leaf, listed

__all__ = ["endpoints_parts", "node_parts", "pod_parts", "service_parts", "slice_parts", "workload_parts"]

_COUNTS = lazy(r"(\d+) (desired|updated|total|available|unavailable|current)")


def pod_parts(outer: Sequence[Section]) -> Parts:
    """A pod."""
    return {"spec": pod_spec(outer), "status": pod_status(outer)}


def workload_parts(outer: Sequence[Section]) -> Parts:
    """A deployment, a stateful or daemon set, a replica set, a job."""
    template = find(outer, "Pod Template")
    replicas = find(outer, "Replicas") or find(outer, "Desired Number of Nodes Scheduled")
    wanted, status = _replicas(replicas)
    inner = template.inner if template else []
    made = branch(
        template.line if template else outer[0].line,
        {
            "metadata": branch(outer[0].line, {"labels": labels_of(find(inner, "Labels"))}),
            "spec": pod_spec(inner) if inner else None,
        },
    )
    selector = find(outer, "Selector")
    return {
        "spec": branch(
            outer[0].line,
            {
                "replicas": wanted or None,
                "selector": branch(selector.line, {"matchLabels": labels_of(selector)}) if selector else None,
                "template": made,
            },
        ),
        "status": branch(
            replicas.line if replicas else outer[0].line,
            {**status, "conditions": conditions_of(find(outer, "Conditions"))},
        ),
    }


def _replicas(section: Section | None) -> tuple[Tree, dict[str, Tree | None]]:
    if section is None:
        return MISSING, {}
    counts = {what: leaf(number, section.line) for number, what in _COUNTS.findall(section.value)}
    if not counts:
        return leaf_of(section), {}
    return counts.get("desired", MISSING), {
        "replicas": counts.get("total") or counts.get("current"),
        "availableReplicas": counts.get("available"),
        "unavailableReplicas": counts.get("unavailable"),
    }


def service_parts(outer: Sequence[Section]) -> Parts:
    """A service: whom it selects, and each of its ports with what stands behind it."""
    ports: list[dict[str, Tree | None]] = []
    for section in outer:
        if section.key == "Port":
            words = section.value.split()
            number, _, protocol = (words[-1] if words else "").partition("/")
            name = words[0] if len(words) > 1 else ""
            ports.append(
                {
                    "name": leaf(told(name), section.line),
                    "port": leaf(number, section.line),
                    "protocol": leaf(protocol, section.line),
                }
            )
        elif section.key == "TargetPort" and ports:
            ports[-1]["targetPort"] = leaf(section.value.partition("/")[0], section.line)
        elif section.key == "Endpoints" and ports:
            ports[-1]["endpoints"] = leaf(told(section.value), section.line)
    first = outer[0].line
    return {
        "spec": branch(
            first,
            {
                "type": leaf_of(find(outer, "Type")) or None,
                "clusterIP": leaf_of(find(outer, "IP")) or None,
                "selector": labels_of(find(outer, "Selector")),
                "ports": listed(first, [branch(port["port"].line if port["port"] else first, port) for port in ports]),
            },
        )
    }


def endpoints_parts(outer: Sequence[Section]) -> Parts:
    """The addresses behind a service."""
    subsets = find(outer, "Subsets")
    if subsets is None:
        return {}
    ready, late = subsets.get("Addresses"), subsets.get("NotReadyAddresses")
    return {
        "subsets": listed(
            subsets.line, [branch(subsets.line, {"addresses": _ips(ready), "notReadyAddresses": _ips(late)})]
        )
    }


def _ips(section: Section | None) -> Tree | None:
    if section is None or not told(section.value):
        return None
    ips = [branch(section.line, {"ip": leaf(ip.strip(), section.line)}) for ip in section.value.split(",")]
    return listed(section.line, ips)


def slice_parts(outer: Sequence[Section]) -> Parts:
    """A part of the addresses behind a service, each with its state."""
    section = find(outer, "Endpoints")
    ends = []
    for end in section.inner if section else ():
        if end.key != "- Addresses":
            continue
        conditions = end.get("Conditions")
        ready = leaf_of(conditions.get("Ready")) if conditions else MISSING
        addresses = [leaf(text.strip(), end.line) for text in told(end.value).split(",")]
        state = branch(end.line, {"ready": ready or None})
        ends.append(branch(end.line, {"addresses": listed(end.line, addresses), "conditions": state}))
    return {"endpoints": listed(section.line if section else outer[0].line, ends)}


def node_parts(outer: Sequence[Section]) -> Parts:
    """A node: taints, conditions, and how much it has to give."""
    taints, unschedulable = find(outer, "Taints"), find(outer, "Unschedulable")
    amounts = {"capacity": find(outer, "Capacity"), "allocatable": find(outer, "Allocatable")}
    return {
        "spec": branch(
            outer[0].line,
            {
                "taints": listed(taints.line, [_taint(*item) for item in taints.values()]) if taints else None,
                "unschedulable": leaf_of(unschedulable) or None,
            },
        ),
        "status": branch(
            outer[0].line,
            {
                "conditions": conditions_of(find(outer, "Conditions")),
                **{k: Tree({s.key: leaf_of(s) for s in a.inner}, a.line) if a else None for k, a in amounts.items()},
                "allocated": _allocated(find(outer, "Allocated resources")),
            },
        ),
    }


def _taint(line: int, text: str) -> Tree:
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    return branch(line, {"key": leaf(key, line), "value": leaf(value, line), "effect": leaf(effect, line)})


def _allocated(section: Section | None) -> Tree | None:
    """What the pods of a node ask for; the API has no such field, but a person reads it first."""
    if section is None:
        return None
    rows = [(row, row.text.split()) for row in section.inner]
    return Tree({cells[0]: leaf(cells[1], row.line) for row, cells in rows if len(cells) >= 3}, section.line)
