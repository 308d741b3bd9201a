"""Quotas that leave no room for what is wanted."""

from collections.abc import Iterator

from responder.incident import Category, ComponentKind
from responder.patterns import lazy
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import amount
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.references import not_applied
from responder.triage.signals.kubernetes.trouble import trouble

__all__ = ["findings_of_quotas"]

_FULL = 0.8
_KINDS = {
    "services": "Service",
    "configmaps": "ConfigMap",
    "secrets": "Secret",
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "deployments": "Deployment",
    "statefulsets": "StatefulSet",
}
_NO_CLAIM = lazy(r'persistentvolumeclaim "[^"]{1,200}" not found')


def findings_of_quotas(cluster: Cluster) -> Iterator[Finding]:
    """Quotas nearly used up in a namespace where something wanted was not created."""
    said = (event.tree.text("message") for event in cluster.every("Event"))
    lacking = {item.kind for item in not_applied(cluster)}
    if any(_NO_CLAIM.search(text[:4000]) for text in said):
        lacking.add("PersistentVolumeClaim")
    if any(_lacks_pods(item) for item in cluster.of("ReplicaSet", "DaemonSet", "StatefulSet", "Job")):
        lacking.add("Pod")
    for item in cluster.of("ResourceQuota"):
        hard = item.tree.at("status", "hard") or item.tree.at("spec", "hard")
        used = item.tree.fields("status", "used")
        for resource, most in hard.fields().items():
            now, limit = amount(used[resource].text() if resource in used else "0"), amount(most.text())
            if now is not None and limit is not None and now >= _FULL * limit and _counted(resource) in lacking:
                yield trouble(
                    item.content,
                    most.line,
                    rule="quota-used-up",
                    category=Category.QUOTA,
                    component=item.namespace,
                    kind=ComponentKind.NAMESPACE,
                    summary=f"The quota {item.name} of {item.namespace} leaves no room for what is wanted",
                    next_check="kubectl describe resourcequota; kubectl get events: read what was forbidden",
                    remedy="Raise the quota, or lower the requests of the workloads in the namespace",
                    salience=1.0,
                    explains=("cluster.*", "kubernetes.*", "k8s.*", "dependency.*", "network.*", "deployment.*"),
                )


def _counted(resource: str) -> str:
    """The kind of object that a resource of a quota counts; what is requested and limited is of pods."""
    name = resource.removeprefix("count/").partition(".")[0]
    stored = "storage" in resource
    return "PersistentVolumeClaim" if stored else _KINDS.get(name, "Pod")


def _lacks_pods(item: Resource) -> bool:
    wanted, there = item.tree.whole("spec", "replicas"), item.tree.whole("status", "replicas")
    return wanted is not None and (there or 0) < wanted and (there is not None or item.source == "dump")
