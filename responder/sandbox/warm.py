"""A sandbox that starts while the evidence is still being read, so that no agent waits for it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from responder.audit.interface import Journal
from responder.errors import SandboxError
from responder.sandbox.approved import ApprovedSandbox, Approver, SelfTestApproves
from responder.sandbox.audited import AuditedSandbox
from responder.sandbox.interface import Sandbox, SandboxInfo

__all__ = ["WarmSandbox"]


class WarmSandbox:
    """Chooses and starts a sandbox in the background; whoever makes it calls `stop`.

    Args:
        choose: Finds a backend that passes its self-test and gives it started; None when code must not run at all.
        journal: Gets the choice, or the refusal and its reason.
        approver: Decides about each block before it runs.
    """

    def __init__(
        self, choose: Callable[[], Awaitable[Sandbox]] | None, journal: Journal, *, approver: Approver | None = None
    ) -> None:
        self._journal = journal
        self._approver = approver or SelfTestApproves()
        self._sandbox: AuditedSandbox | None = None
        self._choosing = asyncio.create_task(self._choose(choose)) if choose is not None else None
        self.refusal: SandboxError | None = None
        """Why there is none, once `ready` has returned None; None when none was asked for."""

    @property
    def info(self) -> SandboxInfo | None:
        """What code runs in; None while it starts, and when it was refused."""
        return self._sandbox.info if self._sandbox is not None else None

    async def ready(self) -> tuple[AuditedSandbox | None, str]:
        """Wait for the sandbox; None and the reason when there is none."""
        if self._choosing is None:
            return None, "running code was switched off"
        await self._choosing
        return self._sandbox, str(self.refusal or "")

    async def stop(self) -> None:
        """End the sandbox, started or still starting. Never raises."""
        if self._choosing is not None and not self._choosing.done():
            self._choosing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._choosing
        if self._sandbox is not None:
            await self._sandbox.stop()

    async def _choose(self, choose: Callable[[], Awaitable[Sandbox]]) -> None:
        try:
            approved = ApprovedSandbox(await choose(), self._approver, self._journal)
            self._sandbox = AuditedSandbox(approved, self._journal)
        except SandboxError as error:
            self.refusal = error
            self._journal.record("sandbox.selected", {"backend": None, "because": str(error), "hint": error.hint})
        else:
            info = self._sandbox.info
            facts = dict(info.facts)
            self._journal.record(
                "sandbox.selected", {"backend": info.backend, "because": info.tier_reason, "facts": facts}
            )
