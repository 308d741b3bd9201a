"""The team: Magentic-One over a Coder and a FileSurfer, and the way from their run to a conclusion.

Read `MagenticTeam.investigate` first. AutoGen is used as released; what it gets wrong is put right at its edges, in
the clients, the agents and the executor it is given.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from autogen_agentchat.agents import ApprovalRequest, ApprovalResponse
from autogen_agentchat.base import ChatAgent, TaskResult
from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, TextMessage
from autogen_agentchat.teams import MagenticOneGroupChat
from autogen_core import CancellationToken
from autogen_core.models import ChatCompletionClient, UserMessage

from responder.audit.interface import Journal
from responder.errors import AuditError
from responder.safety.fence import untrusted
from responder.safety.interface import TextRedactor
from responder.sandbox.adapter import executor_for
from responder.sandbox.audited import AuditedSandbox
from responder.team.agents.coder import Coder
from responder.team.agents.file_surfer import LogSurfer
from responder.team.agents.reader import StagedReader
from responder.team.analyst.client import AnalystClient, coder_role, file_surfer_role, orchestrator_role
from responder.team.analyst.memory import Memory
from responder.team.briefing.prompts import FINAL_ANSWER_PROMPT, coder_instructions, task_text
from responder.team.case import Case
from responder.team.guard.guarded import GuardedClient, Provider
from responder.team.guard.ledger_client import LedgerClient
from responder.team.guard.meter import Allowance, Meter
from responder.team.interface import AgentUsage, Conclusion
from responder.team.judgement.conclusion import (
    checked_claims,
    dissent,
    parse_final_answer,
    results_of,
    verifications_of,
)
from responder.team.models import ModelChoice, build_client
from responder.team.models.patience import Patience
from responder.team.models.prices import price_of

__all__ = ["MagenticTeam"]

_GRACE_SECONDS = 0.3


@dataclass(slots=True)
class _Run:
    """Everything one investigation builds up."""

    case: Case
    meter: Meter
    memory: Memory
    sandbox: AuditedSandbox | None
    providers: dict[ModelChoice, Provider] = field(default_factory=dict)
    clients: list[ChatCompletionClient] = field(default_factory=list)
    """To close at the end."""
    answer: str = ""
    """The final answer; no other message is read as one, since any may quote a log."""
    shown: list[str] = field(default_factory=list)
    """What of the logs the agents were shown."""
    notes: list[str] = field(default_factory=list)


class MagenticTeam:
    """A `Team` on AutoGen's Magentic-One.

    Args:
        choice: Which model answers; the built-in analyst takes over when it fails.
        worker: Which model answers for the Coder and the FileSurfer; `choice` when None.
        allowance: The limits.
        sandbox: Waits for the started sandbox; gives None and the reason when no code may run.
        journal: Gets every message, call and decision.
        redactor: Cleans what leaves the process.
        tell: Called with one line of progress at a time, untrusted text included.
        make_client: Makes the client that answers a role (`orchestrator`, `Coder`, `FileSurfer`), instead of the
            provider's or the analyst's own.
        patience: How a call to the model is tried again; the usual way when None.
        clock: Seconds that only go forward, for the time that the run may take.
        now: The time of day, for endpoints that name a moment to come back.
    """

    def __init__(
        self,
        *,
        choice: ModelChoice,
        worker: ModelChoice | None = None,
        allowance: Allowance,
        sandbox: Callable[[], Awaitable[tuple[AuditedSandbox | None, str]]],
        journal: Journal,
        redactor: TextRedactor,
        tell: Callable[[str], None],
        make_client: Callable[[ModelChoice, str], ChatCompletionClient] | None = None,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._now = now
        self._patience = patience or Patience()
        self._clock = clock
        # One object for one model: when it is given up, it is given up for every role.
        other = worker is not None and (worker.provider, worker.model) != (choice.provider, choice.model)
        self._worker = worker if worker is not None and other else choice
        self._make_client = make_client
        self._choice = choice
        self._allowance = allowance
        self._sandbox = sandbox
        self._journal = journal
        self._redactor = redactor
        self._tell = tell

    async def investigate(self, case: Case) -> Conclusion:
        """See `Team.investigate`."""
        _keep_autogen_quiet()
        sandbox, refusal = await self._sandbox()
        case = case.redacted(self._redactor)
        run = _Run(case, Meter(self._allowance, clock=self._clock), Memory(case), sandbox)
        for choice in (self._choice, self._worker):
            run.providers[choice] = Provider(price_of(choice), counts_tokens=choice.provider != "analyst")
        if sandbox is None:
            run.notes.append(f"No code was run: {refusal}")
        token = CancellationToken()
        work = asyncio.create_task(self._converse(run, token))
        try:
            _, unfinished = await asyncio.wait({work}, timeout=run.meter.seconds_left)
            if unfinished:
                run.meter.stopped = run.meter.stopped or "timeout"
        except asyncio.CancelledError:
            run.meter.stopped = "interrupted"
            run.notes.append(f"Interrupted during 'investigate', in turn {run.meter.turns}.")
            _uncancel()
        if not work.done():
            await _end(work, token)
        await _close(run.clients)
        return self._concluded(run, work)

    async def _converse(self, run: _Run, token: CancellationToken) -> None:
        group = MagenticOneGroupChat(
            self._agents(run),
            self._orchestrator(run),
            max_turns=self._allowance.max_turns,
            final_answer_prompt=FINAL_ANSWER_PROMPT,
        )
        task = task_text(run.case, has_coder=run.sandbox is not None)
        async for item in group.run_stream(task=task, cancellation_token=token):
            if not isinstance(item, TaskResult):
                self._hear(run, item)

    def _agents(self, run: _Run) -> list[ChatAgent]:
        case = run.case
        surfer = LogSurfer(
            model_client=self._guarded("FileSurfer", AnalystClient(file_surfer_role(run.memory)), run),
            reader=StagedReader(case.staged),
            evidence={item.id: (item.span.path, item.span.line) for item in case.explanation.evidence},
            meter=run.meter,
            journal=self._journal,
            wrap=lambda page: untrusted(page, source="the evidence", nonce=case.nonce),
            saw=run.memory.see,
        )
        if run.sandbox is None:
            return [surfer]
        executions = run.sandbox.executions
        coder = Coder(
            model_client=self._guarded("Coder", AnalystClient(coder_role(run.memory)), run),
            code_executor=executor_for(run.sandbox),
            system_message=coder_instructions(case, sandbox=run.sandbox),
            approval_func=_leave_to_the_sandbox,
            meter=run.meter,
            last_run=lambda: f"V{len(executions)}",
        )
        return [coder, surfer]

    def _orchestrator(self, run: _Run) -> ChatCompletionClient:
        has_coder = run.sandbox is not None
        analyst = AnalystClient(orchestrator_role(run.memory, has_coder=has_coder))
        return LedgerClient(
            self._guarded("orchestrator", analyst, run),
            meter=run.meter,
            journal=self._journal,
            speakers=["FileSurfer", "Coder"] if has_coder else ["FileSurfer"],
        )

    def _guarded(self, role: str, analyst: AnalystClient, run: _Run) -> GuardedClient:
        choice = self._choice if role == "orchestrator" else self._worker
        inner: ChatCompletionClient = analyst
        if self._make_client is not None:
            inner = self._make_client(choice, role)
        elif choice.provider != "analyst":
            inner = build_client(choice, timeout_seconds=self._patience.call_seconds)
        run.clients.append(inner)
        return GuardedClient(
            inner,
            role=role,
            meter=run.meter,
            journal=self._journal,
            redactor=self._redactor,
            provider=run.providers[choice],
            analyst=analyst if inner is not analyst else None,
            patience=self._patience,
            now=self._now,
        )

    def _hear(self, run: _Run, item: BaseAgentEvent | BaseChatMessage) -> None:
        text = item.to_text()
        self._journal.record("agent.message", {"source": item.source, "type": type(item).__name__, "text": text})
        if not isinstance(item, TextMessage):
            return
        if item.source == "MagenticOneOrchestrator" and run.meter.concluding:
            run.answer = text
        if item.source in ("user", "FileSurfer"):
            run.shown.append(text)
        run.memory.learn([UserMessage(content=text, source=item.source)])
        if item.source != "user" and run.meter.turns:
            self._tell(f"turn {run.meter.turns}/{self._allowance.max_turns} {item.source}: {text}")

    def _concluded(self, run: _Run, work: "asyncio.Task[None]") -> Conclusion:
        error = work.exception() if work.done() and not work.cancelled() else None
        if isinstance(error, AuditError):
            raise error
        if error is not None:
            self._journal.record("error", {"where": "team", "error": f"{type(error).__name__}: {error}"})
            run.notes.append(f"The team stopped early: {type(error).__name__}; what it had found until then was kept.")
        given_up = [provider.given_up for provider in run.providers.values() if provider.given_up]
        run.notes += [f"The built-in analyst took over: {reason.rstrip('.')}." for reason in given_up]
        answer = parse_final_answer(run.answer)
        runs, unsound = verifications_of(run.case, run.sandbox.executions if run.sandbox else (), run.shown)
        contradicted = run.memory.contradictions()
        claims, struck = checked_claims(run.case, answer, runs, contradicted)
        results = results_of(run.case, verifications=runs, contradicted=contradicted)
        run.notes += dissent(run.case, answer, results)
        failed = error is not None or bool(given_up)
        return Conclusion(
            stop_reason=run.meter.stopped or ("model_failed" if failed else "concluded"),
            results=results,
            claims=claims,
            struck=(*unsound, *struck),
            verifications=runs,
            usage=self._usage(run),
            notes=tuple(run.notes),
            turns_by_agent=dict(run.meter.turns_by_agent),
        )

    def _usage(self, run: _Run) -> AgentUsage:
        meter = run.meter
        models = dict.fromkeys(choice.model for choice in (self._choice, self._worker))
        return AgentUsage(
            turns=meter.turns,
            max_turns=self._allowance.max_turns,
            model=", ".join(models),
            calls=meter.calls,
            prompt_tokens=meter.prompt_tokens,
            completion_tokens=meter.completion_tokens,
            tokens_estimated=meter.estimated,
            cost=meter.cost,
        )


async def _leave_to_the_sandbox(request: ApprovalRequest) -> ApprovalResponse:
    """Approve: who may run what is decided where it runs, on the exact bytes."""
    return ApprovalResponse(approved=True, reason="decided by the sandbox")


async def _end(work: "asyncio.Task[None]", token: CancellationToken) -> None:
    """Stop a conversation without waiting for AutoGen to drain it."""
    token.cancel()
    await asyncio.wait({work}, timeout=_GRACE_SECONDS)
    if not work.done():
        work.cancel()
        await asyncio.wait({work}, timeout=_GRACE_SECONDS)


async def _close(clients: list[ChatCompletionClient]) -> None:
    """Close every connection; one that cannot be closed is no news for a run that is over."""
    for client in clients:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_GRACE_SECONDS):
                await client.close()


def _uncancel() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


def _keep_autogen_quiet() -> None:
    """Keep AutoGen's tracebacks off the terminal; the journal has the error."""
    for name in ("autogen_core", "autogen_agentchat", "autogen_ext"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
