"""Who was hurt, from when to when, and how much of it the evidence shows."""

from datetime import datetime, timedelta

from responder.causes.evidence import Candidate, Numbered
from responder.causes.interface import Impact
from responder.causes.situation import Situation, earliest, latest
from responder.triage.interface import Level

__all__ = ["ended_at", "measure"]

_STILL_FAILING = timedelta(minutes=1)
"""Failure up to this long before the last record has not been seen to end."""


def measure(lead: Candidate, situation: Situation, numbered: Numbered) -> Impact:
    """Add up what the leading hypothesis and everything it explains did."""
    findings = (*lead.story.findings, *lead.explained)
    places = {situation.graph.witness(finding) for finding in findings} | {lead.story.component}
    failed = sum(
        finding.count
        for finding in findings
        if finding.kind in ("signature", "error", "test_failure") and finding.level >= Level.ERROR
    )
    return Impact(
        components=tuple(sorted(place for place in places if place)),
        started_at=earliest(finding.timestamp for finding in findings),
        ended_at=ended_at(lead, situation),
        failed_records=failed or None,
        evidence=numbered.all_of(findings),
    )


def ended_at(lead: Candidate, situation: Situation) -> datetime | None:
    """The last record of the failure; None while the evidence ends with it."""
    last = latest(finding.last_seen or finding.timestamp for finding in (*lead.story.findings, *lead.explained))
    if last is None or situation.last_record is None or situation.last_record - last <= _STILL_FAILING:
        return None
    return last
