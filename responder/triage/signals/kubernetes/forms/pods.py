"""Pods and pod templates of `kubectl describe` as the API writes them."""

import re
from collections.abc import Iterator, Sequence

from responder.patterns import lazy
from responder.triage.signals.kubernetes.forms.sections import Section, find, leaf_of, told
from responder.triage.signals.trees import MISSING, Tree, branch, leaf, listed

__all__ = ["conditions_of", "labels_of", "pod_spec", "pod_status"]

_PROBES = (("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe"))
_PROBE = lazy(r"^(?P<how>http-get|tcp-socket|grpc|exec)\s+(?P<what>.*?)(?:\s+delay=|$)")
_ASKED = lazy(r"^(?:(?P<scheme>\w+)://)?(?P<host>[^:/]*):(?P<port>[\w-]*)(?P<path>/\S*)?")
_TIMES = (
    ("delay", "initialDelaySeconds"),
    ("timeout", "timeoutSeconds"),
    ("period", "periodSeconds"),
    ("#failure", "failureThreshold"),
)
_FROM_KEY = lazy(
    r"^<set to the key '(?P<key>[^']*)' (?:in|of) (?P<kind>secret|config map) '(?P<name>[^']*)'>"
    r"(?:\s+Optional: (?P<optional>\w+))?"
)
_WHOLE = lazy(r"^(?P<name>\S+)\s+(?P<kind>Secret|ConfigMap)\b.*Optional: (?P<optional>\w+)")
_MOUNT = lazy(r"^(?P<path>\S+) from (?P<volume>\S+) \((?P<how>[^)]*)\)")
_VOLUMES = (("PersistentVolumeClaim", "persistentVolumeClaim"), ("Secret", "secret"), ("ConfigMap", "configMap"))
_TOLERATION = lazy(r"^(?P<key>[^\s:=]*)(?:=(?P<value>[^\s:]*))?(?::(?P<effect>\w+))?(?P<exists>.*op=Exists)?")


def labels_of(section: Section | None) -> Tree:
    """`a=b` lines or a comma separated list of them."""
    if section is None:
        return MISSING
    found = {}
    for line, text in section.values():
        for part in text.split(","):
            key, _, value = part.strip().partition("=")
            if key:
                found[key] = leaf(value, line)
    return Tree(found, section.line) if found else MISSING


def conditions_of(section: Section | None) -> Tree:
    """The table of conditions: type, status, reason and message, and the moment of the last change where it is told."""
    if section is None:
        return MISSING
    items = []
    for row in section.inner:
        cells = re.split(r"\s{2,}", row.text.rstrip())
        if len(cells) < 2 or cells[0] == "Type" or set(cells[0]) == {"-"}:
            continue
        # Of nodes: type, status, heartbeat, transition, reason, message; of workloads: type, status, reason.
        beat, told_at, reason = (cells[2], cells[3], cells[4:]) if len(cells) > 4 else ("", "", cells[2:])
        items.append(
            branch(
                row.line,
                {
                    "type": leaf(cells[0], row.line),
                    "status": leaf(cells[1].strip(), row.line),
                    "lastHeartbeatTime": leaf(beat, row.line),
                    "lastTransitionTime": leaf(told_at, row.line),
                    "reason": leaf(reason[0] if reason else "", row.line),
                    "message": leaf(" ".join(reason[1:]), row.line),
                },
            )
        )
    return listed(section.line, items)


def pod_spec(outer: Sequence[Section]) -> Tree:
    """What is wanted of a pod."""
    account = find(outer, "Service Account") or find(outer, "Service account")
    node = leaf_of(find(outer, "Node"))
    containers, inits, volumes = find(outer, "Containers"), find(outer, "Init Containers"), find(outer, "Volumes")
    selector = find(outer, "Node-Selectors")
    tolerations = find(outer, "Tolerations")
    return branch(
        outer[0].line if outer else 0,
        {
            "serviceAccountName": leaf_of(account),
            "nodeName": leaf(node.text().partition("/")[0], node.line) if node else None,
            "priorityClassName": leaf_of(find(outer, "Priority Class Name")),
            "initContainers": listed(inits.line, [_container(item) for item in inits.inner]) if inits else None,
            "containers": listed(containers.line, [_container(item) for item in containers.inner])
            if containers
            else None,
            "volumes": listed(volumes.line, [_volume(item) for item in volumes.inner]) if volumes else None,
            "nodeSelector": labels_of(selector),
            "tolerations": listed(tolerations.line, [_toleration(*it) for it in tolerations.values()])
            if tolerations
            else None,
        },
    )


def pod_status(outer: Sequence[Section]) -> Tree:
    """What became of a pod."""
    phase = find(outer, "Status")
    containers, inits = find(outer, "Containers"), find(outer, "Init Containers")
    return branch(
        phase.line if phase else 0,
        {
            "phase": leaf_of(phase),
            "reason": leaf_of(find(outer, "Reason")),
            "message": leaf_of(find(outer, "Message")),
            "conditions": conditions_of(find(outer, "Conditions")),
            "initContainerStatuses": listed(inits.line, [_status(item) for item in inits.inner]) if inits else None,
            "containerStatuses": listed(containers.line, [_status(item) for item in containers.inner])
            if containers
            else None,
        },
    )


def _container(item: Section) -> Tree:
    entries: dict[str, Tree | None] = {"name": leaf(item.key, item.line), "image": leaf_of(item.get("Image"))}
    ports = item.get("Port") or item.get("Ports")
    if ports:
        entries["ports"] = listed(ports.line, list(_ports(ports)))
    for shown, key in (("Command", "command"), ("Args", "args")):
        if (said := item.get(shown)) is not None:
            entries[key] = listed(said.line, [leaf(text, line) for line, text in said.values()])
    for shown, key in _PROBES:
        if (said := item.get(shown)) is not None:
            entries[key] = _probe(said)
    amounts = {"limits": item.get("Limits"), "requests": item.get("Requests")}
    entries["resources"] = branch(
        item.line,
        {key: Tree({s.key: leaf_of(s) for s in a.inner}, a.line) if a else None for key, a in amounts.items()},
    )
    if (env := item.get("Environment")) is not None:
        entries["env"] = listed(env.line, [_variable(section) for section in env.inner if section.key])
    if (env := item.get("Environment Variables from")) is not None:
        entries["envFrom"] = listed(env.line, list(_whole_objects(env)))
    if (mounts := item.get("Mounts")) is not None:
        entries["volumeMounts"] = listed(mounts.line, list(_mounts(mounts)))
    return branch(item.line, entries)


def _ports(section: Section) -> Iterator[Tree]:
    for part in told(section.value).split(","):
        port, _, protocol = part.strip().partition("/")
        if port and port != "0":
            yield branch(
                section.line,
                {"containerPort": leaf(port, section.line), "protocol": leaf(protocol or "TCP", section.line)},
            )


def _probe(section: Section) -> Tree | None:
    match = _PROBE.match(section.value)
    if match is None:
        return None
    line = section.line
    entries: dict[str, Tree | None] = {}
    asked = _ASKED.match(match["what"])
    if match["how"] == "exec":
        entries["exec"] = branch(line, {"command": listed(line, [leaf(match["what"].strip("[] "), line)])})
    elif asked is not None:
        form = {"http-get": "httpGet", "tcp-socket": "tcpSocket", "grpc": "grpc"}[match["how"]]
        found = {"port": asked["port"], "path": asked["path"], "scheme": (asked["scheme"] or "").upper()}
        entries[form] = branch(line, {key: leaf(value, line) if value else None for key, value in found.items()})
    for shown, key in _TIMES:
        if told_time := re.search(rf"(?:^|\s){shown}=(\d+)", section.value):
            entries[key] = leaf(told_time[1], line)
    return branch(line, entries)


def _variable(section: Section) -> Tree:
    line = section.line
    entries: dict[str, Tree | None] = {"name": leaf(section.key, line)}
    if match := _FROM_KEY.match(section.value):
        optional = leaf((match["optional"] or "false").lower(), line)
        found = branch(line, {"name": leaf(match["name"], line), "key": leaf(match["key"], line), "optional": optional})
        kind = "secretKeyRef" if match["kind"] == "secret" else "configMapKeyRef"
        entries["valueFrom"] = branch(line, {kind: found})
    else:
        entries["value"] = leaf(section.value, line)
    return branch(line, entries)


def _whole_objects(section: Section) -> Iterator[Tree]:
    for line, text in section.values():
        if match := _WHOLE.match(text):
            found = branch(line, {"name": leaf(match["name"], line), "optional": leaf(match["optional"].lower(), line)})
            yield branch(line, {"secretRef" if match["kind"] == "Secret" else "configMapRef": found})


def _mounts(section: Section) -> Iterator[Tree]:
    for line, text in section.values():
        if match := _MOUNT.match(text):
            read_only = "true" if match["how"].startswith("ro") else "false"
            yield branch(
                line,
                {
                    "mountPath": leaf(match["path"], line),
                    "name": leaf(match["volume"], line),
                    "readOnly": leaf(read_only, line),
                },
            )


def _volume(item: Section) -> Tree:
    entries: dict[str, Tree | None] = {"name": leaf(item.key, item.line)}
    kind = item.get("Type")
    named = {
        "persistentVolumeClaim": ("claimName", item.get("ClaimName")),
        "secret": ("secretName", item.get("SecretName")),
        "configMap": ("name", item.get("Name")),
    }
    for shown, form in _VOLUMES:
        if kind is not None and kind.value.startswith(shown + " "):
            key, section = named[form]
            optional = leaf_of(item.get("Optional"))
            entries[form] = branch(kind.line, {key: leaf_of(section), "optional": optional or None})
    return branch(item.line, entries)


def _toleration(line: int, text: str) -> Tree:
    match = _TOLERATION.match(text)
    if match is None:
        return branch(line, {})
    exists = bool(match["exists"]) or match["value"] is None
    found = {"key": match["key"], "value": match["value"], "effect": match["effect"]}
    entries: dict[str, Tree | None] = {key: leaf(value, line) if value else None for key, value in found.items()}
    return branch(line, {**entries, "operator": leaf("Exists" if exists else "Equal", line)})


def _status(item: Section) -> Tree:
    ready, restarts = item.get("Ready"), item.get("Restart Count")
    return branch(
        item.line,
        {
            "name": leaf(item.key, item.line),
            "ready": leaf(ready.value.lower(), ready.line) if ready else None,
            "restartCount": leaf_of(restarts),
            "state": _state(item.get("State")),
            "lastState": _state(item.get("Last State")),
        },
    )


def _state(section: Section | None) -> Tree | None:
    if section is None or not told(section.value):
        return None
    code = section.get("Exit Code")
    told_of = {
        "reason": leaf_of(section.get("Reason")),
        "message": leaf_of(section.get("Message")),
        "exitCode": leaf_of(code),
        "startedAt": leaf_of(section.get("Started")),
        "finishedAt": leaf_of(section.get("Finished")),
    }
    return branch(section.line, {section.value.lower(): branch(section.line, dict(told_of))})
