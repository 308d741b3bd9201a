"""What is asked of the objects again and again: the pod template of a workload, what is ready, how much is how much."""

from collections import defaultdict
from collections.abc import Iterator

from responder.patterns import lazy
from responder.triage.signals.kubernetes.objects import WORKLOADS, Cluster, Resource, app_of
from responder.triage.signals.trees import MISSING, Tree

__all__ = [
    "amount",
    "containers_of",
    "is_done",
    "is_ready",
    "labels_of",
    "matches",
    "never_restarted",
    "ports_of",
    "spec_of",
    "statuses_of",
    "unready",
    "unready_apps",
    "users_of_claims",
    "workloads_and_pods",
]

_AMOUNT = lazy(r"^(?P<number>\d{1,18}(?:\.\d{1,9})?)(?P<unit>n|u|m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?(?:\s.*)?$")
_UNITS = {"": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
_MEMBER = lazy(r"-\d{1,4}$")
"""What a stateful set adds to the names of its pods."""
_COUNTED = ("Deployment", "StatefulSet", "ReplicaSet", "DaemonSet")
_READY = ("readyReplicas", "availableReplicas", "numberReady")
_UNITS |= {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50}


def users_of_claims(cluster: Cluster) -> dict[str, str]:
    """The workload that mounts each claim; where no pod says so, the stateful pod that the claim is called after."""
    users: dict[str, str] = {}
    pods = cluster.of("Pod")
    for pod in pods:
        for volume in spec_of(pod).items("volumes"):
            if name := volume.text("persistentVolumeClaim", "claimName"):
                users.setdefault(name, pod.app)
    members = {pod.name: pod.app for pod in pods if _MEMBER.search(pod.name)}
    for claim in cluster.of("PersistentVolumeClaim"):
        for user in claim.tree.items("status", "usedBy"):
            known = cluster.find("Pod", user.text(), claim.namespace)
            users.setdefault(claim.name, known.app if known else app_of(user.text()))
        parts = claim.name.split("-")
        tails = ("-".join(parts[at:]) for at in range(1, len(parts)))
        if (member := next((tail for tail in tails if tail in members), None)) is not None:
            users.setdefault(claim.name, members[member])
    return users


def amount(text: str) -> float | None:
    """A quantity as the API writes it, in cores, bytes or pieces."""
    match = _AMOUNT.match(text.strip())
    return float(match["number"]) * _UNITS[match["unit"] or ""] if match else None


def spec_of(item: Resource) -> Tree:
    """The pod spec of a pod or of a workload's template."""
    if item.kind == "Pod":
        return item.tree.at("spec")
    if item.kind == "CronJob":
        return item.tree.at("spec", "jobTemplate", "spec", "template", "spec")
    return item.tree.at("spec", "template", "spec")


def labels_of(item: Resource) -> dict[str, str]:
    """The labels of a pod, or those that a workload gives its pods."""
    if item.kind in WORKLOADS:
        return item.tree.pairs("spec", "template", "metadata", "labels")
    return item.tree.pairs("metadata", "labels")


def containers_of(spec: Tree, *, inits: bool = False) -> Iterator[Tree]:
    """The containers of a pod spec, after those that prepare it when asked for."""
    if inits:
        yield from spec.items("initContainers")
    yield from spec.items("containers")


def ports_of(spec: Tree) -> dict[str, Tree]:
    """The ports that the containers of a pod say they serve, by number and by name."""
    found = {}
    for container in (*containers_of(spec), *spec.items("initContainers")):
        for port in container.items("ports"):
            for key in ("containerPort", "name"):
                if text := port.text(key):
                    found[text] = port
    return found


def statuses_of(pod: Resource) -> Iterator[Tree]:
    """The status of each container of a pod, those that prepare it first."""
    yield from pod.tree.items("status", "initContainerStatuses")
    yield from pod.tree.items("status", "containerStatuses")


def is_done(pod: Resource) -> bool:
    """Whether a pod ended as it was meant to."""
    return pod.tree.text("status", "phase") == "Succeeded"


def is_ready(pod: Resource) -> bool | None:
    """Whether every container of a pod serves; None where a text does not say."""
    condition = next((c for c in pod.tree.items("status", "conditions") if c.text("type") == "Ready"), MISSING)
    if condition:
        return condition.text("status") == "True"
    statuses = pod.tree.items("status", "containerStatuses")
    known = [status.text("ready") == "true" for status in statuses if status.at("ready")]
    if known or pod.tree.text("status", "phase") in ("", "Running"):
        return all(known) if known else None
    return False


def unready(cluster: Cluster) -> dict[str, tuple[Resource, Tree]]:
    """The workloads of which fewer pods are ready than wanted, each with the object and the value that says so."""
    found: dict[str, tuple[Resource, Tree]] = {}
    owned = {item.name: item.app for item in cluster.of("Pod")}  # a row of a table does not say whose its pod is
    short = {item.app: (item, where) for item in cluster.of(*_COUNTED) if (where := _lacking(item)) is not None}
    whole = {item.app for item in cluster.of(*_COUNTED) if item.kind != "ReplicaSet"} - set(short)
    replaced = {
        pod.name for pod in cluster.of("Pod") if pod.tree.text("status", "phase") == "Failed" and pod.app in whole
    }
    for item in cluster.every("Pod"):
        app = owned.get(item.name, item.app)
        if is_ready(item) is False and not is_done(item) and item.name not in replaced:
            found.setdefault(app, (item, item.tree.at("status", "phase") or item.tree.at("metadata", "name")))
    return short | found


def _lacking(item: Resource) -> Tree | None:
    """Where a workload says that fewer of its pods are ready than wanted."""
    status = item.tree.at("status")
    wanted = item.tree.whole("spec", "replicas") or status.whole("desiredNumberScheduled")
    ready = next((key for key in _READY if status.whole(key) is not None), "")
    known = bool(ready) or item.source == "dump"  # a dump leaves out a count of none
    if wanted and known and status and (status.whole(ready) or 0) < wanted:
        return status.at(ready) if ready else status
    return None


def unready_apps(cluster: Cluster) -> frozenset[str]:
    """The workloads of which fewer pods are ready than wanted."""
    return frozenset(unready(cluster))


def never_restarted(cluster: Cluster) -> frozenset[str]:
    """The workloads whose pods say, each of them, that no container of theirs was started twice."""
    restarts: dict[str, list[int | None]] = defaultdict(list)
    for pod in cluster.of("Pod"):
        restarts[pod.app] += [status.whole("restartCount") for status in statuses_of(pod)] or [None]
    return frozenset(app for app, counts in restarts.items() if all(count == 0 for count in counts))


def matches(selector: Tree, labels: dict[str, str]) -> bool:
    """Whether a label selector of the API picks something with these labels; an empty one picks everything."""
    if any(labels.get(key) != value for key, value in selector.pairs("matchLabels").items()):
        return False
    for rule in selector.items("matchExpressions"):
        values = {item.text() for item in rule.items("values")}
        mine = labels.get(rule.text("key"))
        fits = {
            "In": mine in values,
            "NotIn": mine not in values,
            "Exists": mine is not None,
            "DoesNotExist": mine is None,
        }
        if not fits.get(rule.text("operator"), True):
            return False
    return True


def workloads_and_pods(cluster: Cluster) -> Iterator[Resource]:
    """What has a pod spec: the workloads that own, as they are wanted, then pods."""
    yield from (item for item in cluster.wanted(*WORKLOADS) if spec_of(item))
    yield from (item for item in cluster.of("Pod") if spec_of(item))
