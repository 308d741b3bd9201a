"""The pods of a cluster by their labels: selectors are asked for thousands of times, and pick few of many."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from responder.triage.signals.kubernetes.facts import labels_of, matches
from responder.triage.signals.kubernetes.objects import Cluster, Resource
from responder.triage.signals.trees import Tree

__all__ = ["Selection"]

Labelled = tuple[Resource, dict[str, str]]


class Selection:
    """Finds pods by labels.

    Args:
        cluster: Whose pods.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._by_label: dict[tuple[str, str, str], list[Labelled]] = defaultdict(list)
        self._by_namespace: dict[str, list[Labelled]] = defaultdict(list)
        for pod in cluster.of("Pod"):
            one = pod, labels_of(pod)
            self._by_namespace[pod.namespace].append(one)
            for key, value in one[1].items():
                self._by_label[pod.namespace, key, value].append(one)

    def picked(self, selector: Tree, namespace: str) -> list[Resource]:
        """The pods that a label selector of the API picks; an empty one picks all of the namespace."""
        pods = self._narrowed(selector.pairs("matchLabels"), namespace)
        return [pod for pod, labels in pods if matches(selector, labels)]

    def fitting(self, pairs: Mapping[str, str], namespace: str) -> list[Resource]:
        """The pods that have all of some labels."""
        pods = self._narrowed(pairs, namespace)
        return [pod for pod, labels in pods if pairs.items() <= labels.items()]

    def _narrowed(self, pairs: Mapping[str, str], namespace: str) -> Sequence[Labelled]:
        lists = [self._by_label.get((namespace, key, value), []) for key, value in pairs.items()]
        return min(lists, key=len) if lists else self._by_namespace.get(namespace, [])
