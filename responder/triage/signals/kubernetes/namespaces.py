"""Namespaces that are to go and cannot: what is left in them, or an API that does not answer."""

from collections.abc import Iterator

from responder.incident import Category, ComponentKind
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.moments import moment_of
from responder.triage.signals.kubernetes.objects import Cluster
from responder.triage.signals.kubernetes.trouble import trouble

__all__ = ["findings_of_namespaces"]

_REASONS = {
    "NamespaceDeletionDiscoveryFailure": (Category.CONTROL_PLANE, "an API of the cluster does not answer"),
    "NamespaceDeletionGroupVersionParsingFailure": (Category.CONTROL_PLANE, "an API of the cluster is not understood"),
    "NamespaceDeletionContentFailure": (Category.CONTROL_PLANE, "its content could not be deleted"),
    "NamespaceFinalizersRemaining": (Category.CONFIGURATION_MISMATCH, "somebody's finalizers hold what is left in it"),
}
"""Conditions that hold a namespace, the deepest reason first."""
_SALIENCE = 0.8


def findings_of_namespaces(cluster: Cluster) -> Iterator[Finding]:
    """One finding for each namespace that is being deleted and says why it is still there."""
    for item in cluster.of("Namespace"):
        conditions = {c.text("type"): c for c in item.tree.items("status", "conditions") if c.text("status") == "True"}
        held = next((name for name in _REASONS if name in conditions), None)
        if item.tree.text("status", "phase") != "Terminating" or held is None:
            continue
        condition, (category, why) = conditions[held], _REASONS[held]
        yield trouble(
            item.content,
            (condition.at("message") or condition).line,
            rule="namespace-held",
            category=category,
            component=item.name,
            kind=ComponentKind.NAMESPACE,
            summary=f"The namespace {item.name} cannot be deleted: {why}",
            next_check="kubectl get apiservices; kubectl get the namespace as YAML: read its conditions",
            remedy="Bring the API back or remove its registration; let the controller that set the finalizers finish",
            salience=_SALIENCE,
            first=moment_of(condition, "lastTransitionTime"),
        )
