"""Moments as objects of the API write them, and as kubectl prints them."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from responder.triage.signals.kubernetes.objects import Cluster
from responder.triage.signals.trees import Tree

__all__ = ["earliest_of", "moment_of", "newest_of"]


def moment_of(tree: Tree, *path: str) -> datetime | None:
    """The moment at a path, UTC."""
    text = tree.text(*path)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def earliest_of(tree: Tree, *keys: str) -> datetime | None:
    """The first of several moments of one object."""
    return min((moment for key in keys if (moment := moment_of(tree, key)) is not None), default=None)


def newest_of(cluster: Cluster) -> datetime | None:
    """The last moment that the objects tell of: the evidence is no older."""
    said = (moment_of(event.tree, "lastTimestamp") for event in cluster.every("Event"))
    beats = (
        moment_of(condition, key)
        for item in cluster.of("Node", "Pod")
        for condition in item.tree.items("status", "conditions")
        for key in ("lastHeartbeatTime", "lastTransitionTime")
    )
    return max((at for at in (*said, *beats) if at is not None), default=None)
