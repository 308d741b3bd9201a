"""Joins the run's report with the build it came from into the one value that every output is rendered from."""

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from responder.ci.checkout import Checkout
from responder.ci.culprit import change_since_good, culprit_of
from responder.ci.failures import failures_of, grouped
from responder.ci.history import History
from responder.ci.interface import Build, Culprit, Diagnosis, Group
from responder.ci.junit import TestResults, read_results
from responder.ci.kept import KeptEvidence, KeptTriage
from responder.ci.kinds import judge, observe
from responder.ci.places import SourceMap
from responder.ci.versions import new_versions
from responder.incident import Category, Span, Verdict
from responder.reporting.clean import Redactor, clean
from responder.reporting.model import Report

__all__ = ["MOST_GROUPS", "Context", "diagnose"]

MOST_GROUPS = 200
"""Groups kept; a build that fails in more ways than this has one reason that the first of them shows."""

_MOST_TESTS_NAMED = 2_000
_TESTS_BELIEVED = 0.8
"""That a failing test is what its failure looks like."""


class Context(Struct, frozen=True):
    """What is known beside the artifacts."""

    build: Build
    checkout: Checkout
    sources: SourceMap
    history: History = field(default_factory=History)
    last_good: str = ""
    """A green commit that the caller named."""


def diagnose(
    report: Report,
    evidence: KeptEvidence,
    triage: KeptTriage,
    context: Context,
    *,
    redactor: Redactor,
    notes: Sequence[str] = (),
) -> Diagnosis:
    """Everything the outputs say about this build.

    Args:
        report: What the run concluded.
        evidence: Kept the artifacts of the run and of its baseline.
        triage: Kept the findings of the run.
        context: The build, its checkout, its history.
        redactor: Applied to every string that comes from the artifacts or the checkout.
        notes: What went wrong before, as sentences.
    """
    artifacts, baseline = evidence.collection.artifacts, evidence.baseline.artifacts
    results = read_results(artifacts)
    groups = _groups(report, triage, results, context)
    first = groups[0] if groups else None
    last_good = context.last_good or context.history.last_good(context.build)
    change = change_since_good(context.checkout, context.build, last_good)
    versions = new_versions(artifacts, baseline) if baseline else ()
    observations = observe(
        first, build=context.build, results=results, history=context.history, change=change, versions=versions
    )
    culprit = culprit_of(first.lead.places, change, context.checkout) if first else None
    kept = (
        groups[:MOST_GROUPS],
        judge(_causes(report, first), observations),
        culprit,
        tuple(replace(case, text="") for case in results.failed[:_MOST_TESTS_NAMED]),
        (*notes, *context.history.notes, *_left_out(results, groups)),
    )
    safe_groups, judgement, safe_culprit, failed_tests, safe_notes = clean(kept, redactor)
    return Diagnosis(
        context.build,
        report,
        safe_groups,
        judgement,
        culprit=_with_hash(safe_culprit, culprit),
        tests=results.totals,
        failed_tests=failed_tests,
        runs_known=len(context.history.runs),
        notes=safe_notes,
    )


def _groups(report: Report, triage: KeptTriage, results: TestResults, context: Context) -> tuple[Group, ...]:
    """What failed, each cause once; nothing where neither the logs nor a test say that anything did."""
    if report.verdict is Verdict.HEALTHY and not results.totals.failed:
        return ()
    lead = _lead(report)
    failures = failures_of(triage.result, results, context.sources, lead)
    return grouped(failures, lead=lead, seen=context.history.seen)


def _with_hash(safe: Culprit | None, culprit: Culprit | None) -> Culprit | None:
    """A hash is no secret, however much it looks like one."""
    return replace(safe, commit=replace(safe.commit, sha=culprit.commit.sha)) if safe and culprit else None


def _causes(report: Report, first: Group | None) -> list[tuple[Category, float]]:
    """What may lie behind the failure; test results say it where the logs do not."""
    if first is not None and first.tests and report.root_cause is None:
        return [(first.lead.category, _TESTS_BELIEVED)]
    return [(item.category, item.probability) for item in report.hypotheses if item.status != "ruled_out"]


def _lead(report: Report) -> Span | None:
    """The line that the root cause, or else the best candidate, rests on."""
    cited = report.cited()
    named = report.root_cause.evidence if report.root_cause else ()
    named = named or (report.hypotheses[0].supporting if report.hypotheses else ())
    return next((cited[item].span for item in named if item in cited), None)


def _left_out(results: TestResults, groups: Sequence[Group]) -> tuple[str, ...]:
    notes = [f"`{item.path}` was not read to its end as test results: {item.reason}." for item in results.skipped]
    if len(groups) > MOST_GROUPS:
        notes.append(f"The build failed in {len(groups)} different ways; the first {MOST_GROUPS} are kept.")
    return tuple(notes)
