"""The objects of one cluster, whatever they were read from, and what is known of each.

The same object is often there several times: as a row of `kubectl get`, described, dumped, and as the manifest that was
applied. The copy that tells most stands for it. What a manifest alone says is wanted, and not known to be there.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from msgspec import Struct

from responder.patterns import lazy
from responder.triage.components import without_pod_hash
from responder.triage.signals.content import Content
from responder.triage.signals.trees import MISSING, Tree

__all__ = ["WORKLOADS", "Cluster", "Resource", "Source", "app_of"]

Source = Literal["dump", "described", "row", "manifest"]
"""How an object was written, the most telling first."""
_ORDER: tuple[Source, ...] = ("dump", "described", "row", "manifest")
_SCHEDULED = lazy(r"-\d{8,10}$")
"""What a cron job adds to the names of its jobs: the minute of the schedule."""
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob")
_CLUSTER_WIDE = frozenset(
    {"Node", "PersistentVolume", "StorageClass", "PriorityClass", "Namespace", "MutatingWebhookConfiguration"}
    | {"ValidatingWebhookConfiguration", "APIService", "ClusterRole", "ClusterRoleBinding", "IngressClass"}
)


class Resource(Struct, frozen=True):
    """One object as one text has it."""

    kind: str
    name: str
    namespace: str
    """Empty where the text does not say, and for what belongs to no namespace."""
    tree: Tree
    content: Content
    source: Source

    @property
    def app(self) -> str:
        """The workload as people call it: that of the owner where one is told, for the names of pods alone mislead."""
        owner = next(iter(self.tree.items("metadata", "ownerReferences")), MISSING)
        name = owner.text("name")
        if self.kind == "Pod" and owner.text("kind") == "ReplicaSet":
            made = self.tree.text("metadata", "labels", "pod-template-hash")
            return name.removesuffix(f"-{made}") if made and name.endswith(f"-{made}") else app_of(name)
        if owner.text("kind") in ("StatefulSet", "DaemonSet", "CronJob", "Deployment"):
            return name
        if owner.text("kind") == "Job" or self.kind == "Job":
            return _SCHEDULED.sub("", name or self.name)
        return app_of(self.name)


def app_of(name: str) -> str:
    """The workload of a pod or replica set, as people call it."""
    return without_pod_hash(name.rpartition("/")[2])


class Cluster:
    """Everything that was read of one cluster.

    Args:
        resources: The objects in the order of the texts.
    """

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._by_kind: dict[str, list[Resource]] = defaultdict(list)
        for resource in resources:
            self._by_kind[resource.kind].append(resource)
        self._chosen: dict[str, tuple[Resource, ...]] = {}
        self._named: dict[str, dict[str, list[Resource]]] = {}
        self._listed: dict[tuple[str, str], bool] = {}

    def every(self, kind: str) -> tuple[Resource, ...]:
        """All copies of the objects of a kind."""
        return tuple(self._by_kind.get(kind, ()))

    def of(self, *kinds: str) -> tuple[Resource, ...]:
        """The objects of some kinds that are there, each once, as the most telling text has it."""
        return tuple(item for kind in kinds for item in self._choose(kind) if item.source != "manifest")

    def wanted(self, *kinds: str) -> tuple[Resource, ...]:
        """The objects of some kinds that are there or that a manifest wants."""
        return tuple(item for kind in kinds for item in self._choose(kind))

    def find(self, kind: str, name: str, namespace: str = "") -> Resource | None:
        """One object that is there."""
        if kind not in self._named:
            named = self._named[kind] = defaultdict(list)
            for item in self.of(kind):
                named[item.name].append(item)
        return next((item for item in self._named[kind].get(name, ()) if _same(item.namespace, namespace)), None)

    def lists(self, kind: str, namespace: str = "") -> bool:
        """Whether the evidence lists what there is of a kind, so that what it does not name does not exist.

        One lone object may have been asked for by its name.
        """
        place = kind, "" if kind in _CLUSTER_WIDE else namespace
        if place not in self._listed:
            self._listed[place] = sum(_same(item.namespace, place[1]) for item in self.of(kind)) > 1
        return self._listed[place]

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """The namespaces that objects are said to be in."""
        return frozenset(item.namespace for items in self._by_kind.values() for item in items if item.namespace)

    def _choose(self, kind: str) -> tuple[Resource, ...]:
        if kind not in self._chosen:
            best: dict[tuple[str, str], Resource] = {}
            homes: dict[str, list[str]] = defaultdict(list)
            for item in sorted(self._by_kind.get(kind, ()), key=lambda item: _ORDER.index(item.source)):
                known = homes[item.name]
                home = next((space for space in known if _same(space, item.namespace)), None)
                if home is None:
                    known.append(item.namespace)
                    best[item.name, item.namespace] = item
            self._chosen[kind] = tuple(best.values())
        return self._chosen[kind]


def _same(one: str, other: str) -> bool:
    """Whether two namespaces may be one; a text that names none may mean any."""
    return one == other or not one or not other
