"""Why no node takes a pod, and why no volume takes a claim: the wish compared with everything that is on offer.

The scheduler says that nothing fits. Which line of the manifest asks for what nobody has, only the comparison tells.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import (
    amount,
    containers_of,
    labels_of,
    matches,
    spec_of,
    users_of_claims,
)
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import MISSING, Tree

__all__ = ["findings_of_placement"]

_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dependency.*", "cluster.*")
_REPELLING = frozenset({"NoSchedule", "NoExecute"})
_SALIENCE = 0.965


class _Reason(NamedTuple):
    where: Tree
    said: str


def findings_of_placement(cluster: Cluster) -> Iterator[Finding]:
    """One finding for each workload that waits for a node, and for each claim that waits for a volume."""
    nodes = [node for node in cluster.of("Node") if node.source != "row"]
    seen: set[str] = set()
    for pod in cluster.of("Pod"):
        if nodes and pod.app not in seen and _waits(pod) and (reason := _no_node(pod, nodes)) is not None:
            seen.add(pod.app)
            yield _finding(pod, reason, Category.DEPLOYMENT_SCHEDULING, pod.app, "placement")
    volumes = [volume for volume in cluster.of("PersistentVolume") if volume.source != "row"]
    users = users_of_claims(cluster)
    for claim in cluster.of("PersistentVolumeClaim"):
        wish = _wish(cluster, claim)
        if volumes and claim.tree.text("status", "phase") == "Pending" and (found := _no_volume(wish, volumes)):
            app = users.get(claim.name, claim.name)
            yield _finding(wish, found, Category.STORAGE, app, "volume-fit")


def _waits(pod: Resource) -> bool:
    return pod.tree.text("status", "phase") == "Pending" and not pod.tree.text("spec", "nodeName")


def _no_node(pod: Resource, nodes: Sequence[Resource]) -> _Reason | None:
    """The wish that no node at all can meet; the wishes are looked at in the order in which people get them wrong."""
    spec = spec_of(pod)
    selector = spec.at("nodeSelector")
    if selector and not any(selector.pairs().items() <= labels_of(node).items() for node in nodes):
        shown = ", ".join(f"{key}={value}" for key, value in sorted(selector.pairs().items()))
        return _Reason(selector, f"{pod.app} asks for nodes labelled {shown}, and none of {len(nodes)} is")
    for resource in ("cpu", "memory"):
        asked, where = _requested(spec, resource)
        most = max((amount(node.tree.text("status", "allocatable", resource)) or 0.0 for node in nodes), default=0.0)
        if most and asked > most:
            said = f"{pod.app} requests {where.text()} of {resource}, more than any node has"
            return _Reason(where, said)
    affinity = spec.at("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = affinity.items("nodeSelectorTerms")
    if terms and not any(matches(term, labels_of(node)) for node in nodes for term in terms):
        return _Reason(affinity, f"The node affinity that {pod.app} requires fits none of {len(nodes)} nodes")
    tolerations = spec.items("tolerations")
    if pod.source != "row" and spec.items("containers") and all(_repels(node, tolerations) for node in nodes):
        tainted = next((node for node in nodes if not node.tree.text("spec", "unschedulable")), None)
        if tainted is not None:
            where = spec.at("tolerations") or pod.tree.at("metadata", "name")
            return _Reason(where, f"{pod.app} tolerates the taints of none of {len(nodes)} nodes")
    return None


def _requested(spec: Tree, resource: str) -> tuple[float, Tree]:
    """The sum over the containers of a pod, and the largest part of it."""
    asked = [container.at("resources", "requests", resource) for container in containers_of(spec)]
    amounts = [(amount(tree.text()) or 0.0, tree) for tree in asked if tree]
    largest = max(amounts, key=lambda item: item[0], default=(0.0, MISSING))
    return sum(number for number, _ in amounts), largest[1]


def _repels(node: Resource, tolerations: Sequence[Tree]) -> bool:
    return any(
        taint.text("effect") in _REPELLING and not any(_tolerates(toleration, taint) for toleration in tolerations)
        for taint in node.tree.items("spec", "taints")
    )


def _tolerates(toleration: Tree, taint: Tree) -> bool:
    if toleration.text("effect") not in ("", taint.text("effect")):
        return False
    exists = toleration.text("operator") == "Exists"
    key = toleration.text("key")
    if not key:
        return exists
    return key == taint.text("key") and (exists or toleration.text("value") == taint.text("value"))


def _wish(cluster: Cluster, claim: Resource) -> Resource:
    """The copy of a claim that says what it asks for; kubectl describes it without size and selector."""
    copies = [item for item in cluster.every("PersistentVolumeClaim") if item.name == claim.name]
    return next((item for item in copies if item.tree.at("spec", "resources")), claim)


def _no_volume(claim: Resource, volumes: Sequence[Resource]) -> _Reason | None:
    """The wish that none of the volumes that are free can meet; a class with a provisioner makes its own."""
    spec = claim.tree.at("spec")
    name = spec.text("storageClassName")
    same = [volume for volume in volumes if volume.tree.text("spec", "storageClassName") == name]
    if not same:
        where = spec.at("storageClassName")
        return _Reason(where, f"No volume is of the class {name} that the claim {claim.name} names") if where else None
    free = [volume for volume in same if volume.tree.text("status", "phase") in ("Available", "")]
    if not free:
        where = claim.tree.at("metadata", "name")
        return _Reason(where, f"Every volume that the claim {claim.name} could have is bound to another claim")
    modes = {mode.text() for mode in spec.items("accessModes")}
    if modes and not any(modes <= {m.text() for m in volume.tree.items("spec", "accessModes")} for volume in free):
        return _Reason(spec.at("accessModes"), f"No free volume offers the access mode {', '.join(sorted(modes))}")
    size = spec.at("resources", "requests", "storage")
    asked = amount(size.text())
    sizes = [amount(volume.tree.text("spec", "capacity", "storage")) or 0.0 for volume in free]
    if asked and asked > max(sizes):
        return _Reason(size, f"The claim {claim.name} asks for {size.text()}, more than any free volume has")
    selector = spec.at("selector")
    if selector and not any(matches(selector, labels_of(volume)) for volume in free):
        return _Reason(selector, f"The selector of the claim {claim.name} matches no free volume")
    return None


def _finding(item: Resource, reason: _Reason, category: Category, app: str, rule: str) -> Finding:
    return trouble(
        item.content,
        reason.where.line,
        rule=rule,
        category=category,
        component=app,
        summary=reason.said,
        next_check="Compare this line with what the nodes and volumes of the cluster offer",
        remedy="Ask for what the cluster has, or add what is asked for",
        salience=_SALIENCE,
        explains=_EXPLAINS,
    )
