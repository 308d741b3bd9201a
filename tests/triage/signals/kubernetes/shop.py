"""A small shop in a cluster: three workloads behind services, two nodes; sound until a test breaks it.

The objects are kept as the API has them, and written in every form that people save them in.
"""

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import yaml

from tests.triage.signals.kubernetes.kubectl_text import described, tables

Thing = dict[str, Any]

HASH = "7d9f8b6c5d"
_KINDS = {
    "Pod": "pods",
    "Deployment": "deployments",
    "ReplicaSet": "replicasets",
    "Service": "services",
    "Endpoints": "endpoints",
    "ServiceAccount": "serviceaccounts",
    "Node": "nodes",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "PersistentVolume": "persistentvolumes",
    "StorageClass": "storageclasses",
    "ResourceQuota": "resourcequotas",
    "NetworkPolicy": "networkpolicies",
    "Event": "events",
}
_CLUSTER_WIDE = ("Node", "PersistentVolume", "StorageClass")


class Shop:
    """The objects of the shop, by kind and name.

    Args:
        broken: What a test does to it.
    """

    def __init__(self, broken: Callable[["Shop"], object] | None = None) -> None:
        self.things: list[Thing] = []
        for name, port, calls in (("web", 8080, "cart:7070"), ("cart", 7070, "store:6379"), ("store", 6379, "")):
            self._workload(name, port, calls)
        for name in ("node-a", "node-b"):
            self.things.append(_node(name))
        if broken is not None:
            broken(self)

    def get(self, kind: str, name: str) -> Thing:
        """One object to be changed."""
        return next(t for t in self.things if t["kind"] == kind and t["metadata"]["name"].startswith(name))

    def pod(self, name: str) -> Thing:
        """The pod of a workload."""
        return self.get("Pod", name)

    def container(self, name: str) -> Thing:
        """The container of a workload's pod."""
        found: Thing = self.pod(name)["spec"]["containers"][0]
        return found

    def change_template(self, name: str, change: Callable[[Thing], object]) -> None:
        """Change the pod spec of a workload everywhere it stands."""
        change(self.pod(name)["spec"])
        change(self.get("Deployment", name)["spec"]["template"]["spec"])

    def add(self, kind: str, name: str, **parts: Any) -> Thing:
        """Add an object."""
        meta: Thing = {"name": name, "uid": f"u-{kind}-{name}"}
        if kind not in _CLUSTER_WIDE:
            meta["namespace"] = "shop"
        thing = {"apiVersion": "v1", "kind": kind, "metadata": meta, **parts}
        self.things.append(thing)
        return thing

    def wait(self, name: str, why: str, message: str = "", /, *, phase: str = "Pending", **last: Any) -> None:
        """Let the container of a workload wait for a reason instead of running."""
        state: Thing = {"waiting": {"reason": why, "message": message}}
        status: Thing = {"name": name, "ready": False, "restartCount": 4 if last else 0, "state": state}
        if last:
            status["lastState"] = {"terminated": last}
        self._down(name, phase, [status])

    def pend(self, name: str, message: str) -> None:
        """Let no node take the pod of a workload."""
        self._down(name, "Pending", [])
        pod = self.pod(name)
        pod["spec"].pop("nodeName", None)
        self.warn("Pod", pod["metadata"]["name"], "FailedScheduling", message)

    def refuse(self, name: str, message: str) -> None:
        """Let the API refuse to create the pod of a workload."""
        self.things.remove(self.pod(name))
        self._short(name)
        owner = f"{name}-{HASH}"
        self.get("ReplicaSet", owner)["status"] = {"replicas": 0}
        self.warn("ReplicaSet", owner, "FailedCreate", f"Error creating: {message}")

    def warn(self, kind: str, name: str, reason: str, message: str, count: int = 5, *, normal: bool = False) -> None:
        """Add an event."""
        self.things.append(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": f"{name}.{len(self.things)}", "namespace": "shop"},
                "type": "Normal" if normal else "Warning",
                "reason": reason,
                "message": message,
                "count": count,
                "firstTimestamp": "2026-05-04T10:00:00Z",
                "lastTimestamp": "2026-05-04T10:05:00Z",
                "involvedObject": {"kind": kind, "name": name, "namespace": "shop"},
            }
        )

    def claim(self, name: str, spec: Thing) -> None:
        """Let a workload wait for a claim that stays unbound."""
        self.add("PersistentVolumeClaim", f"{name}-data", spec=spec, status={"phase": "Pending"})
        mounted = [{"name": "data", "persistentVolumeClaim": {"claimName": f"{name}-data"}}]
        self.change_template(name, lambda found: found.update(volumes=mounted))
        self.pend(name, "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.")

    def _down(self, name: str, phase: str, statuses: list[Thing]) -> None:
        conditions = [{"type": "Ready", "status": "False"}]
        self.pod(name)["status"] = {"phase": phase, "conditions": conditions, "containerStatuses": statuses}
        self._short(name)

    def _short(self, name: str) -> None:
        self.get("Deployment", name)["status"] = {"replicas": 1, "unavailableReplicas": 1}

    def _workload(self, name: str, port: int, calls: str) -> None:
        labels = {"app": name}
        env = [{"name": "PORT", "value": str(port)}]
        env += [{"name": f"{calls.partition(':')[0].upper()}_ADDR", "value": calls}] if calls else []
        probe = {"tcpSocket": {"port": port}, "periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3}
        spec: Thing = {
            "serviceAccountName": name,
            "nodeName": "node-a",
            "containers": [
                {
                    "name": name,
                    "image": f"registry.example/{name}:1.4.0",
                    "ports": [{"containerPort": port, "protocol": "TCP"}],
                    "env": env,
                    "livenessProbe": dict(probe),
                    "readinessProbe": dict(probe),
                    "resources": {
                        "requests": {"cpu": "100m", "memory": "64Mi"},
                        "limits": {"cpu": "200m", "memory": "128Mi"},
                    },
                }
            ],
        }
        template = {"metadata": {"labels": labels}, "spec": {k: v for k, v in spec.items() if k != "nodeName"}}
        wanted = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
        self.add(
            "Deployment",
            name,
            spec=deepcopy(wanted),
            status={"replicas": 1, "readyReplicas": 1, "availableReplicas": 1},
        )
        self.add("ReplicaSet", f"{name}-{HASH}", spec=deepcopy(wanted), status={"replicas": 1, "readyReplicas": 1})
        pod = self.add("Pod", f"{name}-{HASH}-x2x4z", spec=deepcopy(spec))
        pod["metadata"]["labels"] = {**labels, "pod-template-hash": HASH}
        pod["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": f"{name}-{HASH}"}]
        status = {"name": name, "ready": True, "restartCount": 0, "state": {"running": {}}}
        conditions = [{"type": "Ready", "status": "True"}]
        pod["status"] = {"phase": "Running", "conditions": conditions, "containerStatuses": [status]}
        ports = [{"name": "main", "port": port, "targetPort": port, "protocol": "TCP"}]
        self.add("Service", name, spec={"type": "ClusterIP", "selector": labels, "ports": ports})
        self.add("Endpoints", name, subsets=[{"addresses": [{"ip": "10.1.0.4"}], "ports": [{"port": port}]}])
        self.add("ServiceAccount", name)


def _node(name: str) -> Thing:
    amounts = {"cpu": "8", "memory": "16Gi", "pods": "110"}
    types = ("MemoryPressure", "DiskPressure", "PIDPressure")
    conditions = [{"type": kind, "status": "False", "reason": "Fine", "message": "fine"} for kind in types]
    conditions.append({"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "posting ready status"})
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "uid": f"u-{name}", "labels": {"kubernetes.io/hostname": name}},
        "spec": {},
        "status": {"conditions": conditions, "allocatable": dict(amounts), "capacity": dict(amounts)},
    }


def as_yaml(shop: Shop) -> dict[str, str]:
    """`kubectl get KIND -o yaml`, one file for each kind."""
    return {
        f"{_name(kind)}.yaml": yaml.safe_dump({"apiVersion": "v1", "items": items, "kind": "List"}, allow_unicode=True)
        for kind, items in _by_kind(shop.things).items()
    }


def as_json(shop: Shop) -> dict[str, str]:
    """`kubectl cluster-info dump`: typed lists whose items do not repeat their kind."""
    found = {}
    for kind, items in _by_kind(shop.things).items():
        bare = [{key: value for key, value in item.items() if key not in ("kind", "apiVersion")} for item in items]
        listed = {"kind": f"{kind}List", "apiVersion": "v1", "items": bare}
        found[f"shop/{_name(kind)}.json"] = json.dumps(listed, indent=4)
    return found


def as_documents(shop: Shop) -> dict[str, str]:
    """One file of many documents for each namespace, as must-gather and support bundles come after `cat`."""
    return {"shop.yaml": "\n---\n".join(yaml.safe_dump(thing, sort_keys=False) for thing in shop.things)}


def as_compact_json(shop: Shop) -> dict[str, str]:
    """Arrays of objects on one line for each kind, as support bundles have them."""
    return {
        f"cluster-resources/{_name(kind)}/shop.json": json.dumps(items) for kind, items in _by_kind(shop.things).items()
    }


def as_text(shop: Shop) -> dict[str, str]:
    """`kubectl describe` of everything, and the table of pods."""
    return {**described(shop.things), **tables(shop.things)}


FORMS: tuple[Callable[[Shop], dict[str, str]], ...] = (as_yaml, as_json, as_documents, as_compact_json, as_text)


def _name(kind: str) -> str:
    return _KINDS.get(kind, f"{kind.lower()}s")


def _by_kind(things: Iterable[Thing]) -> dict[str, list[Thing]]:
    found: dict[str, list[Thing]] = {}
    for thing in things:
        found.setdefault(thing["kind"], []).append(thing)
    return found
