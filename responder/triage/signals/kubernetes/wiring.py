"""How workloads are wired together: selectors, ports, probes and addresses that do not fit."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import (
    containers_of,
    labels_of,
    ports_of,
    spec_of,
    workloads_and_pods,
)
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.tree import Tree
from responder.triage.signals.kubernetes.trouble import trouble

__all__ = ["dependencies_of", "findings_of_wiring"]

_ADDRESS = re.compile(
    r"^(?:[a-z][a-z0-9+.-]{0,20}://)?(?:[^@/\s]{1,100}@)?(?P<host>[a-z][a-z0-9-]{1,62})(?P<domain>(?:\.[a-z0-9-]{1,62}){0,5})"
    r":(?P<port>\d{2,5})(?:/\S*)?$"
)
_CHECK = "kubectl describe service and pod: compare selector, ports and labels"
_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dependency.*", "cluster.crash-loop", "cluster.probe-failed")
_OPTIONAL = 0.25
"""An address of something that is not there at all may be of a part that nobody installed."""
_SIDECAR = frozenset({"15020", "15021"})
"""Where a mesh's proxy answers probes for the container beside it."""
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def findings_of_wiring(cluster: Cluster) -> Iterator[Finding]:
    """What is wanted and cannot work, whatever the pods say of it."""
    yield from _scaled_to_nothing(cluster)
    yield from _services(cluster)
    yield from _addresses(cluster)
    yield from _probes(cluster)


def dependencies_of(cluster: Cluster) -> set[tuple[str, str]]:
    """(caller, callee) pairs that the environment of pods states."""
    services = {item.name for item in cluster.wanted("Service")}
    pairs = set()
    for item in workloads_and_pods(cluster):
        for variable in _variables(item):
            match = _ADDRESS.match(variable.text("value")[:400])
            if match and match["host"] in services and match["host"] != item.app:
                pairs.add((item.app, match["host"]))
    return pairs


def _finding(item: Resource, line: int, rule: str, component: str, summary: str, salience: float) -> Finding:
    return trouble(
        item.content,
        line,
        rule=rule,
        category=Category.DEPLOYMENT_PROBE if rule.startswith("probe") else Category.CONFIGURATION_MISMATCH,
        component=component,
        summary=summary,
        next_check=_CHECK,
        remedy="Correct the manifest so that both sides agree, and apply it",
        salience=salience,
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
    pods = [(item, labels_of(item)) for item in cluster.of("Pod") if spec_of(item).items("containers")]
    names = {item.app for item, _ in pods}
    for service in cluster.of("Service"):
        selector = service.tree.at("spec", "selector")
        wanted = selector.pairs()
        if not wanted or not pods:
            continue
        behind = [
            item for item, labels in pods if item.namespace == service.namespace and wanted.items() <= labels.items()
        ]
        if not behind and service.name in names:
            shown = ",".join(f"{key}={value}" for key, value in sorted(wanted.items()))
            said = f"The selector of service {service.name} ({shown}) matches none of its pods"
            yield _finding(service, selector.line, "selector", service.name, said, 1.0)
        if behind:
            yield from _target_ports(service, behind)


def _target_ports(service: Resource, behind: list[Resource]) -> Iterator[Finding]:
    served = {name: port for item in behind for name, port in ports_of(spec_of(item)).items()}
    numbers = sorted(name for name in served if name.isdecimal())
    for port in service.tree.items("spec", "ports"):
        target = port.at("targetPort")
        name = target.text()
        if name.isdecimal() and numbers and name not in served:
            said = f"Service {service.name} sends to port {name}, and its pods serve {', '.join(numbers)}"
        elif name and not name.isdecimal() and _lacks(service, port, name, served):
            said = f"Service {service.name} sends to the port named {name}, which none of its pods has"
        else:
            continue
        yield _finding(service, target.line, "target-port", behind[0].app, said, 1.0)


def _lacks(service: Resource, port: Tree, name: str, served: Mapping[str, Tree]) -> bool:
    """Whether no pod has a port of this name; described pods do not name theirs, but the service shows its ends."""
    if service.source == "described":
        ends = port.at("endpoints")
        return ends.line > 0 and ":" not in ends.text()
    named = any(not other.isdecimal() for other in served)
    return named and name not in served


def _variables(item: Resource) -> Iterator[Tree]:
    for container in containers_of(spec_of(item), inits=True):
        yield from container.items("env")


def _addresses(cluster: Cluster) -> Iterator[Finding]:
    ports = _service_ports(cluster)
    seen: set[tuple[str, str]] = set()
    for item in workloads_and_pods(cluster):
        if item.source == "manifest":
            continue
        for variable in _variables(item):
            key, value = variable.text("name"), variable.at("value")
            match = _ADDRESS.match(value.text()[:400])
            if match is None or not ports or (item.app, key) in seen or not _is_inside(match["domain"], item.namespace):
                continue
            said = _wrong_address(match["host"], match["port"], ports)
            if said:
                seen.add((item.app, key))
                meant = match["host"] in ports or _is_meant(key, match["host"], ports)
                told = f"{key} of {item.app} points at {said}"
                yield _finding(item, value.line, "address", item.app, told, 0.99 if meant else _OPTIONAL)


def _service_ports(cluster: Cluster) -> dict[str, frozenset[str]]:
    ports: dict[str, set[str]] = defaultdict(set)
    for service in cluster.of("Service"):
        ports[service.name].update(port.text("port") for port in service.tree.items("spec", "ports"))
    return {name: frozenset(found) for name, found in ports.items() if found}


def _is_inside(domain: str, namespace: str) -> bool:
    parts = domain.split(".")[1:]
    return not parts or (parts[0] == namespace and parts[1:2] in ([], ["svc"]))


def _wrong_address(host: str, port: str, ports: Mapping[str, frozenset[str]]) -> str:
    if host == "localhost" or port in ports.get(host, ()):
        return ""
    return (
        f"port {port}, which service {host} does not have" if host in ports else f"{host}, and no such service exists"
    )


def _is_meant(key: str, host: str, ports: Mapping[str, frozenset[str]]) -> bool:
    """Whether an address most likely means one of the services that exist; else it may be of an optional part."""
    letters = "".join(filter(str.isalpha, key.lower()))
    told = any((bare := "".join(filter(str.isalpha, name))) and letters.startswith(bare) for name in ports)
    return told or bool(get_close_matches(host, ports, n=1, cutoff=0.85))


def _probes(cluster: Cluster) -> Iterator[Finding]:
    for item in cluster.of("Pod"):
        served = ports_of(spec_of(item))
        numbers = {name for name in served if name.isdecimal()}
        for container in containers_of(spec_of(item)):
            for kind in _PROBES:
                asked = container.at(kind, "httpGet") or container.at(kind, "tcpSocket") or container.at(kind, "grpc")
                port = asked.at("port")
                if port.text().isdecimal() and numbers and port.text() not in numbers | _SIDECAR:
                    word = kind.removesuffix("Probe")
                    said = f"The {word} probe of {item.app} asks port {port.text()}, where nothing is declared"
                    yield _finding(item, port.line, "probe-port", item.app, said, 0.96)
