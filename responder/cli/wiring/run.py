"""One run, opened and closed in order. Lifetimes belong to one exit stack: what opens here closes here."""

import asyncio
import contextlib
import importlib
import secrets
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from responder.audit.interface import Journal
from responder.background import in_background
from responder.cli.run_folder import RunFolder, open_run_folder
from responder.cli.wiring.record import Resumption, described
from responder.cli.wiring.stages import live_source, now, redaction_key, redactor_for, triage_deps
from responder.incident import Incident
from responder.pipeline import Deps, TriageDeps
from responder.safety.interface import TextRedactor
from responder.sandbox.interface import SandboxInfo
from responder.settings import Settings
from responder.team.case import Case
from responder.team.guard.meter import Allowance
from responder.team.interface import Conclusion, Team
from responder.team.models import ModelChoice, choose_worker
from responder.team.models.patience import Patience

if TYPE_CHECKING:
    from responder.evidence.prometheus import LiveSource
    from responder.sandbox.warm import WarmSandbox

__all__ = ["Investigation", "investigation"]


class Investigation(Struct, frozen=True):
    """One run, ready to go."""

    deps: Deps
    folder: RunFolder
    journal: Journal
    sandbox: "WarmSandbox"


@contextlib.asynccontextmanager
async def investigation(
    settings: Settings,
    choice: ModelChoice,
    incident: Incident,
    *,
    tell: Callable[[str], None],
    resume: Resumption | None = None,
) -> AsyncIterator[Investigation]:
    """Open everything one run needs, the slow parts in the background, and close it again in order.

    A run that is resumed goes on in its folder and in its journal.

    Raises:
        ConfigError: The output folder cannot be written.
        AuditError: The journal cannot be opened.
    """
    async with contextlib.AsyncExitStack() as stack:
        existing = resume.path if resume else None
        folder = stack.enter_context(
            open_run_folder(settings.out, incident, existing=existing, when_killed=_reaper(settings))
        )
        agents = asyncio.create_task(in_background(importlib.import_module, "responder.team.magentic"))
        stack.callback(agents.cancel)
        nonce = resume.recording.first("run.started")["nonce"] if resume else secrets.token_hex(4)
        key = redaction_key(incident, nonce)
        redactor = redactor_for(settings, key=key)
        journal = _journal(stack, folder, redactor)
        journal.record("run.resumed" if resume else "run.started", described(settings, choice, incident, nonce))
        stages = triage_deps(redactor, live=_live(settings, redactor, folder, journal))
        sandbox = _sandbox(settings, folder, journal)
        stack.push_async_callback(sandbox.stop)
        team = _LateTeam(
            agents,
            choice=choice,
            worker=choose_worker(settings),
            patience=Patience(call_seconds=settings.call_timeout_seconds),
            allowance=_allowance(settings),
            sandbox=sandbox.ready,
            journal=journal,
            redactor=redactor,
            mask_key=(key or secrets.token_bytes(32)) if settings.mask == "identifiers" else None,
            tell=tell,
            remember=resume.recording if resume else None,
        )
        deps = _deps(stages, team, journal, folder, nonce, sandbox=lambda: sandbox.info, tell=tell)
        yield Investigation(deps, folder, journal, sandbox)


class _LateTeam:
    """Builds the team when it is needed; its libraries are loaded while the evidence is read."""

    def __init__(self, module: "asyncio.Task[Any]", **options: Any) -> None:
        self._module = module
        self._options = options

    async def investigate(self, case: Case) -> Conclusion:
        """See `Team.investigate`."""
        magentic = await self._module
        conclusion: Conclusion = await magentic.MagenticTeam(**self._options).investigate(case)
        return conclusion


def _deps(
    stages: TriageDeps,
    team: Team,
    journal: Journal,
    folder: RunFolder,
    nonce: str,
    *,
    sandbox: Callable[[], SandboxInfo | None],
    tell: Callable[[str], None],
) -> Deps:
    from responder.staging.copies import StagingArea

    return Deps(
        evidence=stages.evidence,
        triage=stages.triage,
        causes=stages.causes,
        redactor=stages.redactor,
        live=stages.live,
        staging=StagingArea(redactor=stages.redactor),
        team=team,
        journal=journal,
        staged_root=folder.staged,
        nonce=nonce,
        sandbox=sandbox,
        tell=tell,
    )


def _allowance(settings: Settings) -> Allowance:
    return Allowance(
        settings.max_turns,
        settings.budget_tokens,
        settings.timeout_seconds,
        settings.budget_usd,
        settings.max_calls,
    )


def _live(settings: Settings, redactor: TextRedactor, folder: RunFolder, journal: Journal) -> "LiveSource | None":
    """What is asked beside the files; a run that goes on has asked already, and an incident is not asked twice."""
    from responder.evidence.prometheus.interface import FOLDER
    from responder.evidence.prometheus.kept import KeptMetrics

    kept = folder.path / FOLDER
    return KeptMetrics(kept) if kept.is_dir() else live_source(settings, redactor, folder=kept, journal=journal)


def _journal(stack: contextlib.AsyncExitStack, folder: RunFolder, redactor: TextRedactor) -> Journal:
    from responder.audit.journal import FileJournal
    from responder.audit.story import StoryJournal

    record = stack.enter_context(FileJournal(folder.path / "audit.jsonl", clock=now, redactor=redactor))
    return stack.enter_context(StoryJournal(record, folder.path / "magentic_one.log", clock=now, redactor=redactor))


def _reaper(settings: Settings) -> list[str]:
    if settings.sandbox not in ("auto", "docker"):
        return []
    engine = [settings.docker_host] if settings.docker_host else []
    return ["responder.sandbox.reaper", *engine]


def _sandbox(settings: Settings, folder: RunFolder, journal: Journal) -> "WarmSandbox":
    from responder.sandbox.warm import WarmSandbox

    if settings.sandbox == "off":
        return WarmSandbox(None, journal)

    async def choose() -> Any:
        from responder.sandbox.interface import Limits, Mounts
        from responder.sandbox.select import select_sandbox

        return await select_sandbox(
            settings.sandbox,
            mounts=Mounts(evidence=folder.staged, scratch=folder.scratch),
            limits=Limits(timeout_seconds=settings.code_timeout_seconds),
            docker_host=settings.docker_host or None,
            image=settings.sandbox_image,
            runtime=settings.sandbox_runtime or None,
        )

    from responder.cli.approval import AskAtTerminal

    return WarmSandbox(choose, journal, approver=AskAtTerminal() if settings.approve == "code" else None)
