"""What the audit journal promises: an event is on disk before the thing it announces happens."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from msgspec import Struct

__all__ = ["EventKind", "Head", "Journal"]

EventKind = Literal[
    "run.started",
    "run.resumed",
    "run.finished",
    "stage.started",
    "stage.finished",
    "evidence.fetched",
    "model.requested",
    "model.replied",
    "model.failed",
    "tool.requested",
    "tool.finished",
    "code.requested",
    "code.finished",
    "agent.message",
    "sandbox.selected",
    "decision",
    "limit",
    "error",
    "audit.recovered",
]
"""`*.requested` is written before the act and its `*.replied` / `*.finished` / `*.failed` after it, so a crash shows
as a request with no end."""


class Head(Struct, frozen=True):
    """The end of the chain; printed in the report so that a cut tail shows."""

    entries: int
    hash: str
    """SHA-256 of the last entry, hex; 64 zeros for an empty journal."""


class Journal(Protocol):
    """An append-only, hash-chained record of one run."""

    def record(self, event: EventKind, data: Mapping[str, Any]) -> int:
        """Append one event and wait until it is on disk.

        Args:
            event: What happened.
            data: JSON values only; text is redacted before it is hashed. Large payloads are stored as they are.

        Returns:
            The sequence number of the entry, from 1.

        Raises:
            AuditError: It could not be written; the caller must stop the run.
        """
        ...

    def head(self) -> Head:
        """The current end of the chain."""
        ...
