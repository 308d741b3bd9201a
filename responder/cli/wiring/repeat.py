"""A run that answers from its record."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from responder.cli.wiring.stages import redaction_key, triage_deps
from responder.incident import Incident
from responder.pipeline import Deps
from responder.team.guard.meter import Allowance
from responder.team.interface import Team
from responder.team.models import ModelChoice
from responder.team.models.patience import Patience

if TYPE_CHECKING:
    from responder.sandbox.audited import AuditedSandbox
    from responder.team.replay.journal import ReplayJournal
    from responder.team.replay.recording import Recording

__all__ = ["replaying"]


def replaying(recording: "Recording", journal: "ReplayJournal", incident: Incident, *, run: Path, folder: Path) -> Deps:
    """Build a run that answers from a record: no model, no network, no code, nothing written but the staged copies.

    Args:
        recording: The record.
        journal: Holds every act against it.
        incident: What the run was asked.
        run: Its folder.
        folder: For the staged copies.
    """
    from responder.evidence.prometheus.interface import FOLDER
    from responder.evidence.prometheus.kept import KeptMetrics
    from responder.sandbox.audited import AuditedSandbox
    from responder.staging.copies import StagingArea
    from responder.team.replay.sandbox import RecordedSandbox

    asked = recording.asked
    stages = triage_deps(journal.redactor, live=KeptMetrics(run / FOLDER) if (run / FOLDER).is_dir() else None)
    chosen = recording.first("sandbox.selected")
    sandbox = AuditedSandbox(RecordedSandbox(recording), journal) if chosen.get("backend") else None
    refusal = str(chosen.get("because", "running code was switched off"))
    masked = asked["settings"].get("mask") == "identifiers"
    (folder / "staged").mkdir()
    return Deps(
        evidence=stages.evidence,
        triage=stages.triage,
        causes=stages.causes,
        redactor=stages.redactor,
        live=stages.live,
        staging=StagingArea(redactor=stages.redactor),
        team=_team(
            recording,
            journal,
            sandbox,
            refusal,
            mask_key=redaction_key(incident, asked["nonce"]) if masked else None,
        ),
        journal=journal,
        staged_root=folder / "staged",
        nonce=asked["nonce"],
        sandbox=lambda: sandbox.info if sandbox else None,
        tell=lambda line: None,
    )


def _team(
    recording: "Recording",
    journal: "ReplayJournal",
    sandbox: "AuditedSandbox | None",
    refusal: str,
    *,
    mask_key: bytes | None,
) -> Team:
    """Build the team whose models, meter and clock are the record."""
    from responder.team.magentic import MagenticTeam
    from responder.team.replay.clients import RecordedClient
    from responder.team.replay.meter import RecordedMeter

    asked = recording.asked

    async def ready() -> "tuple[AuditedSandbox | None, str]":
        return sandbox, refusal

    return MagenticTeam(
        choice=ModelChoice(asked["provider"], asked["model"], "", asked["model_reason"]),
        worker=ModelChoice(asked["worker_provider"], asked["worker_model"], "", ""),
        allowance=_allowance(asked["settings"]),
        sandbox=ready,
        journal=journal,
        redactor=journal.redactor,
        mask_key=mask_key,
        tell=lambda line: None,
        make_client=lambda _, role: RecordedClient(recording, role),
        patience=Patience(sleep=lambda seconds: asyncio.sleep(0)),
        meter=lambda allowance: RecordedMeter(allowance, recording=recording),
        alarm=recording.when_stopped,
    )


def _allowance(was: Mapping[str, str]) -> Allowance:
    return Allowance(
        int(was["max_turns"]),
        int(was["budget_tokens"]),
        float(was["timeout_seconds"]),
        float(was["budget_usd"]) if "budget_usd" in was else None,
        int(was["max_calls"]) if "max_calls" in was else None,
    )
