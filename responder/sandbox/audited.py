"""Auditing is a sandbox around a sandbox, so no backend can forget it."""

import hashlib
from collections.abc import Callable

from responder.audit.interface import Journal
from responder.sandbox.interface import Execution, Sandbox

__all__ = ["AuditedSandbox"]


class AuditedSandbox(Sandbox):
    """Writes each code block to the journal before it runs and its end after it, and keeps every execution.

    Args:
        inner: Where the code runs; this wrapper starts and stops it.
        journal: The code's exact bytes and hash go in before it runs.
        notify: Called with the sequence number (1, 2, ...) and each finished execution.
    """

    def __init__(
        self, inner: Sandbox, journal: Journal, *, notify: Callable[[int, Execution], None] | None = None
    ) -> None:
        self.inner = inner
        self._adopt()
        self.executions: list[Execution] = []
        self._journal = journal
        self._notify = notify

    async def start(self) -> None:
        """Start the inner sandbox."""
        await self.inner.start()
        self._adopt()

    async def execute(self, code: str, *, language: str = "python", name: str | None = None) -> Execution:
        """Run one block in the inner sandbox, with its request on disk first."""
        digest = hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
        request = self._journal.record("code.requested", {"language": language, "sha256": digest, "code": code})
        execution = await self.inner.execute(code, language=language, name=name)
        self.executions.append(execution)
        self._journal.record(
            "code.finished",
            {
                "request": request,
                "sha256": digest,
                "exit_code": execution.exit_code,
                "ending": execution.ending,
                "seconds": execution.seconds,
                "output": execution.output,
                "output_bytes": execution.output_bytes,
                "note": execution.note,
                "name": execution.name,
            },
        )
        if self._notify is not None:
            self._notify(len(self.executions), execution)
        return execution

    async def stop(self) -> None:
        """Stop the inner sandbox."""
        await self.inner.stop()

    def _adopt(self) -> None:
        self.info, self.evidence_dir, self.work_dir = self.inner.info, self.inner.evidence_dir, self.inner.work_dir
