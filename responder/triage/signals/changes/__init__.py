"""What was changed, and when the running thing changed: deployment records, commits, configuration differences."""

from responder.triage.signals.changes.reader import ChangeReader

__all__ = ["ChangeReader"]
