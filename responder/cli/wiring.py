"""The only place where things are built. Lifetimes belong to one exit stack: what opens here closes here."""

import asyncio
import contextlib
import importlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from responder.audit.interface import Journal
from responder.background import in_background
from responder.cli.run_folder import RunFolder, open_run_folder
from responder.evidence import FileSource
from responder.incident import Incident
from responder.pipeline import Deps, TriageDeps
from responder.safety.interface import TextRedactor
from responder.safety.redact import NullRedactor, Redactor
from responder.settings import Settings
from responder.team.case import Case
from responder.team.interface import Conclusion
from responder.team.meter import Allowance
from responder.team.models import ModelChoice

if TYPE_CHECKING:
    from responder.sandbox.warm import WarmSandbox

__all__ = ["Investigation", "investigation", "now", "triage_deps"]


def now() -> datetime:
    """Return the wall clock, UTC; the one clock of the tool."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Investigation:
    """One run, ready to go."""

    deps: Deps
    folder: RunFolder
    journal: Journal
    sandbox: "WarmSandbox"


def triage_deps(settings: Settings) -> TriageDeps:
    """Build the deterministic stages."""
    from responder.causes import default_engine as cause_engine
    from responder.triage import default_engine as triage_engine

    return TriageDeps(
        evidence=FileSource(), triage=triage_engine(), causes=cause_engine(), redactor=_redactor(settings)
    )


@contextlib.asynccontextmanager
async def investigation(
    settings: Settings, choice: ModelChoice, incident: Incident, *, tell: Callable[[str], None]
) -> AsyncIterator[Investigation]:
    """Open everything one run needs, the slow parts in the background, and close it again in order.

    Raises:
        ConfigError: The output folder cannot be written.
        AuditError: The journal cannot be opened.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(open_run_folder(settings.out, incident))
        agents = asyncio.create_task(in_background(importlib.import_module, "responder.team.magentic"))
        stack.callback(agents.cancel)
        stages = triage_deps(settings)
        journal = _journal(stack, folder, stages.redactor)
        journal.record("run.started", _described(settings, choice, incident))
        sandbox = _sandbox(settings, folder, journal)
        stack.push_async_callback(sandbox.stop)

        from responder.staging.copies import StagingArea

        deps = Deps(
            evidence=stages.evidence,
            triage=stages.triage,
            causes=stages.causes,
            redactor=stages.redactor,
            staging=StagingArea(redactor=stages.redactor),
            team=_LateTeam(
                agents,
                choice=choice,
                allowance=Allowance(
                    settings.max_turns, settings.budget_tokens, settings.timeout_seconds, settings.budget_usd
                ),
                sandbox=sandbox.ready,
                journal=journal,
                redactor=stages.redactor,
                tell=tell,
            ),
            journal=journal,
            staged_root=folder.staged,
            nonce=secrets.token_hex(4),
            sandbox=lambda: sandbox.info,
            tell=tell,
        )
        yield Investigation(deps, folder, journal, sandbox)


class _LateTeam:
    """Builds the team when it is needed; its libraries are loaded while the evidence is read."""

    def __init__(self, module: "asyncio.Task[Any]", **options: Any) -> None:
        self._module = module
        self._options = options

    async def investigate(self, case: Case) -> Conclusion:
        """See `Team.investigate`."""
        team = (await self._module).MagenticTeam(**self._options)
        conclusion: Conclusion = await team.investigate(case)
        return conclusion


def _journal(stack: contextlib.AsyncExitStack, folder: RunFolder, redactor: TextRedactor) -> Journal:
    from responder.audit.journal import FileJournal
    from responder.audit.story import StoryJournal

    record = stack.enter_context(FileJournal(folder.path / "audit.jsonl", clock=now, redactor=redactor))
    return stack.enter_context(StoryJournal(record, folder.path / "magentic_one.log", clock=now, redactor=redactor))


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


def _redactor(settings: Settings) -> TextRedactor:
    if not settings.redact:
        return NullRedactor()
    keys = {
        "api-key": settings.gemini_api_key,
        "openai-key": settings.openai_api_key,
        "anthropic-key": settings.anthropic_api_key,
    }
    return Redactor(known={kind: key.get_secret_value() for kind, key in keys.items() if key is not None})


def _described(settings: Settings, choice: ModelChoice, incident: Incident) -> dict[str, Any]:
    return {
        "inputs": [str(path) for path in incident.inputs],
        "baseline": [str(path) for path in incident.baseline],
        "task": incident.task,
        "model": choice.model,
        "model_reason": choice.reason,
        "settings": {
            name: str(value)
            for name, value in settings.model_dump().items()
            if value is not None and not name.endswith("_api_key")
        },
    }
