"""A person before the code: a sandbox that asks before each block and runs exactly the bytes that were approved."""

import hashlib
import time
from typing import Protocol

from msgspec import Struct

from responder.audit.interface import Journal
from responder.sandbox.interface import Execution, Sandbox

__all__ = ["Approval", "ApprovedSandbox", "Approver", "SelfTestApproves"]

_REFUSED = 126
"""What a shell returns for a command that may not be executed."""


class Approval(Struct, frozen=True):
    """A decision about one code block."""

    approved: bool
    because: str


class Approver(Protocol):
    """Decides whether code may run."""

    async def decide(self, code: str, *, language: str, sha256: str) -> Approval:
        """Decide about one block; `sha256` is of the exact bytes that would run."""
        ...


class SelfTestApproves:
    """The default policy: code may run where the sandbox has just passed its self-test."""

    async def decide(self, code: str, *, language: str, sha256: str) -> Approval:
        """Approve."""
        return Approval(True, "the sandbox passed its self-test")


class ApprovedSandbox(Sandbox):
    """Asks before each block; what is refused becomes a result that the model can read.

    Args:
        inner: Where approved code runs; this wrapper starts and stops it.
        approver: Decides.
        journal: Gets each decision with the hash that it is bound to.
    """

    def __init__(self, inner: Sandbox, approver: Approver, journal: Journal) -> None:
        self._inner = inner
        self._approver = approver
        self._journal = journal
        self._adopt()

    async def start(self) -> None:
        """Start the inner sandbox."""
        await self._inner.start()
        self._adopt()

    async def execute(self, code: str, *, language: str = "python", name: str | None = None) -> Execution:
        """Run one block if it is approved."""
        digest = hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
        started = time.perf_counter()
        approval = await self._approver.decide(code, language=language, sha256=digest)
        what = "code approved" if approval.approved else "code refused"
        self._journal.record("decision", {"what": what, "sha256": digest, "because": approval.because})
        if approval.approved:
            return await self._inner.execute(code, language=language, name=name)
        note = f"not run: {approval.because}"
        seconds = time.perf_counter() - started
        return Execution(language, code, digest, _REFUSED, "refused", "", seconds, note=note)

    async def stop(self) -> None:
        """Stop the inner sandbox."""
        await self._inner.stop()

    def _adopt(self) -> None:
        self.info, self.evidence_dir, self.work_dir = self._inner.info, self._inner.evidence_dir, self._inner.work_dir
