"""How workloads are wired together: selectors, ports, probes and addresses that do not fit."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.objects import Cluster, Described, app_of
from responder.triage.signals.kubernetes.trouble import trouble

__all__ = ["dependencies_of", "findings_of_wiring"]

_ADDRESS = re.compile(
    r"^(?:[a-z][a-z0-9+.-]{0,20}://)?(?:[^@/\s]{1,100}@)?(?P<host>[a-z][a-z0-9-]{1,62})(?P<domain>(?:\.[a-z0-9-]{1,62}){0,5})"
    r":(?P<port>\d{2,5})(?:/\S*)?$"
)
_PROBE = re.compile(
    r"^(?P<how>\S+)\s+\S*?:(?P<port>\d{1,5})\S*(?:\s+delay=(?P<delay>\d+)s)?(?:\s+timeout=(?P<timeout>\d+)s)?"
    r"(?:\s+period=(?P<period>\d+)s)?"
)
_CHECK = "kubectl describe service and pod: compare selector, ports and labels"
_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dependency.*", "cluster.crash-loop", "cluster.probe-failed")
_OPTIONAL = 0.25
"""An address of something that is not there at all may be of a part that nobody installed."""
_SIDECAR = frozenset({"15020", "15021"})
"""Where a mesh's proxy answers probes for the container beside it."""
_PROBES = ("Liveness", "Readiness", "Startup")


def findings_of_wiring(cluster: Cluster) -> Iterator[Finding]:
    """What is wanted and cannot work, whatever the pods say of it."""
    yield from _scaled_to_nothing(cluster)
    yield from _services(cluster)
    yield from _addresses(cluster)
    yield from _probes(cluster)


def dependencies_of(cluster: Cluster) -> set[tuple[str, str]]:
    """(caller, callee) pairs that the environment of pods states."""
    services = {item.name for item in cluster.of("service")}
    pairs = set()
    for item in (*cluster.of("pod"), *cluster.of("deployment")):
        for field in item.under("Environment"):
            match = _ADDRESS.match(field.value[:400])
            if match and match["host"] in services and match["host"] != app_of(item.name):
                pairs.add((app_of(item.name), match["host"]))
    return pairs


def _finding(item: Described, line: int, rule: str, component: str, summary: str, salience: float) -> Finding:
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
    called = {item.name for item in cluster.of("service")} | {row["NAME"] for row in cluster.having("CLUSTER-IP")}
    for row in cluster.having("NAME", "READY", "AVAILABLE"):
        if row["READY"] == "0/0" and row["NAME"] in called:
            yield trouble(
                row.content,
                row.line,
                rule="no-replicas",
                category=Category.CONFIGURATION_INVALID,
                component=row["NAME"],
                summary=f"{row['NAME']} is scaled to no replicas while a service stands for it",
                next_check="kubectl get deployment: read the wanted replicas, and who changed them",
                remedy="Scale it back to the usual number of replicas",
                salience=0.99,
                explains=_EXPLAINS,
            )


def _labels(item: Described) -> frozenset[str]:
    found = []
    for at, text in enumerate(item.texts):
        if text.startswith("Labels:"):
            found.append(text.partition(":")[2].strip())
            for more in item.texts[at + 1 :]:
                if not more[:1].isspace():
                    break
                found.append(more.strip())
            break
    return frozenset(found)


def _ports(item: Described) -> frozenset[str]:
    """The ports that a pod says it serves."""
    ports = {
        port.strip().partition("/")[0] for f in item.fields if f.key in ("Port", "Ports") for port in f.value.split(",")
    }
    return frozenset(port for port in ports if port.isdecimal() and port != "0")


def _services(cluster: Cluster) -> Iterator[Finding]:
    pods = [(item, _labels(item)) for item in cluster.of("pod")]
    names = {app_of(item.name) for item, _ in pods}
    for service in cluster.of("service"):
        field = service.get("Selector")
        wanted = frozenset(part.strip() for part in service.value("Selector").split(",") if part.strip())
        if field is None or not wanted or not pods:
            continue
        behind = [item for item, labels in pods if item.namespace == service.namespace and wanted <= labels]
        if not behind and service.name in names:
            said = f"The selector of service {service.name} ({field.value}) matches none of its pods"
            yield _finding(service, field.line, "selector", service.name, said, 1.0)
        target = service.get("TargetPort")
        port = target.value.partition("/")[0] if target else ""
        named = bool(port) and not port.isdecimal()
        if target and behind and named and service.value("Endpoints") and ":" not in service.value("Endpoints"):
            said = f"Service {service.name} sends to the port named {port}, which none of its pods has"
            yield _finding(service, target.line, "target-port", app_of(behind[0].name), said, 1.0)
        served = frozenset(p for item in behind for p in _ports(item))
        if target and port.isdecimal() and served and port not in served:
            said = f"Service {service.name} sends to port {port}, and its pods serve {', '.join(sorted(served))}"
            yield _finding(service, target.line, "target-port", app_of(behind[0].name), said, 1.0)


def _addresses(cluster: Cluster) -> Iterator[Finding]:
    ports = _service_ports(cluster)
    seen: set[tuple[str, str]] = set()
    for item in (*cluster.of("deployment"), *cluster.of("pod")):
        app = app_of(item.name)
        for field in item.under("Environment"):
            match = _ADDRESS.match(field.value[:400])
            if (
                match is None
                or not ports
                or (app, field.key) in seen
                or not _is_inside(match["domain"], item.namespace)
            ):
                continue
            said = _wrong_address(match["host"], match["port"], ports)
            if said:
                seen.add((app, field.key))
                meant = match["host"] in ports or _is_meant(field.key, match["host"], ports)
                told = f"{field.key} of {app} points at {said}"
                yield _finding(item, field.line, "address", app, told, 0.99 if meant else _OPTIONAL)


def _service_ports(cluster: Cluster) -> dict[str, frozenset[str]]:
    ports: dict[str, set[str]] = defaultdict(set)
    for service in cluster.of("service"):
        named = [field.value.split()[-1] for field in service.fields if field.key == "Port" and field.value]
        ports[service.name].update(port.partition("/")[0] for port in named)
    return {name: frozenset(found) for name, found in ports.items()}


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
    for item in cluster.of("pod"):
        served = _ports(item)
        for field in item.fields:
            match = _PROBE.match(field.value[:400]) if field.key in _PROBES else None
            if match and served and match["port"] not in served and match["port"] not in _SIDECAR:
                app = app_of(item.name)
                said = f"The {field.key.lower()} probe of {app} asks port {match['port']}, where nothing is declared"
                yield _finding(item, field.line, "probe-port", app, said, 0.96)
