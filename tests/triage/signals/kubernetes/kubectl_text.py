"""Writes objects as `kubectl describe` and `kubectl get` print them, as far as the shop uses them."""

from collections.abc import Iterable, Iterator
from typing import Any

Thing = dict[str, Any]


def described(things: Iterable[Thing]) -> dict[str, str]:
    """One text for each kind that `kubectl describe` knows a form of."""
    things = list(things)
    events: dict[tuple[str, str], list[Thing]] = {}
    for thing in things:
        if thing["kind"] == "Event":
            about = thing["involvedObject"]
            events.setdefault((about["kind"], about["name"]), []).append(thing)
    texts: dict[str, list[str]] = {}
    for thing in things:
        write = _WRITERS.get(thing["kind"])
        if write is not None:
            name = thing["metadata"]["name"]
            lines = [*_meta(thing), *write(thing), *_events(events.get((thing["kind"], name), []))]
            texts.setdefault(f"describe_{thing['kind'].lower()}s.txt", []).append("\n".join(lines))
    return {name: "\n\n---\n".join(parts) + "\n" for name, parts in texts.items()}


def tables(things: Iterable[Thing]) -> dict[str, str]:
    """The tables of pods, deployments, replica sets, accounts and events."""
    things = list(things)
    pods = [("NAME", "READY", "STATUS", "RESTARTS", "AGE")]
    replicas = [("NAME", "DESIRED", "CURRENT", "READY", "AGE")]
    deployments = [("NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE")]
    accounts = [("NAME", "SECRETS", "AGE")]
    events = [("LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE")]
    for thing in things:
        name, status, spec = thing["metadata"].get("name", ""), thing.get("status", {}), thing.get("spec", {})
        if thing["kind"] == "Pod":
            ready = sum(item["ready"] for item in status.get("containerStatuses", ()))
            waiting = [item["state"].get("waiting", {}).get("reason") for item in status.get("containerStatuses", ())]
            word = next(filter(None, waiting), status["phase"])
            pods.append((name, f"{ready}/{len(spec['containers'])}", word, "0", "5m"))
        elif thing["kind"] == "ReplicaSet":
            row = (spec["replicas"], status.get("replicas", 0), status.get("readyReplicas", 0))
            replicas.append((name, *map(str, row), "5m"))
        elif thing["kind"] == "Deployment":
            ready = status.get("readyReplicas", 0)
            deployments.append((name, f"{ready}/{spec['replicas']}", "1", str(ready), "5m"))
        elif thing["kind"] == "ServiceAccount":
            accounts.append((name, "0", "5m"))
        elif thing["kind"] == "Event":
            about = thing["involvedObject"]
            object_name = f"{about['kind'].lower()}/{about['name']}"
            events.append(("5m", thing["type"], thing["reason"], object_name, thing["message"]))
    found = {"pods": pods, "replicasets": replicas, "deployments": deployments, "serviceaccounts": accounts}
    return {f"get_{name}.txt": _table(rows) for name, rows in {**found, "events": events}.items() if len(rows) > 1}


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[at]) for row in rows) + 3 for at in range(len(rows[0]))]
    return "".join("".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows)


def _meta(thing: Thing) -> Iterator[str]:
    meta = thing["metadata"]
    yield f"Name:             {meta['name']}"
    if "namespace" in meta:
        yield f"Namespace:        {meta['namespace']}"
    yield from _pairs("Labels", meta.get("labels", {}))
    yield "Annotations:      <none>"
    for owner in meta.get("ownerReferences", ()):
        yield f"Controlled By:  {owner['kind']}/{owner['name']}"


def _pairs(key: str, pairs: dict[str, str], indent: str = "") -> Iterator[str]:
    shown = [f"{name}={value}" for name, value in pairs.items()] or ["<none>"]
    yield f"{indent}{key + ':':<17} {shown[0]}"
    yield from (f"{indent}{'':<17} {more}" for more in shown[1:])


def _events(events: list[Thing]) -> Iterator[str]:
    if not events:
        yield "Events:           <none>"
        return
    yield "Events:"
    yield "  Type     Reason     Age   From     Message"
    yield "  ----     ------     ----  ----     -------"
    for event in events:
        age = f"1s (x{event['count']} over 5m)" if event["count"] > 1 else "1s"
        yield f"  {event['type']}  {event['reason']}  {age}  kubelet  {event['message']}"


def _pod(thing: Thing) -> Iterator[str]:
    spec, status = thing["spec"], thing["status"]
    yield "Priority:         0"
    yield f"Service Account:  {spec['serviceAccountName']}"
    yield f"Node:             {spec['nodeName'] + '/10.0.0.4' if 'nodeName' in spec else '<none>'}"
    yield f"Status:           {status['phase']}"
    yield from _containers(spec, status)
    yield "Conditions:"
    yield "  Type              Status"
    yield from (f"  {item['type']}             {item['status']} " for item in status["conditions"])
    yield from _volumes(spec, "")
    yield "QoS Class:        Burstable"
    yield from _pairs("Node-Selectors", spec.get("nodeSelector", {}))
    yield "Tolerations:      node.kubernetes.io/not-ready:NoExecute op=Exists for 300s"


def _containers(spec: Thing, status: Thing, indent: str = "") -> Iterator[str]:
    states = {item["name"]: item for item in status.get("containerStatuses", ())}
    for title, key in (("Init Containers", "initContainers"), ("Containers", "containers")):
        if key in spec:
            yield f"{indent}{title}:"
            for container in spec[key]:
                yield f"{indent}  {container['name']}:"
                lines = _container(container, states.get(container["name"]))
                yield from (f"{indent}    {line}" for line in lines)


def _container(container: Thing, status: Thing | None) -> Iterator[str]:
    yield f"Image:          {container['image']}"
    ports = [f"{port['containerPort']}/{port.get('protocol', 'TCP')}" for port in container.get("ports", ())]
    yield f"{'Ports' if len(ports) > 1 else 'Port'}:           {', '.join(ports) or '<none>'}"
    if status is not None:
        yield from _state("State", status["state"])
        if "lastState" in status:
            yield from _state("Last State", status["lastState"])
        yield f"Ready:          {status['ready']}"
        yield f"Restart Count:  {status['restartCount']}"
    for title, key in (("Limits", "limits"), ("Requests", "requests")):
        yield f"{title}:"
        yield from (f"  {name}:     {value}" for name, value in container.get("resources", {}).get(key, {}).items())
    for title, key in (("Liveness", "livenessProbe"), ("Readiness", "readinessProbe")):
        if key in container:
            probe = container[key]
            asked = f"tcp-socket :{probe['tcpSocket']['port']}"
            yield f"{title}:     {asked} delay=0s timeout={probe['timeoutSeconds']}s period=10s #success=1 #failure=3"
    yield "Environment:"
    for variable in container.get("env", ()):
        value = variable.get("value", "")
        for form, word in (("secretKeyRef", "secret"), ("configMapKeyRef", "config map")):
            if ref := variable.get("valueFrom", {}).get(form):
                value = f"<set to the key '{ref['key']}' in {word} '{ref['name']}'>  Optional: false"
        yield f"  {variable['name']}:  {value}"
    yield "Mounts:  <none>"


def _state(title: str, state: Thing) -> Iterator[str]:
    for word, inner in state.items():
        yield f"{title + ':':<15} {word.capitalize()}"
        names = {"reason": "Reason", "exitCode": "Exit Code", "message": "Message"}
        yield from (f"  {names[key] + ':':<13} {value}" for key, value in inner.items() if value and key in names)


def _volumes(spec: Thing, indent: str) -> Iterator[str]:
    if "volumes" not in spec:
        return
    yield f"{indent}Volumes:"
    for volume in spec["volumes"]:
        yield f"{indent}  {volume['name']}:"
        if claim := volume.get("persistentVolumeClaim"):
            yield f"{indent}    Type:       PersistentVolumeClaim (a reference to a PersistentVolumeClaim)"
            yield f"{indent}    ClaimName:  {claim['claimName']}"
        if secret := volume.get("secret"):
            yield f"{indent}    Type:        Secret (a volume populated by a Secret)"
            yield f"{indent}    SecretName:  {secret['secretName']}"
            yield f"{indent}    Optional:    false"


def _deployment(thing: Thing) -> Iterator[str]:
    spec, status = thing["spec"], thing["status"]
    ready = status.get("availableReplicas", 0)
    lacking = status.get("unavailableReplicas", 0)
    yield from _pairs("Selector", spec["selector"]["matchLabels"])
    total = status.get("replicas", 0)
    counts = f"{total} updated | {total} total | {ready} available | {lacking} unavailable"
    yield f"Replicas:  {spec['replicas']} desired | {counts}"
    yield "StrategyType:           RollingUpdate"
    yield "Pod Template:"
    yield from _pairs("Labels", spec["template"]["metadata"]["labels"], "  ")
    template = spec["template"]["spec"]
    yield f"  Service Account:  {template['serviceAccountName']}"
    yield from _containers(template, {}, "  ")
    yield from _volumes(template, "  ")


def _service(thing: Thing) -> Iterator[str]:
    spec = thing["spec"]
    yield from _pairs("Selector", spec["selector"])
    yield f"Type:                     {spec['type']}"
    for port in spec["ports"]:
        yield f"Port:                     {port['name']}  {port['port']}/{port['protocol']}"
        yield f"TargetPort:               {port['targetPort']}/{port['protocol']}"
        yield f"Endpoints:                10.1.0.4:{port['port']}"
    yield "Session Affinity:         None"


def _node(thing: Thing) -> Iterator[str]:
    spec, status = thing["spec"], thing["status"]
    taints = [f"{t['key']}={t['value']}:{t['effect']}" for t in spec.get("taints", ())] or ["<none>"]
    yield f"Taints:             {taints[0]}"
    yield f"Unschedulable:      {str(spec.get('unschedulable', False)).lower()}"
    yield "Conditions:"
    yield "  Type  Status  LastHeartbeatTime  LastTransitionTime  Reason  Message"
    yield "  ----  ------  -----------------  ------------------  ------  -------"
    at = "Mon, 04 May 2026 10:00:00 +0000"
    for item in status["conditions"]:
        yield f"  {item['type']}  {item['status']}  {at}  {at}  {item['reason']}  {item['message']}"
    yield "Allocatable:"
    yield from (f"  {key}:  {value}" for key, value in status["allocatable"].items())


_SHORT = {"ReadWriteOnce": "RWO", "ReadWriteMany": "RWX"}


def _claim(thing: Thing) -> Iterator[str]:
    spec = thing["spec"]
    yield f"StorageClass:  {spec.get('storageClassName', '')}"
    yield f"Status:        {thing['status']['phase']}"
    yield f"Access Modes:  {','.join(_SHORT[mode] for mode in spec.get('accessModes', ()))}"
    yield "VolumeMode:    Filesystem"
    yield f"Used By:       {thing['metadata']['name'].removesuffix('-data')}-7d9f8b6c5d-x2x4z"


def _volume(thing: Thing) -> Iterator[str]:
    spec = thing["spec"]
    yield f"StorageClass:    {spec.get('storageClassName', '')}"
    yield f"Status:          {thing['status']['phase']}"
    yield "Reclaim Policy:  Retain"
    yield f"Access Modes:    {','.join(_SHORT[mode] for mode in spec.get('accessModes', ()))}"
    yield f"Capacity:        {spec['capacity']['storage']}"


def _quota(thing: Thing) -> Iterator[str]:
    yield "Resource  Used  Hard"
    yield "--------  ----  ----"
    hard, used = thing["status"]["hard"], thing["status"]["used"]
    yield from (f"{key}  {used[key]}  {hard[key]}" for key in hard)


_WRITERS = {
    "Pod": _pod,
    "Deployment": _deployment,
    "Service": _service,
    "Node": _node,
    "PersistentVolumeClaim": _claim,
    "PersistentVolume": _volume,
    "ResourceQuota": _quota,
}
