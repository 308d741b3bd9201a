"""Moments as objects of the API write them, and as kubectl prints them."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from responder.triage.signals.trees import Tree

__all__ = ["earliest_of", "moment_of"]


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
