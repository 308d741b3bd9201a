"""Tables of `kubectl get` as objects of the API; a row tells little, but what it tells is where the API has it."""

import re
from collections.abc import Iterator, Mapping, Sequence

from responder.triage.signals.kubernetes.forms.policies import measured
from responder.triage.signals.trees import Tree, branch, leaf, listed

__all__ = ["table_objects"]

_COLUMN = re.compile(r"\S+(?: \S+)*")
_HEADER = re.compile(r"^(?:NAMESPACE\s+)?(?:NAME|LAST SEEN)\s{2,}[A-Z]")
_EVENT = re.compile(
    r"^\S{1,20}\s+(?P<TYPE>Normal|Warning)\s+(?P<REASON>\w+)\s+(?P<OBJECT>[a-z.]+/\S+)\s+(?P<MESSAGE>\S.*)$"
)
"""A row of events; sorted outside of kubectl the header stands anywhere."""
_KINDS = (
    ("Event", {"REASON", "OBJECT", "MESSAGE"}),
    ("Pod", {"READY", "STATUS", "RESTARTS"}),
    ("Deployment", {"READY", "UP-TO-DATE", "AVAILABLE"}),
    ("DaemonSet", {"DESIRED", "CURRENT", "READY", "NODE SELECTOR"}),
    ("ReplicaSet", {"DESIRED", "CURRENT", "READY"}),
    ("Service", {"TYPE", "CLUSTER-IP"}),
    ("Node", {"STATUS", "ROLES", "VERSION"}),
    ("PersistentVolumeClaim", {"STATUS", "VOLUME", "CAPACITY"}),
    ("PersistentVolume", {"CAPACITY", "RECLAIM POLICY", "CLAIM"}),
    ("StorageClass", {"PROVISIONER"}),
    ("ServiceAccount", {"SECRETS"}),
    ("Secret", {"TYPE", "DATA"}),
    ("ConfigMap", {"DATA"}),
    ("EndpointSlice", {"ADDRESSTYPE", "ENDPOINTS"}),
    ("Endpoints", {"ENDPOINTS"}),
    ("HorizontalPodAutoscaler", {"REFERENCE", "TARGETS"}),
    ("PodDisruptionBudget", {"MIN AVAILABLE", "ALLOWED DISRUPTIONS"}),
    ("NetworkPolicy", {"POD-SELECTOR"}),
    ("Ingress", {"CLASS", "HOSTS"}),
    ("Job", {"COMPLETIONS", "DURATION"}),
    ("CronJob", {"SCHEDULE", "SUSPEND"}),
    ("PriorityClass", {"VALUE", "GLOBAL-DEFAULT"}),
    ("NodeMetrics", {"CPU(cores)", "CPU%"}),
    ("PodMetrics", {"CPU(cores)", "MEMORY(bytes)"}),
    ("StatefulSet", {"READY", "AGE"}),
    ("Namespace", {"STATUS"}),
)
"""By which columns a table is known; the first that fits wins."""
_PHASES = frozenset({"Running", "Pending", "Succeeded", "Failed", "Unknown"})
_DONE = {"Completed": "Succeeded", **dict.fromkeys(("Evicted", "OutOfcpu", "OutOfmemory", "OutOfpods"), "Failed")}
"""What is over for good: nothing of such a pod is started again."""
_MOST_CONTAINERS = 50
_LOAD = re.compile(r"(?:(?P<name>\w{1,40}): )?(?P<now>\d{1,6})%/(?P<aim>\d{1,6})%")
_OBJECT_KINDS = {
    "pod": "Pod",
    "deployment": "Deployment",
    "replicaset": "ReplicaSet",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "job": "Job",
    "cronjob": "CronJob",
    "node": "Node",
    "service": "Service",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "persistentvolume": "PersistentVolume",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "ingress": "Ingress",
    "endpoints": "Endpoints",
    "endpointslice": "EndpointSlice",
    "poddisruptionbudget": "PodDisruptionBudget",
}

Cells = Mapping[str, str]


def table_objects(lines: Sequence[str]) -> Iterator[Tree]:
    """One object for each row of all the tables in a text."""
    starts: list[tuple[str, int]] = []
    kind = ""
    for number, text in enumerate(lines, 1):
        if event := _EVENT.match(text):
            yield _event(event.groupdict(), number)
        elif _HEADER.match(text):
            starts = [(match[0], match.start()) for match in _COLUMN.finditer(text)]
            columns = {name for name, _ in starts}
            kind = next((kind for kind, marks in _KINDS if marks <= columns), "")
        elif not text.strip() or text[0].isspace():
            starts = [] if not text.strip() else starts
        elif starts and kind:
            ends = [start for _, start in starts[1:]] + [len(text)]
            cells = {name: text[at:end].strip() for (name, at), end in zip(starts, ends, strict=True)}
            yield _event(cells, number) if kind == "Event" else _row(kind, cells, number)


def _event(cells: Cells, line: int) -> Tree:
    kind, _, name = cells.get("OBJECT", "").partition("/")
    count = cells.get("COUNT", "")
    kind = kind.partition(".")[0]
    space = leaf(cells["NAMESPACE"], line) if cells.get("NAMESPACE") else None
    about = branch(
        line,
        {"kind": leaf(_OBJECT_KINDS.get(kind, kind.capitalize()), line), "name": leaf(name, line), "namespace": space},
    )
    return branch(
        line,
        {
            "kind": leaf("Event", line),
            "metadata": branch(line, {"namespace": space}),
            "type": leaf(cells.get("TYPE", ""), line),
            "reason": leaf(cells.get("REASON", ""), line),
            "message": leaf(cells.get("MESSAGE", ""), line),
            "count": leaf(count if count.isdecimal() and len(count) < 8 else "1", line),
            "involvedObject": about,
        },
    )


def _row(kind: str, cells: Cells, line: int) -> Tree:
    prefix, slash, name = cells.get("NAME", "").rpartition("/")
    kind = _OBJECT_KINDS.get(prefix.partition(".")[0], kind) if slash else kind
    space = leaf(cells["NAMESPACE"], line) if cells.get("NAMESPACE") else None
    meta = branch(line, {"name": leaf(name, line), "namespace": space})
    made = {key: leaf(value, line) for key, value in cells.items()}
    parts = _parts(kind, made, cells, line)
    return branch(line, {"kind": leaf(kind, line), "metadata": meta, "row": Tree({**made}, line), **parts})


def _parts(kind: str, made: Mapping[str, Tree], cells: Cells, line: int) -> dict[str, Tree | None]:
    match kind:
        case "Pod":
            return {"status": _pod_status(cells, line), "spec": branch(line, {"nodeName": made.get("NODE")})}
        case "Deployment" | "StatefulSet":
            ready, _, wanted = cells.get("READY", "").partition("/")
            return _counted(wanted, ready, line)
        case "ReplicaSet" | "DaemonSet":
            counted = _counted(cells.get("DESIRED", ""), cells.get("READY", ""), line)
            status = counted["status"]
            if status is not None and isinstance(status.value, dict):
                status.value["replicas"] = leaf(cells.get("CURRENT", ""), line)
            return counted
        case "Service":
            return {"spec": branch(line, {"type": made.get("TYPE"), "ports": _ports(cells.get("PORT(S)", ""), line)})}
        case "Node":
            return {"status": _node_status(cells.get("STATUS", ""), line)}
        case "PersistentVolumeClaim" | "PersistentVolume":
            modes = [leaf(mode.strip(), line) for mode in cells.get("ACCESS MODES", "").split(",") if mode.strip()]
            spec = {"storageClassName": made.get("STORAGECLASS"), "accessModes": listed(line, modes) if modes else None}
            return {"spec": branch(line, spec), "status": branch(line, {"phase": made.get("STATUS")})}
        case "HorizontalPodAutoscaler":
            return _scaler(cells, line)
        case _:
            return {}


def _scaler(cells: Cells, line: int) -> dict[str, Tree | None]:
    kind, _, name = cells.get("REFERENCE", "").rpartition("/")
    loads = [(m["name"] or "cpu", m["now"], m["aim"], line) for m in _LOAD.finditer(cells.get("TARGETS", "")[:400])]
    aims, now = measured(loads)
    target = {"kind": leaf(kind, line), "name": leaf(name, line)}
    return {
        "spec": branch(
            line,
            {
                "scaleTargetRef": branch(line, dict(target)),
                "maxReplicas": leaf(cells.get("MAXPODS", ""), line),
                "metrics": aims,
            },
        ),
        "status": branch(line, {"currentReplicas": leaf(cells.get("REPLICAS", ""), line), "currentMetrics": now}),
    }


def _pod_status(cells: Cells, line: int) -> Tree:
    """The word that kubectl sums a pod up with is a phase, or the reason why a container does not run."""
    word = cells.get("STATUS", "")
    ready, _, total = cells.get("READY", "").partition("/")
    phase = _DONE.get(word, word if word in _PHASES else "")
    number = int(total) if total.isdecimal() and len(total) < 4 else 0
    fit = int(ready) if ready.isdecimal() and len(ready) < 4 else 0
    restarts = cells.get("RESTARTS", "").partition(" ")[0]
    waiting = branch(line, {"waiting": branch(line, {"reason": leaf(word, line)})})
    items = [
        branch(
            line,
            {
                "ready": leaf("true" if at < fit else "false", line),
                "restartCount": leaf(restarts, line) if at == 0 else None,
                "state": waiting if not phase and at == fit else None,
            },
        )
        for at in range(min(number, _MOST_CONTAINERS))
    ]
    reason = leaf(word, line) if phase == "Failed" or (not phase and fit >= number) else None
    return branch(
        line, {"phase": leaf(phase or "Pending", line), "reason": reason, "containerStatuses": listed(line, items)}
    )


def _counted(wanted: str, ready: str, line: int) -> dict[str, Tree | None]:
    return {
        "spec": branch(line, {"replicas": leaf(wanted, line)}),
        "status": branch(line, {"readyReplicas": leaf(ready, line)}),
    }


def _ports(text: str, line: int) -> Tree:
    items = []
    for part in text.split(","):
        number, _, protocol = part.partition("/")
        if number.partition(":")[0].isdecimal():
            port = {"port": leaf(number.partition(":")[0], line), "protocol": leaf(protocol, line)}
            items.append(branch(line, dict(port)))
    return listed(line, items)


def _node_status(word: str, line: int) -> Tree:
    ready = "False" if "NotReady" in word else "True" if "Ready" in word else "Unknown"
    condition = branch(line, {"type": leaf("Ready", line), "status": leaf(ready, line), "message": leaf(word, line)})
    return branch(line, {"conditions": listed(line, [condition])})
