"""Containers that prepare a pod and never end: what their commands wait for, against what the cluster has."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import spec_of, unready_apps
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import MISSING, Tree

__all__ = ["findings_of_inits", "waits_of"]

_HOST = lazy(
    r"(?<![\w./-])(?P<host>[a-z][a-z0-9-]{2,62})(?:\.[a-z0-9.-]{1,190})?(?:[: ](?P<port>\d{2,5})(?!\d))?(?![\w-])"
)
_ASKS = lazy(
    r"\b(?:nc|nslookup|dig|getent|ping|curl|wget|pg_isready|redis-cli|mysqladmin|wait-for\S{0,20}|until|grpc_health_probe)\b"
)
"""What a command waits with; other words in it are hosts only where a service is called so."""
_SALIENCE, _WAITING = 0.97, 0.5
_EXPLAINS = ("cluster.not-ready", "kubernetes.*", "dns.*", "network.*", "dependency.*", "http.*")


def findings_of_inits(cluster: Cluster) -> Iterator[Finding]:
    """One finding for each workload that waits for a container which prepares it."""
    unready = unready_apps(cluster)
    services = {item.name: item for item in cluster.wanted("Service")}
    seen: set[str] = set()
    for pod in cluster.of("Pod"):
        container = _running(pod) if pod.app in unready and pod.app not in seen else MISSING
        if not container:
            continue
        seen.add(pod.app)
        told = f"{pod.app} waits for its init container {container.text('name')}"
        for line in _words(container):
            if said := _wrong(line.text(), services):
                yield _finding(pod, line, f"{told}, which waits for {said}", Category.CONFIGURATION_MISMATCH)
                break
        else:
            waited = next(iter(_waited_for(container, services)), "")
            said = f"{told}, which waits for {waited}" if waited else f"{told}, which does not end"
            yield _finding(pod, container.at("name"), said, Category.UNKNOWN)


def waits_of(cluster: Cluster) -> set[tuple[str, str]]:
    """(workload, service) pairs that the commands of preparing containers state."""
    services = {item.name: item for item in cluster.wanted("Service")}
    return {
        (pod.app, name)
        for pod in cluster.of("Pod")
        for container in spec_of(pod).items("initContainers")
        for name in _waited_for(container, services)
        if name != pod.app
    }


def _running(pod: Resource) -> Tree:
    """The preparing container that runs and that everything else waits for; a sidecar among them runs on."""
    sidecars = {c.text("name") for c in spec_of(pod).items("initContainers") if c.text("restartPolicy") == "Always"}
    for status in pod.tree.items("status", "initContainerStatuses"):
        name = status.text("name")
        if "running" in status.fields("state") and name not in sidecars:
            containers = spec_of(pod).items("initContainers")
            return next((container for container in containers if container.text("name") == name), MISSING)
    return MISSING


def _words(container: Tree) -> Sequence[Tree]:
    return (*container.items("command"), *container.items("args"))


def _waited_for(container: Tree, services: dict[str, Resource]) -> list[str]:
    texts = (line.text()[:2000] for line in _words(container))
    return [match["host"] for text in texts for match in _HOST.finditer(text) if match["host"] in services]


def _wrong(text: str, services: dict[str, Resource]) -> str:
    """What a command waits for in vain: a port that its service lacks, or a name that is nearly that of a service."""
    text = text[:2000]
    for match in _HOST.finditer(text):
        host, port = match["host"], match["port"]
        if host in services:
            ports = {entry.text("port") for entry in services[host].tree.items("spec", "ports")}
            if port and ports and port not in ports:
                return f"port {port}, which service {host} does not have"
        elif _ASKS.search(text) and get_close_matches(host, services, n=1, cutoff=0.85):
            return f"{host}, and no such service exists"
    return ""


def _finding(pod: Resource, where: Tree, said: str, category: Category) -> Finding:
    wrong = category is not Category.UNKNOWN
    return trouble(
        pod.content,
        where.line,
        rule="init-waits",
        category=category,
        component=pod.app,
        summary=said,
        next_check="kubectl logs of the init container; does what it waits for exist, and is it ready?",
        remedy="Bring up what it waits for, or correct the name and port in its command",
        salience=_SALIENCE if wrong else _WAITING,
        role="cause" if wrong else "symptom",
        explains=_EXPLAINS,
    )
