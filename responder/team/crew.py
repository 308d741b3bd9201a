"""Who takes part in a run: the two agents and the orchestrator's client, each behind the guard."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from autogen_agentchat.agents import ApprovalRequest, ApprovalResponse
from autogen_agentchat.base import ChatAgent
from autogen_core.models import ChatCompletionClient
from msgspec import Struct, field

from responder.safety.fence import untrusted
from responder.safety.interface import TextRedactor
from responder.sandbox.adapter import executor_for
from responder.sandbox.audited import AuditedSandbox
from responder.team.agents.coder import Coder
from responder.team.agents.file_surfer import LogSurfer
from responder.team.agents.toolbox import Toolbox
from responder.team.analyst.client import AnalystClient, coder_role, file_surfer_role, orchestrator_role
from responder.team.briefing.prompts import coder_instructions
from responder.team.guard.guarded import GuardedClient, Provider
from responder.team.guard.ledger_client import LedgerClient
from responder.team.masking.mask import Mask
from responder.team.models import ModelChoice, build_client
from responder.team.models.patience import Patience
from responder.team.models.prices import price_of
from responder.team.run import Run

if TYPE_CHECKING:
    from responder.team.replay.recording import Recording

__all__ = ["Crew", "MakeClient"]

MakeClient = Callable[[ModelChoice, str], ChatCompletionClient]
"""Makes the client that answers a role: `orchestrator`, `Coder`, `FileSurfer`."""

_CLOSING_SECONDS = 0.3


class Crew(Struct, kw_only=True):
    """Makes the members of one run's team, and closes their connections."""

    run: Run
    choice: ModelChoice
    """Answers for the orchestrator."""
    worker: ModelChoice
    """Answers for the agents."""
    redactor: TextRedactor
    mask: Mask | None
    """Hides names from the model; None to name things as they are."""
    patience: Patience
    now: Callable[[], datetime]
    make_client: MakeClient | None
    """Instead of the provider's or the analyst's own clients."""
    remember: "Recording | None"
    """What was answered before the run was cut short."""
    _clients: list[ChatCompletionClient] = field(default_factory=list)

    def __post_init__(self) -> None:
        # One object for one model: when it is given up, it is given up for every role.
        for choice in (self.choice, self.worker):
            self.run.providers[choice] = Provider(price_of(choice), counts_tokens=choice.provider != "analyst")

    def agents(self) -> list[ChatAgent]:
        """Make the FileSurfer, and the Coder where code may run."""
        surfer = self._file_surfer()
        return [surfer] if self.run.sandbox is None else [self._coder(self.run.sandbox), surfer]

    def orchestrator(self, task: str) -> ChatCompletionClient:
        """Make the client of AutoGen's orchestrator, which is given `task`."""
        has_coder = self.run.sandbox is not None
        analyst = AnalystClient(orchestrator_role(self.run.memory, has_coder=has_coder))
        return LedgerClient(
            self._guarded("orchestrator", analyst),
            meter=self.run.meter,
            journal=self.run.journal,
            speakers=["FileSurfer", "Coder"] if has_coder else ["FileSurfer"],
            task=task,
        )

    async def close(self) -> None:
        """Close every connection; one that cannot be closed is no news for a run that is over."""
        for client in self._clients:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_CLOSING_SECONDS):
                    await client.close()

    def _file_surfer(self) -> LogSurfer:
        run, case = self.run, self.run.case
        return LogSurfer(
            model_client=self._guarded("FileSurfer", AnalystClient(file_surfer_role(run.memory))),
            toolbox=Toolbox(case),
            meter=run.meter,
            journal=run.journal,
            wrap=lambda page: untrusted(page, source="the evidence", nonce=case.nonce),
            saw=run.memory.see,
        )

    def _coder(self, sandbox: AuditedSandbox) -> Coder:
        return Coder(
            model_client=self._guarded("Coder", AnalystClient(coder_role(self.run.memory))),
            code_executor=executor_for(sandbox),
            system_message=coder_instructions(self.run.case),
            approval_func=_leave_to_the_sandbox,
            meter=self.run.meter,
            last_run=lambda: f"V{len(sandbox.executions)}",
        )

    def _guarded(self, role: str, analyst: AnalystClient) -> GuardedClient:
        choice = self.choice if role == "orchestrator" else self.worker
        inner = self._client(choice, role) or analyst
        self._clients.append(inner)
        return GuardedClient(
            inner,
            role=role,
            meter=self.run.meter,
            journal=self.run.journal,
            redactor=self.redactor,
            mask=self.mask,
            provider=self.run.providers[choice],
            analyst=analyst if inner is not analyst else None,
            patience=self.patience,
            now=self.now,
        )

    def _client(self, choice: ModelChoice, role: str) -> ChatCompletionClient | None:
        if self.make_client is not None:
            return self.make_client(choice, role)
        if choice.provider == "analyst":
            return None
        client = build_client(choice, timeout_seconds=self.patience.call_seconds)
        if self.remember is None:
            return client
        from responder.team.replay.clients import RememberingClient

        return RememberingClient(client, self.remember, role, self.redactor)


async def _leave_to_the_sandbox(request: ApprovalRequest) -> ApprovalResponse:
    """Approve: who may run what is decided where it runs, on the exact bytes."""
    return ApprovalResponse(approved=True, reason="decided by the sandbox")
