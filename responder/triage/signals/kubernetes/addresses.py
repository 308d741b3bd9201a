"""Addresses in the environment of workloads: who calls whom, and addresses that lead nowhere."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.facts import containers_of, spec_of, workloads_and_pods
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["calls_of", "dependencies_of", "findings_of_addresses"]

_ADDRESS = lazy(
    r"^(?:[a-z][a-z0-9+.-]{0,20}://)?(?:[^@/\s]{1,100}@)?(?P<host>[a-z][a-z0-9-]{1,62})(?P<domain>(?:\.[a-z0-9-]{1,62}){0,5})"
    r":(?P<port>\d{2,5})(?:/\S*)?$"
)
_HOST = lazy(r"^(?P<host>[a-z][a-z0-9-]{1,62})(?P<domain>(?:\.[a-z0-9-]{1,62}){0,5})$")
_URL = lazy(rf"^[a-z][a-z0-9+.-]{{0,20}}://(?:[^@/\s]{{1,100}}@)?{_HOST.pattern[1:-1]}(?:/\S*)?$")
_NAMES_A_HOST = lazy(r"(?:HOST(?:NAME)?|ADDR(?:ESS)?|SERVER|SERVICE|ENDPOINT|UR[IL])$", re.IGNORECASE)
_EXPLAINS = ("kubernetes.*", "k8s.*", "network.*", "dependency.*", "cluster.crash-loop", "cluster.probe-failed")
_OPTIONAL = 0.25
"""An address of something that is not there at all may be of a part that nobody installed."""


def findings_of_addresses(cluster: Cluster) -> Iterator[Finding]:
    """Variables that name a service which is not there, a port that it does not have, or a namespace without it."""
    ports = _service_ports(cluster)
    seen: set[tuple[str, str]] = set()
    for item in workloads_and_pods(cluster) if ports else ():
        if item.source == "manifest":
            continue
        for variable in _variables(item):
            key, value = variable.text("name"), variable.at("value")
            match = _ADDRESS.match(value.text()[:400])
            if match is None or (item.app, key) in seen:
                continue
            if said := _wrong(match, item, ports, cluster):
                seen.add((item.app, key))
                meant = match["host"] in ports or _is_meant(key, match["host"], ports)
                yield _finding(item, value.line, f"{key} of {item.app} points at {said}", meant)


def dependencies_of(cluster: Cluster) -> set[tuple[str, str]]:
    """(caller, callee) pairs that the environment of pods states."""
    return {(item.app, service.name) for item, service, _ in calls_of(cluster) if service.name != item.app}


def calls_of(cluster: Cluster) -> Iterator[tuple[Resource, Resource, str]]:
    """Workloads and pods, each with a service that its environment names, and the port, where it names one."""
    services: dict[str, list[Resource]] = defaultdict(list)
    for item in cluster.wanted("Service"):
        services[item.name].append(item)
    for item in workloads_and_pods(cluster) if services else ():
        for variable in _variables(item):
            match = _called(variable)
            if match is None or match["host"] not in services:
                continue
            space = match["domain"].split(".")[1:2] or [item.namespace]
            known = services[match["host"]]
            home = next((service for service in known if service.namespace == space[0]), known[0])
            yield item, home, match.groupdict().get("port") or ""


def _called(variable: Tree) -> re.Match[str] | None:
    """An address with a port, a URL, or the name of a host in a variable that is called so."""
    value = variable.text("value")[:400]
    found = _ADDRESS.match(value) or _URL.match(value)
    return found or (_HOST.match(value) if _NAMES_A_HOST.search(variable.text("name")) else None)


def _finding(item: Resource, line: int, said: str, meant: bool) -> Finding:
    return trouble(
        item.content,
        line,
        rule="address",
        category=Category.CONFIGURATION_MISMATCH,
        component=item.app,
        summary=said,
        next_check="kubectl get services in the namespace that the address names",
        remedy="Correct the address, and apply the manifest",
        salience=0.99 if meant else _OPTIONAL,
        explains=_EXPLAINS,
    )


def _wrong(match: re.Match[str], item: Resource, ports: Mapping[str, frozenset[str]], cluster: Cluster) -> str:
    """What is wrong with an address; nothing when it leads somewhere, or out of the cluster."""
    space, *rest = match["domain"].split(".")[1:] or [""]
    if space in ("", item.namespace) and rest[:1] in ([], ["svc"]):
        return _wrong_address(match["host"], match["port"], ports)
    known = match["host"] in ports and cluster.find("Service", match["host"], item.namespace) is not None
    if known and rest[:1] == ["svc"] and cluster.lists("Namespace") and not cluster.find("Namespace", space):
        return f"the namespace {space}, which does not exist"
    return ""


def _variables(item: Resource) -> Iterator[Tree]:
    for container in containers_of(spec_of(item), inits=True):
        yield from container.items("env")


def _service_ports(cluster: Cluster) -> dict[str, frozenset[str]]:
    ports: dict[str, set[str]] = defaultdict(set)
    for service in cluster.of("Service"):
        ports[service.name].update(port.text("port") for port in service.tree.items("spec", "ports"))
    return {name: frozenset(found) for name, found in ports.items() if found}


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
