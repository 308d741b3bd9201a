"""The cluster's own parts, when they fail: DNS, the control plane, the network of the nodes, what admits and measures.

What they fail at shows in every workload, so their trouble stands above the workloads' own.
"""

from collections.abc import Iterator

from responder.incident import Category, ComponentKind
from responder.patterns import lazy
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import is_done, is_ready, statuses_of
from responder.triage.signals.kubernetes.nodes import lost_nodes
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["findings_of_system"]

_PARTS = (
    (lazy(r"^(?:coredns|kube-dns|node-local-dns|nodelocaldns)"), Category.DNS, ComponentKind.NETWORK),
    (
        lazy(r"^(?:kube-apiserver|kube-scheduler|kube-controller-manager|cloud-controller-manager|etcd)\b"),
        Category.CONTROL_PLANE,
        ComponentKind.UNKNOWN,
    ),
    (
        lazy(r"^(?:kube-proxy|kube-flannel|calico|cilium|weave-net|aws-node|canal|antrea|kube-router|kindnet)"),
        Category.CONNECTIVITY,
        ComponentKind.NETWORK,
    ),
)
_SPACES = frozenset({"kube-system", "kube-flannel", "calico-system", "cilium", "openshift-dns", "openshift-etcd", ""})
_CHECK = "kubectl -n kube-system get pods; kubectl logs of this one, --previous too"
_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dependency.*", "cluster.*", "deployment.*")


def findings_of_system(cluster: Cluster) -> Iterator[Finding]:
    """Parts of the cluster of which no instance serves, or one on some node does not that is there itself."""
    seen: set[str] = set()
    lost = lost_nodes(cluster)
    for pod in cluster.of("Pod"):
        part = _part_of(pod.app, pod.namespace)
        if pod.tree.text("spec", "nodeName") in lost or is_done(pod):
            continue
        if part and pod.app not in seen and is_ready(pod) is False:
            seen.add(pod.app)
            where = _telling(pod)
            yield _finding(pod, where, pod.app, part[0], part[1], f"{pod.app} of the cluster is not ready")
    for item in cluster.of("Deployment", "DaemonSet"):
        part = _part_of(item.name, item.namespace)
        wanted = item.tree.at("spec", "replicas")
        if part and item.name not in seen and wanted.text() == "0" and item.kind == "Deployment":
            yield _finding(item, wanted, item.name, part[0], part[1], f"{item.name} is scaled to no replicas")


def _part_of(name: str, namespace: str) -> tuple[Category, ComponentKind] | None:
    if namespace not in _SPACES:
        return None
    return next(((category, kind) for words, category, kind in _PARTS if words.match(name)), None)


def _telling(pod: Resource) -> Tree:
    """The line that says why: the reason of a container that waits or ended, else the pod's own."""
    for status in statuses_of(pod):
        for state in (*status.fields("state").values(), *status.fields("lastState").values()):
            if state.text("reason"):
                return state.at("reason")
    return pod.tree.at("status", "reason") or pod.tree.at("metadata", "name")


def _finding(item: Resource, where: Tree, name: str, category: Category, kind: ComponentKind, said: str) -> Finding:
    return trouble(
        item.content,
        where.line,
        rule="system",
        category=category,
        component=name,
        kind=kind,
        summary=said,
        next_check=_CHECK,
        remedy="Bring this part of the cluster back before anything that depends on it is looked at",
        salience=1.0,
        explains=_EXPLAINS,
    )
