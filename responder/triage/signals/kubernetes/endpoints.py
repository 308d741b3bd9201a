"""What stands behind each service: the addresses that its endpoints, or their slices, call ready.

Where the pods are in evidence as well, they say more about why nobody answers, and the services that follow from them
are left alone here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.kubernetes.trouble import trouble
from responder.triage.signals.trees import Tree

__all__ = ["Ends", "ends_of", "findings_of_endpoints"]

_SERVICE_OF_SLICE = "kubernetes.io/service-name"
_LOCK = "control-plane.alpha.kubernetes.io/leader"
"""Endpoints that carry it are a lock of old controllers, and no service."""
_SALIENCE = 0.8
_EXPLAINS = ("http.*", "proxy.*", "istio.*", "network.*", "dependency.*", "kubernetes.*", "grpc.*")


class Ends(NamedTuple):
    """The addresses behind one service."""

    ready: int
    late: int
    """Addresses of pods that are not ready."""
    item: Resource
    """The object that says so; of several slices the first."""
    where: Tree


def ends_of(cluster: Cluster, name: str, namespace: str) -> Ends | None:
    """What stands behind a service; None where the evidence does not say."""
    return _ends(cluster, name, namespace, _slices(cluster))


def findings_of_endpoints(cluster: Cluster) -> Iterator[Finding]:
    """Services of which the evidence holds no pods, and that lead to nobody who is ready."""
    slices = _slices(cluster)
    homes = {pod.namespace for pod in cluster.of("Pod")}
    for name, namespace in sorted(_services(cluster)):
        ends = None if namespace in homes or "" in homes else _ends(cluster, name, namespace, slices)
        if ends is not None and not ends.ready:
            several = f"None of the {ends.late} addresses" if ends.late > 1 else "Not even the only address"
            said = f"{several} behind service {name} is ready" if ends.late else f"Nothing stands behind service {name}"
            yield trouble(
                ends.item.content,
                ends.where.line,
                rule="no-endpoints",
                category=Category.DEPENDENCY_UNAVAILABLE,
                component=name,
                summary=said,
                next_check="kubectl get pods with the labels of the service's selector: are there any, and ready?",
                remedy="Bring the pods behind the service back, or correct its selector",
                salience=_SALIENCE,
                explains=_EXPLAINS,
            )


def _slices(cluster: Cluster) -> Mapping[str, Sequence[Resource]]:
    found: dict[str, list[Resource]] = defaultdict(list)
    for item in cluster.of("EndpointSlice"):
        found[_served_by(item)].append(item)
    return found


def _ends(cluster: Cluster, name: str, namespace: str, slices: Mapping[str, Sequence[Resource]]) -> Ends | None:
    mine = (item for item in slices.get(name, ()) if item.namespace in (namespace, ""))
    found = [ends for item in mine if (ends := _of_slice(item)) is not None]
    if not found and (item := cluster.find("Endpoints", name, namespace)) is not None:
        found = [ends] if (ends := _of_endpoints(item)) is not None else []
    if not found and (service := cluster.find("Service", name, namespace)) is not None:
        found = [ends] if (ends := _of_description(service)) is not None else []
    if not found:
        return None
    return found[0]._replace(ready=sum(ends.ready for ends in found), late=sum(ends.late for ends in found))


def _services(cluster: Cluster) -> set[tuple[str, str]]:
    """The services that are to have addresses: those with a selector, or whatever has endpoints where none is known."""
    known = cluster.of("Service")
    if known:
        selecting = (item for item in known if item.tree.at("spec", "selector") or item.source == "row")
        return {(item.name, item.namespace) for item in selecting}
    locks = {item.name for item in cluster.of("Endpoints") if item.tree.at("metadata", "annotations", _LOCK)}
    named = {(item.name, item.namespace) for item in cluster.of("Endpoints") if item.name not in locks}
    return named | {(served, item.namespace) for item in cluster.of("EndpointSlice") if (served := _served_by(item))}


def _served_by(item: Resource) -> str:
    """The service of a slice: its label tells; a row has only the name, to which five letters were added."""
    return item.tree.text("metadata", "labels", _SERVICE_OF_SLICE) or item.name.rpartition("-")[0]


def _of_slice(item: Resource) -> Ends | None:
    if item.source == "row":
        return _of_row(item)
    states = [end.text("conditions", "ready") for end in item.tree.items("endpoints")]
    late = states.count("false")  # an unknown state counts as ready, as it does for those who route by it
    where = item.tree.at("endpoints") or item.tree.at("metadata", "name")
    return Ends(len(states) - late, late, item, where)


def _of_endpoints(item: Resource) -> Ends | None:
    if item.source == "row":
        return _of_row(item)
    subsets = item.tree.items("subsets")
    ready = sum(len(subset.items("addresses")) for subset in subsets)
    late = sum(len(subset.items("notReadyAddresses")) for subset in subsets)
    return Ends(ready, late, item, item.tree.at("subsets") or item.tree.at("metadata", "name"))


def _of_row(item: Resource) -> Ends | None:
    """A table shows of a service's endpoints those that are ready, and of a slice's all: only none at all is sure."""
    cell = item.tree.at("row", "ENDPOINTS")
    none = cell.text() in ("<none>", "<unset>")
    return Ends(0, 0, item, cell) if none else Ends(1, 0, item, cell) if cell else None


def _of_description(service: Resource) -> Ends | None:
    ports = [port.at("endpoints") for port in service.tree.items("spec", "ports")]
    if service.source != "described" or not any(port.line for port in ports):
        return None
    return Ends(sum(port.text().count(":") for port in ports), 0, service, next(port for port in ports if port.line))
