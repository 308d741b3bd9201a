"""Quotas that leave no room for what is wanted."""

import re
from collections.abc import Iterator

from responder.incident import Category, ComponentKind
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import amount
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble

__all__ = ["findings_of_quotas"]

_FULL = 0.8
_NO_CLAIM = re.compile(r'persistentvolumeclaim "[^"]{1,200}" not found')


def findings_of_quotas(cluster: Cluster) -> Iterator[Finding]:
    """Quotas nearly used up in a namespace where something wanted was not created."""
    said = (event.tree.text("message") for event in cluster.every("Event"))
    claims = any(_NO_CLAIM.search(text[:4000]) for text in said)
    pods = any(_lacks_pods(item) for item in cluster.of("ReplicaSet", "DaemonSet", "StatefulSet", "Job"))
    for item in cluster.of("ResourceQuota"):
        hard = item.tree.at("status", "hard") or item.tree.at("spec", "hard")
        used = item.tree.fields("status", "used")
        for resource, most in hard.fields().items():
            now, limit = amount(used[resource].text() if resource in used else "0"), amount(most.text())
            stored = "storage" in resource or "persistentvolumeclaims" in resource
            if now is not None and limit is not None and now >= _FULL * limit and (claims if stored else pods):
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


def _lacks_pods(item: Resource) -> bool:
    wanted, there = item.tree.whole("spec", "replicas"), item.tree.whole("status", "replicas")
    return wanted is not None and (there or 0) < wanted and (there is not None or item.source == "dump")
