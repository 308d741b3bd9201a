"""When the running workloads changed: the revisions that replica sets keep, and what deployers write into the cluster.

The replica set of a revision holds the whole pod template, so what a roll-out changed is the difference of two of them.
It counts from the moment when the newer one was scaled up.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from responder.incident import Category
from responder.triage.interface import Finding
from responder.triage.signals.changes.finding import change
from responder.triage.signals.kubernetes.facts import containers_of, spec_of
from responder.triage.signals.kubernetes.moments import earliest_of, moment_of
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.trees import Tree

__all__ = ["changes_of_cluster"]

_REVISION = "deployment.kubernetes.io/revision"
_WHY = "The running pods changed here; failures that begin soon after it are suspect."
_MOST = 12
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_DEPLOYERS = {"Application": "deployedAt", "HelmRelease": "lastDeployed", "Kustomization": "lastReconciled"}


def changes_of_cluster(cluster: Cluster) -> Iterator[Finding]:
    """The roll-outs whose moment the objects tell, the newest of each workload."""
    sets: dict[tuple[str, str], list[tuple[int, Resource]]] = defaultdict(list)
    for item in cluster.of("ReplicaSet"):
        revision = item.tree.whole("metadata", "annotations", _REVISION)
        if revision is not None:
            sets[item.app, item.namespace].append((revision, item))
    scaled = _scaled(cluster)
    for (app, _), revisions in sorted(sets.items()):
        newest = sorted(revisions, key=lambda pair: pair[0])[-2:]
        if len(newest) == 2:
            yield from _of_rollout(app, newest[0][1], newest[1][1], scaled)
    for kind, key in _DEPLOYERS.items():
        for item in cluster.of(kind):
            yield from _of_deployer(item, key)


def _scaled(cluster: Cluster) -> dict[str, datetime]:
    """When each replica set was last scaled up."""
    found: dict[str, datetime] = {}
    for event in cluster.every("Event"):
        words = event.tree.text("message").split()
        if event.tree.text("reason") == "ScalingReplicaSet" and words[:1] == ["Scaled"] and "up" in words[:2]:
            name = words[words.index("set") + 1] if "set" in words[:-1] else ""
            at = earliest_of(event.tree, "firstTimestamp", "eventTime", "lastTimestamp")
            if name and at:
                found[name] = max(at, found.get(name, at))
    return found


def _of_rollout(app: str, before: Resource, after: Resource, scaled: dict[str, datetime]) -> Iterator[Finding]:
    made, older = (
        moment_of(after.tree, "metadata", "creationTimestamp"),
        moment_of(before.tree, "metadata", "creationTimestamp"),
    )
    at = scaled.get(after.name)
    if at is None and made and older and made > older:
        at = made  # a revision that is rolled back to keeps its old replica set, and that one's age says nothing
    if at is None:
        return
    old, new = dict(_settings(before)), dict(_settings(after))
    changed = [(name, tree) for name, tree in new.items() if name not in old or old[name].text() != tree.text()]
    for name, tree in changed[:_MOST]:
        was, value = old[name].text() if name in old else "", tree.text()
        image = name.endswith(".image")
        tag = value.rpartition("/")[2].partition(":")[2]
        yield change(
            after.content,
            tree.line,
            rule="rollout",
            component=app,
            summary=f"Revision of {app}: {name} from {was or 'nothing'} to {value}",
            why=_WHY,
            category=Category.DEPLOYMENT_REGRESSION if image else Category.CONFIGURATION_MISMATCH,
            at=at,
            captures={"version": tag, "image": value} if image else {"setting": name, "old": was, "new": value},
        )


def _settings(item: Resource) -> Iterator[tuple[str, Tree]]:
    """What a pod template sets, by a name that is the same in both revisions."""
    for container in containers_of(spec_of(item), inits=True):
        who = container.text("name")
        yield f"{who}.image", container.at("image")
        for variable in container.items("env"):
            yield variable.text("name"), variable.at("value")
        for kind in ("limits", "requests"):
            for resource, tree in container.fields("resources", kind).items():
                yield f"{who}.{kind}.{resource}", tree
        for key in ("command", "args"):
            for number, tree in enumerate(container.items(key)):
                yield f"{who}.{key}[{number}]", tree
        for probe in _PROBES:
            for tree_name, tree in _scalars(container.at(probe), f"{who}.{probe}"):
                yield tree_name, tree


def _scalars(tree: Tree, name: str) -> Iterator[tuple[str, Tree]]:
    for key, item in tree.fields().items():
        if isinstance(item.value, str):
            yield f"{name}.{key}", item
        else:
            yield from ((f"{name}.{key}.{inner}", leaf) for inner, leaf in item.fields().items() if leaf.text())


def _of_deployer(item: Resource, key: str) -> Iterator[Finding]:
    """The newest entry of the history that Argo CD or Flux keeps in the object."""
    entries = [(moment_of(entry, key), entry) for entry in item.tree.items("status", "history")]
    dated = [(at, entry) for at, entry in entries if at is not None]
    if len(dated) < 2:
        return  # the first installation changed nothing that ran
    at, entry = max(dated, key=lambda pair: pair[0])
    names = ("appVersion", "chartVersion", "revision")
    version, told = next(((entry.text(name), entry.at(name)) for name in names if entry.text(name)), ("", entry))
    yield change(
        item.content,
        told.line or entry.line,
        rule="deployment",
        component=item.name,
        summary=f"{item.kind} {item.name} went to {version or 'another revision'}",
        why=_WHY,
        category=Category.DEPLOYMENT_REGRESSION,
        at=at,
        captures={"version": version},
    )
