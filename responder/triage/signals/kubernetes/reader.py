"""Takes what `kubectl get`, `kubectl describe` and the nodes print, and compares what is wanted with what is."""

import re
from collections.abc import Sequence
from dataclasses import replace

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.incident import ComponentKind
from responder.triage.interface import FileFacts, Finding
from responder.triage.signals.content import Content, head_of
from responder.triage.signals.interface import Signals
from responder.triage.signals.kubernetes.alerts import findings_of_alerts, is_alerts
from responder.triage.signals.kubernetes.messages import findings_of_messages
from responder.triage.signals.kubernetes.nodes import findings_of_nodes, findings_of_units
from responder.triage.signals.kubernetes.objects import Cluster, Described, Row, described_of, rows_of
from responder.triage.signals.kubernetes.quotas import findings_of_quotas
from responder.triage.signals.kubernetes.wiring import dependencies_of, findings_of_wiring

__all__ = ["KubernetesReader"]

_TABLE = re.compile(
    r"^(?:NAMESPACE\s+)?(?:NAME\s{2,}(?:READY|STATUS|DESIRED|TYPE|ENDPOINTS|DATA|AGE|SECRETS|CAPACITY|PROVISIONER"
    r"|ROLE|POD-SELECTOR)\b|LAST SEEN\s+TYPE\s)|\d+[smhd]\S*\s+(?:Normal|Warning)\s+\w+\s+[a-z]+/",
    re.MULTILINE,
)
_DESCRIBED = re.compile(r"^Name:\s+\S[^\n]*\n(?:Namespace|Labels|Roles|Priority|StorageClass):", re.MULTILINE)
_UNITS = re.compile(r"^\s+Active: (?:active|inactive|failed)", re.MULTILINE)
_PLACED = re.compile(r"^Node:\s*\S", re.MULTILINE)
_REFUSED = re.compile(r"\A(?:Error: )?Error from server[ :(][^\n]*\s*\Z")
"""What kubectl prints instead of what was asked for: it says that evidence is missing, and nothing of the system."""
_MANIFEST = re.compile(r"\A(?:#[^\n]*\n|---\s*\n|\s)*apiVersion:[^\n]+\nkind:", re.MULTILINE)


class KubernetesReader:
    """Finds what is wrong in the objects of a cluster."""

    def read(self, artifacts: Sequence[Artifact]) -> Signals:
        """See `SignalReader.read`."""
        files: list[FileFacts] = []
        skipped: list[Skipped] = []
        rows: list[Row] = []
        objects: list[Described] = []
        units: list[Finding] = []
        alerts: list[Finding] = []
        for artifact in sorted(artifacts, key=lambda artifact: artifact.path):
            head = head_of(artifact)
            form = _form(head)
            if not form:
                continue
            try:
                content = Content(artifact)
            except (EvidenceError, OSError) as error:
                skipped.append(Skipped(artifact.path, f"Kubernetes state could not be read: {error}"))
                continue
            rows += rows_of(content) if form == "table" else []
            objects += described_of(content) if form == "described" else []
            units += findings_of_units(content) if form == "units" else []
            alerts += findings_of_alerts(content) if form == "alerts" else []
            if form == "refused":
                skipped.append(Skipped(artifact.path, f"kubectl did not get it: {head.strip()[:200]}"))
            files.append(content.facts(f"kubernetes-{form}"))
        cluster = Cluster(tuple(rows), tuple(objects))
        roots = (*units, *findings_of_nodes(cluster), *findings_of_quotas(cluster))
        effects = (*findings_of_wiring(cluster), *findings_of_messages(cluster), *alerts)
        found = (*roots, *(_below(effect) for effect in effects)) if roots else effects
        pairs = dependencies_of(cluster)
        names = {name for pair in pairs for name in pair}
        return Signals(found, tuple(files), tuple(sorted(names)), tuple(sorted(pairs)), tuple(skipped))


def _below(effect: Finding) -> Finding:
    """A finding about one workload where a node or a quota, which many workloads share, is in trouble."""
    if effect.component_kind is ComponentKind.NAMESPACE:
        return effect
    return replace(effect, role="symptom", salience=min(effect.salience, 0.4))


def _form(head: str) -> str:
    if _REFUSED.match(head):
        return "refused"
    if _DESCRIBED.search(head):
        return "described"
    if _TABLE.match(head):
        return "table"
    if _UNITS.search(head) and _PLACED.search(head):
        return "units"
    if is_alerts(head):
        return "alerts"
    return "manifest" if _MANIFEST.match(head) else ""
