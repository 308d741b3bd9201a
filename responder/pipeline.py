"""The whole program on one screen: each stage hands its noun to the next, and every run ends in a report.

What only agents need, the event loop above all, is imported where it is used: `triage` answers before it is loaded.
"""

import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from responder.audit.interface import Journal
from responder.causes.interface import CausalEngine, Explanation
from responder.errors import AuditError, DefectError, EvidenceError, ResponderError
from responder.evidence.interface import Collection, EvidenceSource, Skipped
from responder.evidence.prometheus.interface import LiveSource, is_live
from responder.incident import Incident, Verdict
from responder.reporting.model import Audit, Report, build_report
from responder.safety.interface import TextRedactor
from responder.safety.redact import NullRedactor
from responder.sandbox.interface import SandboxInfo
from responder.staging.interface import Staged, Staging
from responder.staging.originals import verify_evidence
from responder.team.case import Case
from responder.team.interface import Conclusion, Team
from responder.triage.interface import Triage, TriageEngine

__all__ = ["Deps", "Outcome", "TriageDeps", "investigate", "triage_only"]

P = ParamSpec("P")
T = TypeVar("T")


class TriageDeps(Struct, frozen=True, kw_only=True):
    """What the deterministic stages need."""

    evidence: EvidenceSource
    triage: TriageEngine
    causes: CausalEngine
    redactor: TextRedactor
    live: LiveSource | None = None
    """What is asked beside the files; None for nothing."""


class Deps(TriageDeps, frozen=True, kw_only=True):
    """What a whole run needs; `cli.wiring` builds it."""

    staging: Staging
    team: Team
    journal: Journal
    staged_root: Path
    """An empty folder for the copies that agents may open."""
    nonce: str
    """A random word of this run; see `Case.nonce`."""
    sandbox: Callable[[], SandboxInfo | None]
    """What code ran in, once the team is done."""
    tell: Callable[[str], None]
    """Takes one line of progress at a time."""


class Outcome(Struct, frozen=True):
    """How a run ended: always a report, and the error that cut it short, if one did."""

    report: Report
    failure: ResponderError | None = None


class _Known(Struct):
    """What a run knows so far; a report can be built from it at any moment."""

    incident: Incident
    collection: Collection = Collection(())
    triage: Triage = Triage((), ())
    explanation: Explanation = Explanation(Verdict.INCONCLUSIVE, (), 1.0, ())
    staged: Staged | None = None
    conclusion: Conclusion = Conclusion("not_run")
    failure: ResponderError | None = None
    stage: str = ""
    timings: dict[str, float] = field(default_factory=dict)


async def investigate(incident: Incident, *, deps: Deps) -> Outcome:
    """Run every stage and build the report, from as much as there is when something cuts the run short.

    Raises:
        AuditError: The journal could not be written.
    """
    import asyncio

    known = _Known(incident)
    try:
        await _run(known, deps)
    except asyncio.CancelledError:
        note = f"Interrupted during {known.stage!r}; the stages after it did not run."
        known.conclusion = replace(known.conclusion, stop_reason="interrupted", notes=(note,))
    except AuditError:
        raise
    except ResponderError as error:
        known.failure = error
    except Exception as error:  # noqa: BLE001 - a defect in one stage must not cost what the others found
        deps.journal.record("error", {"where": known.stage, "trace": "".join(traceback.format_exception(error))})
        said = f"{known.stage} failed with {type(error).__name__}, a defect in this tool"
        known.failure = DefectError(said, hint="the trace is in audit.jsonl of the run folder; please report it")
    return _report(known, deps)


async def _run(known: _Known, deps: Deps) -> None:
    incident, stage = known.incident, _Stages(known, deps)
    known.collection = await stage.run("collect", _collect, incident, deps)
    baseline = await stage.run("baseline", _collect_baseline, incident, deps)
    artifacts = known.collection.artifacts
    known.triage = await stage.run("triage", deps.triage.triage, artifacts, baseline=baseline.artifacts)
    known.explanation = await stage.run("explain", deps.causes.explain, known.triage, task=incident.task)
    quoted = known.explanation.evidence
    known.staged = await stage.run("stage", deps.staging.stage, artifacts, quoted, deps.staged_root)
    case = Case(incident, known.explanation, known.staged, deps.nonce)
    known.conclusion = await stage.wait("investigate", deps.team.investigate, case)
    known.explanation = deps.causes.revise(known.explanation, known.conclusion.results)


def triage_only(incident: Incident, *, deps: TriageDeps) -> Outcome:
    """Run the deterministic stages alone: no agents, no sandbox, no journal, nothing written."""
    known = _Known(incident)
    try:
        known.collection = _timed(known, "collect", _collect, incident, deps)
        baseline = _collect_baseline(incident, deps)
        artifacts = known.collection.artifacts
        known.triage = _timed(known, "triage", deps.triage.triage, artifacts, baseline=baseline.artifacts)
        known.explanation = _timed(known, "explain", deps.causes.explain, known.triage, task=incident.task)
    except EvidenceError as error:
        known.failure = error
    return Outcome(_built(known, deps, sandbox=None), known.failure)


def _report(known: _Known, deps: Deps) -> Outcome:
    report = _built(known, deps, sandbox=deps.sandbox())
    cause = report.root_cause.summary if report.root_cause else None
    deps.journal.record("run.finished", {"verdict": report.verdict, "root_cause": cause})
    # The head is taken after the last event, so that a cut tail shows.
    return Outcome(replace(report, audit=Audit("audit.jsonl", deps.journal.head())), known.failure)


def _built(known: _Known, deps: TriageDeps, *, sandbox: SandboxInfo | None) -> Report:
    verified = verify_evidence(known.explanation.evidence, known.collection.artifacts)
    explanation = known.explanation
    if known.failure is not None:
        explanation = replace(explanation, not_checked=(f"{known.failure}.", *explanation.not_checked))
    unasked = [f"`{gap.path}` was not read: {gap.reason}." for gap in known.collection.skipped if is_live(gap)]
    explanation = replace(explanation, not_checked=(*explanation.not_checked, *unasked))
    return build_report(
        known.incident,
        known.triage,
        explanation,
        known.conclusion,
        verified=verified,
        redactor=deps.redactor,
        redactions=None if isinstance(deps.redactor, NullRedactor) else _redactions(known),
        sandbox=sandbox,
        timings=known.timings,
        skipped=_skipped(known),
    )


def _redactions(known: _Known) -> Mapping[str, int]:
    """Secrets removed while staging; what later gates see has been through it already."""
    return (known.staged.redactions if known.staged else None) or {}


def _skipped(known: _Known) -> tuple[Skipped, ...]:
    return (*known.collection.skipped, *(known.staged.skipped if known.staged else ()))


def _collect(incident: Incident, deps: TriageDeps) -> Collection:
    files = deps.evidence.collect(incident.inputs) if incident.inputs or deps.live is None else Collection(())
    return deps.live.extend(files, incident.started_at) if deps.live is not None else files


def _collect_baseline(incident: Incident, deps: TriageDeps) -> Collection:
    return deps.evidence.collect(incident.baseline) if incident.baseline else Collection(())


def _timed(known: _Known, name: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    started = time.perf_counter()
    result = function(*args, **kwargs)
    known.timings[name] = time.perf_counter() - started
    return result


class _Stages:
    """Takes one stage at a time: journalled before and after, timed, told."""

    def __init__(self, known: _Known, deps: Deps) -> None:
        self._known = known
        self._deps = deps

    async def run(self, name: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a stage that blocks, off the event loop."""
        from responder.background import in_background

        return await self.wait(name, partial(in_background, function), *args, **kwargs)

    async def wait(self, name: str, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a stage that waits."""
        self._known.stage = name
        self._deps.journal.record("stage.started", {"stage": name})
        started = time.perf_counter()
        result = await function(*args, **kwargs)
        seconds = self._known.timings[name] = time.perf_counter() - started
        self._deps.journal.record("stage.finished", {"stage": name, "seconds": seconds})
        self._deps.tell(f"{name}: {seconds:.2f} s")
        return result
