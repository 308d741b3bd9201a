"""Objects as tools of others summarise them: a list under the name of its kind, fields in snake case, some flattened.

So do programs that print what a client library gave them, and agents that save what they asked for. Names are put back
to those of the API; what is flattened is put where the API has it, and what is not understood stays as it stands.
"""

from collections.abc import Iterator

from responder.patterns import lazy
from responder.triage.signals.kubernetes.heads import FLAT_KINDS
from responder.triage.signals.trees import Tree, branch, leaf, listed

__all__ = ["flat_objects"]

_SNAKE = lazy(r"_([a-z0-9])")
_EVENT_TIMES = {"firstTime": "firstTimestamp", "lastTime": "lastTimestamp"}
_REPLICAS = {"ready": "readyReplicas", "available": "availableReplicas", "unavailable": "unavailableReplicas"}
_NODE_STATES = (
    *(("ready", "Ready"), ("memoryPressure", "MemoryPressure"), ("diskPressure", "DiskPressure")),
    *(("pidPressure", "PIDPressure"), ("networkUnavailable", "NetworkUnavailable")),
)
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")


def flat_objects(tree: Tree) -> Iterator[Tree]:
    """The objects of one such document."""
    for key, inner in tree.fields().items():
        kind = FLAT_KINDS.get(key)
        for item in inner.items() if kind else ():
            if isinstance(item.value, dict):
                yield _object(kind or "", _camel(item))


def _camel(tree: Tree) -> Tree:
    """The same with the names of the API; nesting is bounded by the parser."""
    if isinstance(tree.value, dict):
        named = {_SNAKE.sub(lambda m: m[1].upper(), key): _camel(item) for key, item in tree.value.items()}
        return Tree(named, tree.line)
    if isinstance(tree.value, list):
        return Tree([_camel(item) for item in tree.value], tree.line)
    return tree


def _object(kind: str, item: Tree) -> Tree:
    whole = bool(item.at("metadata"))
    made = {"kind": leaf(kind, item.line)}
    if kind == "Event":
        return branch(item.line, {**item.fields(), **_event(item), **made})
    if whole:
        return branch(item.line, {**item.fields(), **made})
    meta = branch(item.line, {"name": item.at("name"), "namespace": item.at("namespace") or None})
    parts = {"Pod": _pod, "Node": _node}.get(kind, _workload if kind in _WORKLOADS else _as_it_is)(item)
    return branch(item.line, {**parts, "metadata": meta, **made})


def _as_it_is(item: Tree) -> dict[str, Tree]:
    return dict(item.fields())


def _event(item: Tree) -> dict[str, Tree]:
    found = {to: item.at(was) for was, to in _EVENT_TIMES.items() if item.at(was)}
    about = item.at("involvedObject")
    if (named := about.text()) and "/" in named:
        kind, _, name = named.partition("/")
        space = item.at("namespace") or None
        found["involvedObject"] = branch(
            about.line, {"kind": leaf(kind, about.line), "name": leaf(name, about.line), "namespace": space}
        )
    return found


def _pod(item: Tree) -> dict[str, Tree]:
    containers = item.items("containers")
    statuses = [branch(one.line, {**one.fields(), "state": _state(one.at("state"))}) for one in containers]
    spec = branch(item.line, {"nodeName": item.at("nodeName") or None, "containers": listed(item.line, containers)})
    status = {
        **{key: item.at(key) for key in ("phase", "reason", "message", "conditions") if item.at(key)},
        "containerStatuses": listed(item.line, statuses),
    }
    return {"spec": spec, "status": branch(item.line, dict(status))}


def _state(state: Tree) -> Tree:
    """`{waiting: true, reason: ...}` as `{waiting: {reason: ...}}`."""
    kinds = [key for key in ("waiting", "terminated", "running") if state.at(key).text() in ("true", "True")]
    return branch(state.line, {kinds[0]: Tree(state.value, state.line)}) if kinds else state


def _workload(item: Tree) -> dict[str, Tree]:
    counts = {to: item.at(was) for was, to in _REPLICAS.items() if item.at(was)}
    wanted = item.at("desired") or item.at("replicas") or item.at("desiredReplicas")
    spec = branch(item.line, {"replicas": wanted or None})
    return {"spec": spec, "status": branch(item.line, {**counts, "conditions": item.at("conditions") or None})}


def _node(item: Tree) -> dict[str, Tree]:
    conditions = list(item.items("conditions"))
    for key, kind in _NODE_STATES:
        if told := item.at(key):
            state = leaf(told.text().capitalize(), told.line)
            conditions.append(branch(told.line, {"type": leaf(kind, told.line), "status": state}))
    amounts = {key: item.at(f"allocatable{key.capitalize()}") for key in ("cpu", "memory")}
    known = {key: tree for key, tree in amounts.items() if tree}
    offered = Tree(dict(known), item.line) if known else None
    status = branch(item.line, {"conditions": listed(item.line, conditions), "allocatable": offered})
    return {"spec": branch(item.line, {"taints": item.at("taints") or None}), "status": status}
