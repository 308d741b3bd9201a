"""Services and the pods behind them: selectors, ports and protocols that do not fit, and nobody there at all."""

from collections.abc import Iterator, Mapping, Sequence

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import is_ready, ports_of, spec_of
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.selection import Selection
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["findings_of_services"]

_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dependency.*", "cluster.crash-loop", "cluster.probe-failed")


def findings_of_services(cluster: Cluster) -> Iterator[Finding]:
    """Services that lead nowhere, whatever the pods say of it."""
    yield from _scaled_to_nothing(cluster)
    yield from _services(cluster)


def _finding(item: Resource, line: int, rule: str, component: str, summary: str) -> Finding:
    return trouble(
        item.content,
        line,
        rule=rule,
        category=Category.CONFIGURATION_MISMATCH,
        component=component,
        summary=summary,
        next_check="kubectl describe service and pod: compare selector, ports and labels",
        remedy="Correct the manifest so that both sides agree, and apply it",
        salience=1.0,
        explains=_EXPLAINS,
    )


def _scaled_to_nothing(cluster: Cluster) -> Iterator[Finding]:
    called = {item.name for item in cluster.of("Service")}
    for item in cluster.of("Deployment", "StatefulSet"):
        wanted = item.tree.at("spec", "replicas")
        if wanted.text() == "0" and item.name in called:
            yield trouble(
                item.content,
                wanted.line,
                rule="no-replicas",
                category=Category.CONFIGURATION_INVALID,
                component=item.name,
                summary=f"{item.name} is scaled to no replicas while a service stands for it",
                next_check="kubectl get deployment: read the wanted replicas, and who changed them",
                remedy="Scale it back to the usual number of replicas",
                salience=0.99,
                explains=_EXPLAINS,
            )


def _services(cluster: Cluster) -> Iterator[Finding]:
    names = {item.app for item in cluster.of("Pod") if spec_of(item).items("containers")}
    selection = Selection(cluster)
    for service in cluster.of("Service"):
        selector = service.tree.at("spec", "selector")
        wanted = selector.pairs()
        if not wanted or not names:
            continue
        behind = [pod for pod in selection.fitting(wanted, service.namespace) if spec_of(pod).items("containers")]
        if not behind and service.name in names:
            shown = ",".join(f"{key}={value}" for key, value in sorted(wanted.items()))
            said = f"The selector of service {service.name} ({shown}) matches none of its pods"
            yield _finding(service, selector.line, "selector", service.name, said)
        if behind:
            yield from _target_ports(service, behind)


def _target_ports(service: Resource, behind: Sequence[Resource]) -> Iterator[Finding]:
    served = {name: port for item in behind for name, port in ports_of(spec_of(item)).items()}
    numbers = sorted(name for name in served if name.isdecimal())
    for port in service.tree.items("spec", "ports"):
        target = port.at("targetPort")
        name = target.text()
        other = _other_protocol(port, served.get(name or port.text("port")))
        if other:
            said = f"Service {service.name} speaks {port.text('protocol')} where its pods serve {other}"
            target = port.at("protocol")
        elif name.isdecimal() and numbers and name not in served:
            said = f"Service {service.name} sends to port {name}, and its pods serve {', '.join(numbers)}"
        elif name and not name.isdecimal() and _lacks(service, port, name, served, behind):
            said = f"Service {service.name} sends to the port named {name}, which none of its pods has"
        else:
            continue
        yield _finding(service, target.line, "target-port", behind[0].app, said)


def _other_protocol(port: Tree, served: Tree | None) -> str:
    """The protocol of the container's port, where it is not the one of the service."""
    mine, theirs = port.text("protocol") or "TCP", (served.text("protocol") if served else "") or "TCP"
    return theirs if served is not None and mine != theirs else ""


def _lacks(service: Resource, port: Tree, name: str, served: Mapping[str, Tree], behind: Sequence[Resource]) -> bool:
    """Whether no pod has a port of this name.

    Described pods do not name theirs. Their service shows its ends: without any, although pods are ready, it has none.
    """
    if service.source == "described":
        ends = port.at("endpoints")
        return ends.line > 0 and ":" not in ends.text() and any(is_ready(item) for item in behind)
    named = any(not other.isdecimal() for other in served)
    return named and name not in served
