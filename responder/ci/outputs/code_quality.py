"""GitLab's Code Quality report: each group of failures at the line of the source it names.

The report has no place for what names no source file, so there the artifact and its line stand in.
"""

from responder.ci.interface import Diagnosis, Group
from responder.ci.outputs.encoding import json_bytes
from responder.ci.outputs.words import headline, plain_line, what_failed

__all__ = ["code_quality"]

_MOST = 500


def code_quality(diagnosis: Diagnosis) -> bytes:
    """A JSON array, UTF-8; empty when nothing failed."""
    groups = diagnosis.groups[:_MOST]
    issues = [_issue(group, diagnosis, first=number == 0) for number, group in enumerate(groups)]
    return json_bytes(issues)


def _issue(group: Group, diagnosis: Diagnosis, *, first: bool) -> dict[str, object]:
    place = group.lead.place
    cause = diagnosis.report.root_cause
    category = cause.category if first and cause else group.lead.category
    return {
        "description": plain_line(headline(diagnosis) if first else what_failed(group), 500),
        "check_name": category.value,
        "fingerprint": group.fingerprint,
        "severity": "critical" if first else "major",
        "location": {
            "path": place.path if place else group.lead.span.path,
            "lines": {"begin": max(1, place.line if place else group.lead.span.line)},
        },
    }
