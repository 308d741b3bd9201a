"""What `kubectl describe` prints, as the objects of the API that it was made from."""

import re
from collections.abc import Callable, Iterator, Sequence

from responder.patterns import lazy
from responder.triage.signals.kubernetes.forms import policies, traffic, workloads
from responder.triage.signals.kubernetes.forms.pods import labels_of
from responder.triage.signals.kubernetes.forms.sections import Parts, Section, find, leaf_of, objects_in, sections_of
from responder.triage.signals.trees import Tree, branch, leaf, listed

__all__ = ["described_objects"]

_KINDS = (
    ("Pod", ("QoS Class", "Node-Selectors")),
    ("CronJob", ("Concurrency Policy",)),
    ("Job", ("Parallelism", "Completions")),
    ("StatefulSet", ("Update Strategy",)),
    ("DaemonSet", ("Desired Number of Nodes Scheduled",)),
    ("Deployment", ("StrategyType",)),
    ("Service", ("TargetPort", "Session Affinity", "IP Family Policy")),
    ("Endpoints", ("Subsets",)),
    ("EndpointSlice", ("AddressType",)),
    ("Node", ("Allocatable", "Unschedulable")),
    ("PersistentVolumeClaim", ("Used By",)),
    ("PersistentVolume", ("Reclaim Policy", "Source")),
    ("StorageClass", ("Provisioner",)),
    ("HorizontalPodAutoscaler", ("Reference", "Min replicas")),
    ("PodDisruptionBudget", ("Allowed disruptions", "Min available", "Max unavailable")),
    ("Ingress", ("Ingress Class", "Default backend", "Rules")),
    ("ServiceAccount", ("Image pull secrets", "Mountable secrets")),
    ("NetworkPolicy", ("Spec",)),
    ("ReplicaSet", ("Pod Template",)),
    ("ConfigMap", ("BinaryData",)),
    ("Secret", ("Type",)),
)
"""By which field a described object is known; the first that fits wins."""
_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"})
_QUOTA, _LIMITS = lazy(r"Resource\s+Used\s+Hard"), lazy(r"Type\s+Resource\s+Min\s+Max")
_TIMES = lazy(r"^(?P<age>\S+?)(?: \(x(?P<count>\d{1,7}) over \S+\))?$")


def described_objects(lines: Sequence[str]) -> Iterator[Tree]:
    """Every object of a text, and every event below one."""
    for first, part in objects_in(lines):
        outer = sections_of(first, part)
        kind = _kind_of(outer)
        name, space = leaf_of(outer[0]), leaf_of(find(outer, "Namespace"))
        if not kind:
            continue
        build = _BUILDERS.get(kind, _plain)
        made = build(outer)
        meta = branch(
            outer[0].line,
            {
                "name": name,
                "namespace": space or None,
                "labels": labels_of(find(outer, "Labels")),
                "annotations": _annotations(find(outer, "Annotations")),
                "creationTimestamp": leaf_of(find(outer, "CreationTimestamp")) or None,
                "ownerReferences": _owners(find(outer, "Controlled By")),
            },
        )
        yield branch(first, {"kind": leaf(kind, first), "metadata": meta, **made})
        yield from _events(kind, name.text(), space, find(outer, "Events"))


def _kind_of(outer: Sequence[Section]) -> str:
    keys = {section.key for section in outer}
    for section in outer:
        if _QUOTA.match(section.text):
            return "ResourceQuota"
        if _LIMITS.match(section.text):
            return "LimitRange"
    return next((kind for kind, marks in _KINDS if not keys.isdisjoint(marks)), "")


def _annotations(section: Section | None) -> Tree | None:
    if section is None:
        return None
    found = {}
    for line, text in section.values():
        key, _, value = text.partition(": ")
        found[key] = leaf(value, line)
    return Tree(found, section.line)


def _owners(section: Section | None) -> Tree | None:
    if section is None or "/" not in section.value:
        return None
    kind, _, name = section.value.partition("/")
    owner = branch(section.line, {"kind": leaf(kind, section.line), "name": leaf(name, section.line)})
    return listed(section.line, [owner])


def _events(kind: str, name: str, space: Tree, section: Section | None) -> Iterator[Tree]:
    for row in section.inner if section else ():
        cells = re.split(r"\s{2,}", row.text, maxsplit=4)
        if len(cells) < 5 or cells[0] not in ("Normal", "Warning"):
            continue
        times = _TIMES.match(cells[2])
        about = branch(
            row.line, {"kind": leaf(kind, row.line), "name": leaf(name, row.line), "namespace": space or None}
        )
        yield branch(
            row.line,
            {
                "kind": leaf("Event", row.line),
                "metadata": branch(row.line, {"namespace": space or None}),
                "type": leaf(cells[0], row.line),
                "reason": leaf(cells[1], row.line),
                "count": leaf((times and times["count"]) or "1", row.line),
                "reportingComponent": leaf(cells[3], row.line),
                "message": leaf(cells[4], row.line),
                "involvedObject": about,
            },
        )


def _plain(outer: Sequence[Section]) -> Parts:
    return {}


_BUILDERS: dict[str, Callable[[Sequence[Section]], Parts]] = {
    "Pod": workloads.pod_parts,
    "Service": workloads.service_parts,
    "Endpoints": workloads.endpoints_parts,
    "EndpointSlice": workloads.slice_parts,
    "Node": workloads.node_parts,
    "PersistentVolumeClaim": policies.claim_parts,
    "PersistentVolume": policies.volume_parts,
    "StorageClass": policies.class_parts,
    "ResourceQuota": policies.quota_parts,
    "LimitRange": policies.limits_parts,
    "ServiceAccount": policies.account_parts,
    "HorizontalPodAutoscaler": policies.scaler_parts,
    "PodDisruptionBudget": policies.budget_parts,
    "CronJob": policies.schedule_parts,
    "NetworkPolicy": traffic.policy_parts,
    "ConfigMap": policies.data_parts,
    **dict.fromkeys(_WORKLOADS, workloads.workload_parts),
}
