"""What one pod specification contradicts itself in: probes of other ports, ports taken twice, names never resolved."""

from collections.abc import Iterator

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import containers_of, ports_of, spec_of, unready_apps, workloads_and_pods
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["findings_of_specs"]

_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dependency.*", "cluster.crash-loop", "cluster.probe-failed")
_SIDECAR = frozenset({"15020", "15021"})
"""Where a mesh's proxy answers probes for the container beside it."""
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def findings_of_specs(cluster: Cluster) -> Iterator[Finding]:
    """What cannot work as it is specified."""
    yield from _probes(cluster)
    yield from _taken_twice(cluster)
    yield from _without_cluster_dns(cluster)


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
                    yield _finding(item, port, "probe-port", Category.DEPLOYMENT_PROBE, said, 0.96)


def _taken_twice(cluster: Cluster) -> Iterator[Finding]:
    """Two containers of a pod share its network: the one that starts second finds the port taken."""
    unready = unready_apps(cluster)
    seen: set[str] = set()
    for item in workloads_and_pods(cluster):
        taken: dict[tuple[str, str], str] = {}
        for container in containers_of(spec_of(item)):
            for port in container.items("ports"):
                key = port.text("containerPort"), port.text("protocol") or "TCP"
                first = taken.setdefault(key, container.text("name"))
                if first != container.text("name") and item.app in unready and item.app not in seen:
                    seen.add(item.app)
                    said = f"The containers {first} and {container.text('name')} of {item.app} both want port {key[0]}"
                    where = port.at("containerPort")
                    yield _finding(item, where, "port-conflict", Category.CONFIGURATION_MISMATCH, said, 0.985)


def _without_cluster_dns(cluster: Cluster) -> Iterator[Finding]:
    """A pod that asks the node's resolver, or one of its own, finds no service of the cluster by name."""
    services = {item.name for item in cluster.wanted("Service")}
    seen: set[str] = set()
    for item in workloads_and_pods(cluster):
        spec = spec_of(item)
        policy = spec.at("dnsPolicy")
        if policy.text() not in ("None", "Default") or item.app in seen or not _calls(spec, services):
            continue
        seen.add(item.app)
        where = spec.at("dnsConfig", "nameservers") or policy
        said = f"{item.app} calls services by name, and its dnsPolicy {policy.text()} does not ask the cluster's DNS"
        yield _finding(item, where, "dns-policy", Category.DNS, said, 0.97)


def _calls(spec: Tree, services: set[str]) -> bool:
    for container in containers_of(spec):
        for variable in container.items("env"):
            host = variable.text("value").partition("://")[2] or variable.text("value")
            if host[:400].partition(":")[0].partition(".")[0] in services:
                return True
    return False


def _finding(item: Resource, where: Tree, rule: str, category: Category, said: str, salience: float) -> Finding:
    return trouble(
        item.content,
        where.line,
        rule=rule,
        category=category,
        component=item.app,
        summary=said,
        next_check="kubectl get the workload as YAML: compare this line with what the container serves and asks for",
        remedy="Correct the manifest, and apply it",
        salience=salience,
        explains=_EXPLAINS,
    )
