"""What the objects name and what is not there: accounts, config, claims, classes, and what a manifest asked for."""

from collections.abc import Iterator
from typing import NamedTuple

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import containers_of, spec_of, unready_apps, users_of_claims
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import MISSING, Tree

__all__ = ["findings_of_references", "not_applied"]

_NAMES = {
    "Secret": "secret",
    "ConfigMap": "config map",
    "ServiceAccount": "service account",
    "PersistentVolumeClaim": "volume claim",
    "StorageClass": "storage class",
    "PriorityClass": "priority class",
}
_CATEGORIES = {
    "ServiceAccount": Category.DEPLOYMENT_ADMISSION,
    "PriorityClass": Category.DEPLOYMENT_ADMISSION,
    "PersistentVolumeClaim": Category.STORAGE,
    "StorageClass": Category.STORAGE,
}
_BUILT_IN = frozenset({"system-cluster-critical", "system-node-critical", "kube-root-ca.crt", "default"})
_STATED, _OPTIONAL = 0.97, 0.25
_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dependency.*", "cluster.*")
_SAME = ("Service", "Deployment", "StatefulSet", "DaemonSet", "ConfigMap", "ServiceAccount", "PersistentVolumeClaim")
"""What a manifest asks for by the very name that it has in the cluster."""


class _Need(NamedTuple):
    kind: str
    name: Tree


def findings_of_references(cluster: Cluster) -> Iterator[Finding]:
    """References to nothing, of workloads that do not run; one that runs does without."""
    yield from _dangling(cluster)
    yield from _absent(cluster)


def _dangling(cluster: Cluster) -> Iterator[Finding]:
    unready = unready_apps(cluster)
    seen: set[tuple[str, str, str]] = set()
    for item in (*cluster.of("Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), *cluster.of("Job")):
        if item.app not in unready:
            continue
        for need in _needs(spec_of(item)):
            wanted = need.name.text()
            key = item.app, need.kind, wanted
            if not wanted or wanted in _BUILT_IN or key in seen or not cluster.lists(need.kind, item.namespace):
                continue
            if cluster.find(need.kind, wanted, item.namespace) is None:
                seen.add(key)
                yield _finding(item, need.name.line, need.kind, item.app, f"{item.app} needs {_told(need)}")
    users = users_of_claims(cluster)
    for claim in cluster.of("PersistentVolumeClaim"):
        name = claim.tree.at("spec", "storageClassName")
        if claim.tree.text("status", "phase") == "Pending" and name and _lacks_class(cluster, name.text()):
            app = users.get(claim.name, claim.name)
            said = f"The claim {claim.name} wants the storage class {name.text()}, and no such class exists"
            yield _finding(claim, name.line, "StorageClass", app, said)


def _lacks_class(cluster: Cluster, name: str) -> bool:
    """A class without a provisioner need not exist: volumes that name it are enough."""
    classes = cluster.of("StorageClass")
    offered = {volume.tree.text("spec", "storageClassName") for volume in cluster.of("PersistentVolume")}
    return bool(classes) and name not in {item.name for item in classes} | offered


def _told(need: _Need) -> str:
    return f"the {_NAMES[need.kind]} {need.name.text()}, which does not exist"


def _needs(spec: Tree) -> Iterator[_Need]:
    yield _Need("ServiceAccount", spec.at("serviceAccountName"))
    yield _Need("PriorityClass", spec.at("priorityClassName"))
    for secret in spec.items("imagePullSecrets"):
        yield _Need("Secret", secret.at("name"))
    for volume in spec.items("volumes"):
        yield _Need("PersistentVolumeClaim", volume.at("persistentVolumeClaim", "claimName"))
        yield _Need("Secret", _needed(volume.at("secret"), "secretName"))
        yield _Need("ConfigMap", _needed(volume.at("configMap"), "name"))
    for container in containers_of(spec, inits=True):
        for variable in container.items("env"):
            yield _Need("Secret", _needed(variable.at("valueFrom", "secretKeyRef"), "name"))
            yield _Need("ConfigMap", _needed(variable.at("valueFrom", "configMapKeyRef"), "name"))
        for source in container.items("envFrom"):
            yield _Need("Secret", _needed(source.at("secretRef"), "name"))
            yield _Need("ConfigMap", _needed(source.at("configMapRef"), "name"))


def _needed(reference: Tree, key: str) -> Tree:
    return MISSING if reference.text("optional") == "true" else reference.at(key)


def not_applied(cluster: Cluster) -> Iterator[Resource]:
    """What a manifest beside the state of the cluster wants, and what the listing of its kind does not hold."""
    for kind in _SAME:
        for item in cluster.wanted(kind):
            if item.source == "manifest" and cluster.lists(kind, item.namespace):
                yield item


def _absent(cluster: Cluster) -> Iterator[Finding]:
    for item in not_applied(cluster):
        name = item.tree.at("metadata", "name")
        said = f"The manifest wants the {item.kind} {item.name}, and the cluster does not have it"
        yield _finding(item, name.line, "absent", item.name, said)


def _finding(item: Resource, line: int, kind: str, app: str, said: str) -> Finding:
    return trouble(
        item.content,
        line,
        rule="not-applied" if kind == "absent" else "reference",
        category=_CATEGORIES.get(kind, Category.CONFIGURATION_MISSING),
        component=app,
        summary=said,
        next_check="kubectl get the object that is named, in the namespace of the workload",
        remedy="Create what is named, or correct the name in the manifest",
        salience=_STATED,
        explains=_EXPLAINS,
    )
