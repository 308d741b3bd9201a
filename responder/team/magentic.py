"""The team: Magentic-One over a Coder and a FileSurfer, and the way from their run to a conclusion.

Read `MagenticTeam.investigate` first. AutoGen is used as released; what it gets wrong is put right at its edges, in
the clients, the agents and the executor it is given.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from autogen_agentchat.base import TaskResult
from autogen_agentchat.teams import MagenticOneGroupChat
from autogen_core import CancellationToken

from responder.audit.interface import Journal
from responder.background import in_background
from responder.errors import AuditError
from responder.safety.interface import TextRedactor
from responder.sandbox.audited import AuditedSandbox
from responder.team.analyst.memory import Memory
from responder.team.briefing.prompts import FINAL_ANSWER_PROMPT, task_text
from responder.team.case import Case
from responder.team.crew import Crew, MakeClient
from responder.team.guard.meter import Allowance, Meter
from responder.team.interface import Conclusion, StopReason
from responder.team.judgement.closing import concluded
from responder.team.masking.known import mask_for
from responder.team.masking.mask import Mask
from responder.team.models import ModelChoice
from responder.team.models.patience import Patience
from responder.team.run import Run

if TYPE_CHECKING:
    from responder.team.replay.recording import Recording

__all__ = ["MagenticTeam"]

_GRACE_SECONDS = 0.3


async def _when_time_is_up(seconds: float) -> StopReason:
    await asyncio.sleep(seconds)
    return "timeout"


class MagenticTeam:
    """A `Team` on AutoGen's Magentic-One.

    Args:
        choice: Which model answers; the built-in analyst takes over when it fails.
        worker: Which model answers for the Coder and the FileSurfer; `choice` when None.
        allowance: The limits.
        sandbox: Waits for the started sandbox; gives None and the reason when no code may run.
        journal: Gets every message, call and decision.
        redactor: Cleans what leaves the process.
        mask_key: Keys the mask that hides names of machines and people from the model; None to name them.
        tell: Called with one line of progress at a time, untrusted text included.
        remember: What the model answered before this run was cut short; it is not asked again.
        make_client: Makes the client of each role, instead of the provider's or the analyst's own.
        patience: How a call to the model is tried again; the usual way when None.
        now: The time of day, for endpoints that name a moment to come back.
        meter: Makes what counts a run against its allowance.
        alarm: Waits this many seconds, and says why the conversation ends then and there.
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
        mask_key: bytes | None = None,
        tell: Callable[[str], None],
        remember: "Recording | None" = None,
        make_client: MakeClient | None = None,
        patience: Patience | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        meter: Callable[[Allowance], Meter] = Meter,
        alarm: Callable[[float], Awaitable[StopReason]] = _when_time_is_up,
    ) -> None:
        other = worker is not None and (worker.provider, worker.model) != (choice.provider, choice.model)
        self._choice = choice
        self._worker = worker if worker is not None and other else choice
        self._allowance = allowance
        self._sandbox = sandbox
        self._journal = journal
        self._redactor = redactor
        self._mask_key = mask_key
        self._tell = tell
        self._remember = remember
        self._make_client = make_client
        self._patience = patience or Patience()
        self._now = now
        self._meter = meter
        self._alarm = alarm

    async def investigate(self, case: Case) -> Conclusion:
        """See `Team.investigate`."""
        _keep_autogen_quiet()
        sandbox, refusal = await self._sandbox()
        case = case.redacted(self._redactor)
        run = Run(case, self._meter(self._allowance), Memory(case), sandbox, self._journal)
        if sandbox is None:
            run.notes.append(f"No code was run: {refusal}")
        mask = await self._mask_for(case)
        crew, token = self._crew(run, mask), CancellationToken()
        work = asyncio.create_task(self._converse(run, crew, token))
        stopped = await self._ended(work, run)
        try:
            if stopped is not None:
                self._stop(run, stopped)
        finally:
            await _end(work, token)
            await crew.close()
        error = work.exception() if work.done() and not work.cancelled() else None
        if isinstance(error, AuditError):
            raise error
        if mask is not None:
            self._tell_masked(run, mask)
        return concluded(run, error if stopped is None else None)

    async def _converse(self, run: Run, crew: Crew, token: CancellationToken) -> None:
        task = task_text(run.case, has_coder=run.sandbox is not None, masked=crew.mask is not None)
        group = MagenticOneGroupChat(
            crew.agents(),
            crew.orchestrator(task),
            max_turns=self._allowance.max_turns,
            final_answer_prompt=FINAL_ANSWER_PROMPT,
        )
        async for item in group.run_stream(task=task, cancellation_token=token):
            if not isinstance(item, TaskResult):
                run.hear(item, self._tell)

    async def _ended(self, work: "asyncio.Task[None]", run: Run) -> StopReason | None:
        """Wait for the end of the conversation; the reason when it is not its own."""
        alarm = asyncio.ensure_future(self._alarm(run.meter.seconds_left))
        try:
            await asyncio.wait({work, alarm}, return_when=asyncio.FIRST_COMPLETED)
            return alarm.result() if alarm.done() else None
        except asyncio.CancelledError:
            _uncancel()
            return "interrupted"
        finally:
            alarm.cancel()

    def _stop(self, run: Run, reason: StopReason) -> None:
        """Note that the conversation ends where it stands."""
        if reason == "interrupted":
            run.meter.stopped = reason
            run.notes.append(f"Interrupted during 'investigate', in turn {run.meter.turns}.")
        run.meter.stop(reason)
        run.meter.closed = True
        said = {"reached": reason, "at_once": True, "turns": run.meter.turns, "tokens": run.meter.tokens}
        self._journal.record("limit", said)

    def _tell_masked(self, run: Run, mask: Mask) -> None:
        """Leave the key to the masked messages in the journal, and their number in the report."""
        self._journal.record("decision", {"what": "identifiers were masked", "tokens": mask.table})
        run.notes.append(
            f"{len(mask.table)} host names, addresses, user names and e-mail addresses were masked in what the model "
            "was sent, and put back here."
        )

    async def _mask_for(self, case: Case) -> Mask | None:
        """Make the mask, if one was asked for and there is anybody to hide from."""
        if self._mask_key is None or {self._choice.provider, self._worker.provider} == {"analyst"}:
            return None
        return await in_background(partial(mask_for, case, key=self._mask_key))

    def _crew(self, run: Run, mask: Mask | None) -> Crew:
        return Crew(
            run=run,
            choice=self._choice,
            worker=self._worker,
            redactor=self._redactor,
            mask=mask,
            patience=self._patience,
            now=self._now,
            make_client=self._make_client,
            remember=self._remember,
        )


async def _end(work: "asyncio.Task[None]", token: CancellationToken) -> None:
    """Stop a conversation that goes on, without waiting for AutoGen to drain it."""
    for stop in (token.cancel, work.cancel):
        if not work.done():
            stop()
            await asyncio.wait({work}, timeout=_GRACE_SECONDS)


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
