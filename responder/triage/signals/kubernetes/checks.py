"""Reads what was taken of a cluster, and asks each check what is wrong in it."""

from collections.abc import Sequence

from msgspec.structs import replace

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.incident import ComponentKind
from responder.triage.interface import FileFacts, Finding
from responder.triage.signals.content import Content
from responder.triage.signals.interface import Signals
from responder.triage.signals.kubernetes.addresses import dependencies_of, findings_of_addresses
from responder.triage.signals.kubernetes.alerts import findings_of_alerts
from responder.triage.signals.kubernetes.autoscalers import findings_of_autoscalers
from responder.triage.signals.kubernetes.batch import findings_of_batch
from responder.triage.signals.kubernetes.budgets import findings_of_budgets
from responder.triage.signals.kubernetes.endpoints import findings_of_endpoints
from responder.triage.signals.kubernetes.forms.documents import read_objects
from responder.triage.signals.kubernetes.heads import Form
from responder.triage.signals.kubernetes.inits import findings_of_inits, waits_of
from responder.triage.signals.kubernetes.messages import findings_of_messages
from responder.triage.signals.kubernetes.namespaces import findings_of_namespaces
from responder.triage.signals.kubernetes.nodes import all_nodes_ready, findings_of_nodes, findings_of_units
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.placement import findings_of_placement
from responder.triage.signals.kubernetes.policies import findings_of_policies
from responder.triage.signals.kubernetes.probes import findings_of_probes
from responder.triage.signals.kubernetes.quotas import findings_of_quotas
from responder.triage.signals.kubernetes.references import findings_of_references
from responder.triage.signals.kubernetes.rollouts import changes_of_cluster
from responder.triage.signals.kubernetes.services import findings_of_services
from responder.triage.signals.kubernetes.shortfalls import findings_of_shortfalls
from responder.triage.signals.kubernetes.specs import findings_of_specs
from responder.triage.signals.kubernetes.system import findings_of_system
from responder.triage.signals.kubernetes.traffic import findings_of_traffic
from responder.triage.signals.kubernetes.usage import findings_of_usage

__all__ = ["checked"]

_OVER = ("kubernetes.node_not_ready",)
_OF_ALL = findings_of_nodes, findings_of_quotas, findings_of_system
"""Checks of what many workloads share."""
_OF_ONE = (
    findings_of_services,
    findings_of_endpoints,
    findings_of_addresses,
    findings_of_specs,
    findings_of_references,
    findings_of_placement,
    findings_of_inits,
    findings_of_policies,
    findings_of_traffic,
    findings_of_autoscalers,
    findings_of_budgets,
    findings_of_batch,
    findings_of_usage,
    findings_of_namespaces,
    findings_of_messages,
)
"""Checks of what one workload has, and of what Kubernetes says of it."""


def checked(taken: Sequence[tuple[Artifact, Form]], *, logs: Sequence[Artifact]) -> Signals:
    """What is wrong in the objects of a cluster.

    Args:
        taken: The artifacts that hold something of it, and in which form, in the order of their paths.
        logs: All others; a container's own log says how long its start takes.
    """
    files: list[FileFacts] = []
    skipped: list[Skipped] = []
    resources: list[Resource] = []
    units: list[Finding] = []
    alerts: list[Finding] = []
    for artifact, form in taken:
        try:
            content = Content(artifact)
        except (EvidenceError, OSError) as error:
            skipped.append(Skipped(artifact.path, f"Kubernetes state could not be read: {error}"))
            continue
        notes = []
        if form == "units":
            units += findings_of_units(content)
        elif form == "alerts":
            alerts += findings_of_alerts(content)
        elif form == "refused":
            skipped.append(Skipped(artifact.path, f"kubectl did not get it: {content.text.strip()[:200]}"))
        else:
            found, damage = read_objects(content, form)
            resources += found
            if damage:
                notes.append(damage)
        files.append(content.facts(f"kubernetes-{form}", None, None, *notes))
    cluster = Cluster(resources)
    roots = (*units, *(finding for check in _OF_ALL for finding in check(cluster)))
    effects = (*(finding for check in _OF_ONE for finding in check(cluster)), *alerts)
    effects = (*effects, *findings_of_probes(cluster, logs))
    found_all = (*roots, *(_below(effect) for effect in effects)) if roots else effects
    found_all = (*found_all, *findings_of_shortfalls(cluster, found_all))
    found_all = (*found_all, *changes_of_cluster(cluster))
    pairs = dependencies_of(cluster) | waits_of(cluster)
    names = {name for pair in pairs for name in pair}
    over = _OVER if all_nodes_ready(cluster) and not units else ()
    return Signals(found_all, tuple(files), tuple(sorted(names)), tuple(sorted(pairs)), tuple(skipped), over)


def _below(effect: Finding) -> Finding:
    """A finding about one workload where a node or a quota, which many workloads share, is in trouble."""
    if effect.component_kind is ComponentKind.NAMESPACE:
        return effect
    return replace(effect, role="symptom", salience=min(effect.salience, 0.4))
