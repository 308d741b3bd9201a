"""Claims about a whole run whose stages fail: there is always a report, and it says what happened."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from responder.background import in_background
from responder.causes import default_engine as cause_engine
from responder.errors import AuditError, ExitCode
from responder.evidence import FileSource
from responder.evidence.interface import Artifact
from responder.incident import Incident, Verdict
from responder.pipeline import Deps, investigate, triage_only
from responder.safety.redact import Redactor
from responder.staging.copies import StagingArea
from responder.team.case import Case
from responder.team.interface import Conclusion
from responder.testing import MemoryJournal
from responder.triage import default_engine as triage_engine
from responder.triage.interface import Triage

LOG = """2026-03-14 14:03:10.001 UTC [11] LOG:  checkpoint complete
2026-03-14 14:03:12.418 UTC [12] FATAL:  remaining connection slots are reserved for superuser connections
2026-03-14 14:03:13.100 UTC [13] FATAL:  remaining connection slots are reserved for superuser connections
"""


class QuietTeam:
    """Concludes nothing."""

    async def investigate(self, case: Case) -> Conclusion:
        return Conclusion("concluded")


@pytest.fixture
def incident(tmp_path: Path) -> Incident:
    log = tmp_path / "in" / "postgresql.log"
    log.parent.mkdir()
    log.write_text(LOG)
    return Incident((log.parent,), datetime(2026, 3, 14, 15, tzinfo=UTC))


def deps(tmp_path: Path, **replaced: Any) -> Deps:
    root = tmp_path / "staged"
    root.mkdir(exist_ok=True)
    redactor = Redactor()
    parts: dict[str, Any] = {
        "evidence": FileSource(),
        "triage": triage_engine(),
        "causes": cause_engine(),
        "redactor": redactor,
        "staging": StagingArea(redactor=redactor),
        "team": QuietTeam(),
        "journal": MemoryJournal(),
        "staged_root": root,
        "nonce": "n0nce123",
        "sandbox": lambda: None,
        "tell": lambda line: None,
    }
    return Deps(**(parts | replaced))


async def test_a_run_is_journalled_stage_by_stage(incident: Incident, tmp_path: Path) -> None:
    """Each stage is announced before it runs and closed after it, and the report carries the head of the journal."""
    journal = MemoryJournal()

    outcome = await investigate(incident, deps=deps(tmp_path, journal=journal))

    assert outcome.failure is None
    assert outcome.report.evidence
    started = [item["stage"] for item in journal.of("stage.started")]
    assert started == [item["stage"] for item in journal.of("stage.finished")]
    assert outcome.report.audit is not None
    assert outcome.report.audit.head.entries == len(journal.events)


@pytest.mark.parametrize("stage", ["triage", "causes", "staging", "team"])
async def test_a_defect_in_a_stage_does_not_cost_the_report(incident: Incident, tmp_path: Path, stage: str) -> None:
    """An error nobody foresaw is journalled with its trace, and what the other stages found is reported."""

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise ZeroDivisionError(name)

    journal = MemoryJournal()

    outcome = await investigate(incident, deps=deps(tmp_path, journal=journal, **{stage: Broken()}))

    assert outcome.failure is not None
    assert outcome.failure.exit_code is ExitCode.DEFECT
    assert "ZeroDivisionError" in journal.of("error")[0]["trace"]
    assert bool(outcome.report.evidence) is (stage in ("staging", "team"))


async def test_a_journal_that_cannot_be_written_stops_the_run(incident: Incident, tmp_path: Path) -> None:
    """Without a record nothing may happen."""

    class FullDisk(MemoryJournal):
        def record(self, *_: Any) -> int:
            raise AuditError("no space left")

    with pytest.raises(AuditError):
        await investigate(incident, deps=deps(tmp_path, journal=FullDisk()))


async def test_an_interruption_leaves_a_report_that_says_where(incident: Incident, tmp_path: Path) -> None:
    """A cancelled run reports what it had and names the stage it was in."""
    reached = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Endless:
        def triage(self, artifacts: Sequence[Artifact], *, baseline: Sequence[Artifact] = ()) -> Triage:
            loop.call_soon_threadsafe(reached.set)
            return triage_engine().triage(artifacts, baseline=baseline)

    class Waiting:
        async def investigate(self, case: Case) -> Conclusion:
            await asyncio.Event().wait()
            raise AssertionError

    run = asyncio.create_task(investigate(incident, deps=deps(tmp_path, triage=Endless(), team=Waiting())))
    await reached.wait()
    run.cancel()
    outcome = await asyncio.wait_for(run, 2.0)

    assert outcome.report.conclusion.stop_reason == "interrupted"
    assert "triage" in outcome.report.conclusion.notes[0]


async def test_an_input_that_is_not_there_is_reported(tmp_path: Path) -> None:
    """A missing path ends in an inconclusive report that names it, with the exit code for evidence."""
    missing = Incident((tmp_path / "nowhere",), datetime(2026, 3, 14, tzinfo=UTC))

    outcome = await investigate(missing, deps=deps(tmp_path))

    assert outcome.failure is not None
    assert outcome.failure.exit_code is ExitCode.EVIDENCE_UNREADABLE
    assert outcome.report.verdict is Verdict.INCONCLUSIVE
    assert any("nowhere" in item for item in outcome.report.not_checked)


def test_triage_alone_writes_nothing(incident: Incident, tmp_path: Path) -> None:
    """The deterministic stages leave no file behind."""
    before = sorted(tmp_path.rglob("*"))

    outcome = triage_only(incident, deps=deps(tmp_path))

    assert outcome.report.evidence
    assert sorted(path for path in tmp_path.rglob("*") if path.name != "staged") == before


async def test_background_work_hands_over_results_and_errors() -> None:
    """A value comes back, an exception is raised where it is awaited, and a cancelled wait does not block."""
    assert await in_background(lambda: 42) == 42
    with pytest.raises(ZeroDivisionError):
        await in_background(lambda: 1 // 0)
    release = asyncio.Event()
    waiting = asyncio.create_task(in_background(lambda: asyncio.run(release.wait())))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
