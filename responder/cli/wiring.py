"""The only place where things are built. Lifetimes belong to one exit stack: what opens here closes here."""

import asyncio
import contextlib
import hashlib
import importlib
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from responder.audit.interface import Journal
from responder.background import in_background
from responder.cli.run_folder import RunFolder, open_run_folder
from responder.errors import ConfigError, EvidenceError
from responder.evidence import FileSource
from responder.incident import Incident
from responder.pipeline import Deps, TriageDeps
from responder.safety.interface import TextRedactor
from responder.safety.redact import NullRedactor, Redactor
from responder.settings import Settings
from responder.team.case import Case
from responder.team.interface import Conclusion
from responder.team.meter import Allowance
from responder.team.models import ModelChoice, choose_worker
from responder.team.patience import Patience

if TYPE_CHECKING:
    from responder.sandbox.warm import WarmSandbox
    from responder.team.recorded import Recording, ReplayJournal

__all__ = [
    "Investigation",
    "Resumption",
    "incident_of",
    "investigation",
    "now",
    "redaction_key",
    "redactor_for",
    "replaying",
    "triage_deps",
]

_KEY_FILES = 64
_KEY_BYTES = 64 << 10


def now() -> datetime:
    """Return the wall clock, UTC; the one clock of the tool."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Resumption:
    """A run that did not finish, and what it had been told until then."""

    path: Path
    recording: "Recording"

    @property
    def incident(self) -> Incident:
        """What the run was asked.

        Raises:
            ConfigError: It read standard input, which is gone.
        """
        return incident_of(self.recording.first("run.started"))


@dataclass(frozen=True, slots=True)
class Investigation:
    """One run, ready to go."""

    deps: Deps
    folder: RunFolder
    journal: Journal
    sandbox: "WarmSandbox"


def triage_deps(redactor: TextRedactor) -> TriageDeps:
    """Build the deterministic stages."""
    from responder.causes import default_engine as cause_engine
    from responder.triage import default_engine as triage_engine

    return TriageDeps(evidence=FileSource(), triage=triage_engine(), causes=cause_engine(), redactor=redactor)


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
        folder = stack.enter_context(open_run_folder(settings.out, incident, existing=resume.path if resume else None))
        agents = asyncio.create_task(in_background(importlib.import_module, "responder.team.magentic"))
        stack.callback(agents.cancel)
        nonce = resume.recording.first("run.started")["nonce"] if resume else secrets.token_hex(4)
        redactor = redactor_for(settings, key=redaction_key(incident, nonce))
        stages = triage_deps(redactor)
        journal = _journal(stack, folder, redactor)
        journal.record("run.resumed" if resume else "run.started", _described(settings, choice, incident, nonce))
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
                worker=choose_worker(settings),
                patience=Patience(call_seconds=settings.call_timeout_seconds),
                allowance=Allowance(
                    settings.max_turns,
                    settings.budget_tokens,
                    settings.timeout_seconds,
                    settings.budget_usd,
                    settings.max_calls,
                ),
                sandbox=sandbox.ready,
                journal=journal,
                redactor=stages.redactor,
                tell=tell,
                remember=resume.recording if resume else None,
            ),
            journal=journal,
            staged_root=folder.staged,
            nonce=nonce,
            sandbox=lambda: sandbox.info,
            tell=tell,
        )
        yield Investigation(deps, folder, journal, sandbox)


def replaying(recording: "Recording", journal: "ReplayJournal", incident: Incident, folder: Path) -> Deps:
    """Build a run that answers from a record: no model, no network, no code, nothing written but the staged copies."""
    from responder.sandbox.audited import AuditedSandbox
    from responder.staging.copies import StagingArea
    from responder.team.magentic import MagenticTeam
    from responder.team.recorded import RecordedClient, RecordedSandbox

    started = recording.first("run.started")
    was = started["settings"]
    stages = triage_deps(journal.redactor)
    chosen = recording.first("sandbox.selected")
    sandbox = AuditedSandbox(RecordedSandbox(recording), journal) if chosen.get("backend") else None
    refusal = str(chosen.get("because", "running code was switched off"))
    (folder / "staged").mkdir()

    async def ready() -> tuple[AuditedSandbox | None, str]:
        return sandbox, refusal

    return Deps(
        evidence=stages.evidence,
        triage=stages.triage,
        causes=stages.causes,
        redactor=stages.redactor,
        staging=StagingArea(redactor=stages.redactor),
        team=MagenticTeam(
            choice=ModelChoice(started["provider"], started["model"], "", started["model_reason"]),
            worker=ModelChoice(started["worker_provider"], started["worker_model"], "", ""),
            allowance=Allowance(
                int(was["max_turns"]),
                int(was["budget_tokens"]),
                float(was["timeout_seconds"]),
                float(was["budget_usd"]) if "budget_usd" in was else None,
                int(was["max_calls"]) if "max_calls" in was else None,
            ),
            sandbox=ready,
            journal=journal,
            redactor=stages.redactor,
            tell=lambda line: None,
            make_client=lambda _, role: RecordedClient(recording, role),
            patience=Patience(sleep=lambda seconds: asyncio.sleep(0)),
        ),
        journal=journal,
        staged_root=folder / "staged",
        nonce=started["nonce"],
        sandbox=lambda: sandbox.info if sandbox else None,
        tell=lambda line: None,
    )


class _LateTeam:
    """Builds the team when it is needed; its libraries are loaded while the evidence is read."""

    def __init__(self, module: "asyncio.Task[Any]", *, remember: "Recording | None", **options: Any) -> None:
        self._module = module
        self._remember = remember
        self._options = options

    async def investigate(self, case: Case) -> Conclusion:
        """See `Team.investigate`."""
        magentic = await self._module
        if self._remember is not None and self._options["choice"].provider != "analyst":
            self._options["make_client"] = self._remembering
        team = magentic.MagenticTeam(**self._options)
        conclusion: Conclusion = await team.investigate(case)
        return conclusion

    def _remembering(self, choice: ModelChoice, role: str) -> Any:
        from responder.team.models import build_client
        from responder.team.recorded import RememberingClient

        assert self._remember is not None  # noqa: S101 - the only caller has checked
        return RememberingClient(build_client(choice), self._remember, role, self._options["redactor"])


def _journal(stack: contextlib.AsyncExitStack, folder: RunFolder, redactor: TextRedactor) -> Journal:
    from responder.audit.journal import FileJournal
    from responder.audit.story import StoryJournal

    record = stack.enter_context(FileJournal(folder.path / "audit.jsonl", clock=now, redactor=redactor))
    return stack.enter_context(StoryJournal(record, folder.path / "magentic_one.log", clock=now, redactor=redactor))


def _reaper(settings: Settings) -> list[str]:
    if settings.sandbox not in ("auto", "docker"):
        return []
    engine = [settings.docker_host] if settings.docker_host else []
    return [sys.executable, "-m", "responder.sandbox.reaper", *engine]


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


def incident_of(started: Mapping[str, Any]) -> Incident:
    """Read back what a run was asked, from its `run.started`.

    Raises:
        ConfigError: It read standard input, which is gone.
    """
    if "-" in started["inputs"]:
        raise ConfigError("the run read standard input, which is gone", hint="only runs over files can be repeated")
    return Incident(
        tuple(Path(path) for path in started["inputs"]),
        datetime.fromisoformat(started["started_at"]),
        started["task"],
        tuple(Path(path) for path in started["baseline"]),
    )


def redactor_for(settings: Settings, *, key: bytes | None = None) -> TextRedactor:
    """Build a redactor that also knows the tool's own keys; `key` decides the placeholders, random when None."""
    if not settings.redact:
        return NullRedactor()
    keys = {
        "gemini-key": settings.gemini_api_key,
        "openai-key": settings.openai_api_key,
        "anthropic-key": settings.anthropic_api_key,
        "azure-key": settings.azure_openai_api_key,
    }
    known = {kind: key.get_secret_value() for kind, key in keys.items() if key is not None}
    return Redactor(key=key, known=known)


def redaction_key(incident: Incident, nonce: str) -> bytes | None:
    """Derive the key of the placeholders from the evidence, so that who has it can repeat the run to the byte.

    Whoever has the run folder alone cannot: its files tell neither the key nor what it is made of, so a placeholder
    does not help to guess the secret behind it. Standard input cannot be read twice; its key is random.
    """
    if Path("-") in incident.inputs:
        return None
    digest = hashlib.blake2b(nonce.encode(), digest_size=32)
    try:
        artifacts = FileSource().collect(incident.inputs).artifacts
        for artifact in artifacts[:_KEY_FILES]:
            with artifact.open() as stream:
                digest.update(stream.read(_KEY_BYTES))
    except (EvidenceError, OSError, EOFError):
        return None
    return digest.digest()


def _described(settings: Settings, choice: ModelChoice, incident: Incident, nonce: str) -> dict[str, Any]:
    worker = choose_worker(settings) or choice
    return {
        "inputs": [str(path) for path in incident.inputs],
        "baseline": [str(path) for path in incident.baseline],
        "task": incident.task,
        "started_at": incident.started_at,
        "folder": str(Path.cwd()),
        "nonce": nonce,
        "provider": choice.provider,
        "model": choice.model,
        "model_reason": choice.reason,
        "worker_provider": worker.provider,
        "worker_model": worker.model,
        "settings": {
            name: str(value)
            for name, value in settings.model_dump().items()
            if value is not None and not name.endswith("_api_key")
        },
    }
