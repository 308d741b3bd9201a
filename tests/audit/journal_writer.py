"""Appends events for ever and acknowledges each on stdout; the crash tests kill it."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from responder.audit.journal import FileJournal
from responder.safety.redact import NullRedactor

journal = FileJournal(Path(sys.argv[1]), clock=lambda: datetime.now(UTC), redactor=NullRedactor())
payload = "x" * int(sys.argv[2])
while True:
    seq = journal.record("agent.message", {"text": payload})
    sys.stdout.write(f"{seq} {journal.head().hash}\n")
    sys.stdout.flush()
