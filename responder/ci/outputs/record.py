"""`ci/record.json`: this run as the next one's history needs it, and as a script may want it."""

from typing import Any

from responder.ci.history import RECORD_VERSION
from responder.ci.interface import Build, Diagnosis, Group
from responder.ci.outputs.encoding import json_bytes
from responder.ci.outputs.words import headline

__all__ = ["record"]


def record(diagnosis: Diagnosis) -> bytes:
    """The run, UTF-8."""
    totals, judged, found = diagnosis.tests, diagnosis.judgement, diagnosis.culprit
    value = {
        "version": RECORD_VERSION,
        "started_at": diagnosis.report.incident.started_at.isoformat(),
        "verdict": diagnosis.verdict.value,
        "headline": headline(diagnosis),
        "kind": judged.kind.value,
        "probability": judged.probability,
        "reasons": list(judged.reasons),
        "shares": {kind.value: round(share, 4) for kind, share in judged.shares.items()},
        "build": _build(diagnosis.build),
        "culprit": found and {"commit": found.commit.sha, "because": found.because, "since_good": found.since_good},
        "groups": [_group(group) for group in diagnosis.groups],
        "tests": {
            "total": totals.passed + totals.failed + totals.flaky,
            "failing": sorted({case.id for case in diagnosis.failed_tests if case.outcome == "failed"}),
            "flaky": sorted({case.id for case in diagnosis.failed_tests if case.outcome == "flaky"}),
        },
        "notes": list(diagnosis.notes),
    }  # fmt: skip
    return json_bytes(value)


def _build(build: Build) -> dict[str, Any]:
    return {
        "provider": build.provider,
        "repository": build.repository,
        "commit": build.commit,
        "branch": build.branch,
        "change_request": build.change_request,
        "job": build.job,
        "run": build.run,
        "url": build.url,
        "attempt": build.attempt,
        "runner": build.runner,
    }


def _group(group: Group) -> dict[str, Any]:
    place = group.lead.place
    return {
        "fingerprint": group.fingerprint,
        "title": group.lead.title,
        "category": group.lead.category.value,
        "count": group.count,
        "tests": list(group.tests[:200]),
        "jobs": list(group.jobs[:200]),
        "file": place and place.path,
        "line": place and place.line,
        "artifact": str(group.lead.span),
        "seen_before": group.seen_before,
    }
