"""The report as JSON: the contract of `report.schema.json`, version "1", with its keys in a fixed order.

The same report gives the same bytes. Nothing but the standard library is needed here, since `triage --json` writes
it too and must answer in milliseconds.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from responder.causes.interface import Evidence, Hypothesis, Impact
from responder.evidence.interface import Skipped
from responder.reporting.model import Report, RootCause
from responder.shipped import shipped
from responder.team.interface import Conclusion, Verification
from responder.triage.interface import FileFacts, Remedy

__all__ = ["SCHEMA_VERSION", "dump", "schema", "to_json"]

SCHEMA_VERSION = "1"

Json = dict[str, Any]


def dump(report: Report) -> bytes:
    """`report.json`, UTF-8, two spaces of indent, a newline at the end.

    It may be printed inside a pipeline, whose runner would obey `##[command]` anywhere in a line; JSON has another way
    to write the first character.
    """
    written = json.dumps(to_json(report), ensure_ascii=False, indent=2, allow_nan=False)
    return (re.sub("#(?=#)", r"\\u0023", written) + "\n").encode()


def schema() -> Json:
    """The JSON Schema (2020-12) that every report obeys."""
    text = shipped("reporting/report.schema.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded


def to_json(report: Report) -> Json:
    """The report as JSON values, keys in the order of the schema."""
    return {
        "verdict": report.verdict.value,
        "root_cause": _root_cause(report.root_cause),
        "hypotheses": [_hypothesis(item) for item in report.hypotheses],
        "none_of_these": report.none_of_these,
        "evidence": [_evidence(item) for item in report.evidence],
        "timeline": [
            {
                "timestamp": _time(entry.timestamp),
                "what": entry.what,
                "evidence": list(entry.evidence),
                "moment": entry.moment,
            }
            for entry in report.timeline
        ],
        "chain": [{"cause": link.cause, "effect": link.effect, "because": link.because} for link in report.chain],
        "impact": _impact(report.impact),
        "actions": {
            "immediate": [_remedy(item) for item in report.actions.immediate],
            "prevention": [_remedy(item) for item in report.actions.prevention],
        },
        "not_checked": list(report.not_checked),
        "skipped": [_skipped(item) for item in report.skipped],
        "struck": [
            {"kind": item.kind, "id": item.id, "text": item.text, "reason": item.reason} for item in report.struck
        ],
        "redactions": _redactions(report.redactions),
        "agents": _agents(report.conclusion),
        "sandbox": _sandbox(report),
        "audit": report.audit
        and {"path": report.audit.path, "entries": report.audit.head.entries, "head": report.audit.head.hash},
        **_what_was_read(report),
        "schema_version": SCHEMA_VERSION,
    }


def _what_was_read(report: Report) -> Json:
    """How long the stages took, the files and what they hold, and how the run was asked for."""
    return {
        "timings": {stage: round(seconds, 4) for stage, seconds in report.timings.items()},
        "inputs": [_file(item) for item in report.files],
        "volume": [
            {
                "start": _time(bucket.start),
                "seconds": bucket.seconds,
                "total": bucket.total,
                "errors": bucket.errors,
            }
            for bucket in report.volume
        ],
        "components": list(report.components),
        "dependencies": [{"caller": caller, "callee": callee} for caller, callee in report.dependencies],
        "run": {
            "started_at": _time(report.incident.started_at),
            "task": report.incident.task,
            "inputs": [str(path) for path in report.incident.inputs],
            "baseline": [str(path) for path in report.incident.baseline],
        },
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _root_cause(cause: RootCause | None) -> Json | None:
    if cause is None:
        return None
    return {
        "summary": cause.summary,
        "category": cause.category.value,
        "component": cause.component,
        "component_kind": cause.component_kind.value,
        "confidence": cause.confidence,
        "first_seen": _time(cause.first_seen),
        "evidence": list(cause.evidence),
        "verified": cause.verified,
        "hypothesis": cause.hypothesis,
        "beside": list(cause.beside),
    }


def _hypothesis(item: Hypothesis) -> Json:
    return {
        "rank": item.rank,
        "id": item.id,
        "summary": item.summary,
        "category": item.category.value,
        "component": item.component,
        "component_kind": item.component_kind.value,
        "probability": item.probability,
        "supporting": list(item.supporting),
        "contradicting": list(item.contradicting),
        "status": item.status,
        "next_check": item.next_check,
        "ruled_out_because": item.ruled_out_because,
        "beside": list(item.beside),
        "first_seen": _time(item.first_seen),
        "steps": [
            {
                "before": round(step.before, 4),
                "after": round(step.after, 4),
                "because": step.because,
                "evidence": list(step.evidence),
            }
            for step in item.steps
        ],
    }


def _evidence(item: Evidence) -> Json:
    return {
        "id": item.id,
        "path": item.span.path,
        "line": item.span.line,
        "line_start": item.span.line_start,
        "line_end": item.span.line_end,
        "timestamp": _time(item.timestamp),
        "text": item.text,
        "sha256": item.sha256,
        "role": item.role,
        "why": item.why,
        "component": item.component,
        "count": item.count,
    }


def _impact(impact: Impact) -> Json:
    ended = impact.ended_at
    return {
        "components": list(impact.components),
        "started_at": _time(impact.started_at),
        "ended_at": _time(ended),
        "duration_seconds": (ended - impact.started_at).total_seconds() if ended and impact.started_at else None,
        "failed_records": impact.failed_records,
        "evidence": list(impact.evidence),
    }


def _remedy(item: Remedy) -> Json:
    return {"what": item.what, "verify": item.verify, "undo": item.undo}


def _skipped(item: Skipped) -> Json:
    return {"path": item.path, "reason": item.reason, "hint": item.hint}


def _redactions(kinds: Mapping[str, int] | None) -> Json:
    found = dict(sorted((kinds or {}).items()))
    return {"count": sum(found.values()), "kinds": found, "enabled": kinds is not None}


def _agents(conclusion: Conclusion) -> Json:
    usage = conclusion.usage
    return {
        "turns": usage.turns,
        "max_turns": usage.max_turns,
        "stop_reason": conclusion.stop_reason,
        "model": usage.model,
        "calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "tokens_estimated": usage.tokens_estimated,
        "cost": usage.cost,
        "turns_by_agent": dict(sorted(conclusion.turns_by_agent.items())),
        "claims": [
            {"text": claim.text, "evidence": list(claim.evidence), "verifications": list(claim.verifications)}
            for claim in conclusion.claims
        ],
        "notes": list(conclusion.notes),
    }


def _sandbox(report: Report) -> Json:
    info = report.sandbox
    return {
        "backend": info and info.backend,
        "tier_reason": info.tier_reason if info else "",
        "facts": dict(sorted(info.facts.items())) if info else {},
        "executions": _executions(report.conclusion.verifications),
    }


def _executions(verifications: Sequence[Verification]) -> list[Json]:
    return [
        {
            "id": item.id,
            "hypothesis": item.hypothesis,
            "outcome": item.outcome,
            "statement": item.statement,
            "language": item.execution.language,
            "code_sha256": item.execution.code_sha256,
            "exit_code": item.execution.exit_code,
            "ending": item.execution.ending,
            "seconds": round(item.execution.seconds, 3),
            "output_bytes": item.execution.output_bytes,
            "note": item.execution.note,
        }
        for item in verifications
    ]


def _file(item: FileFacts) -> Json:
    return {
        "path": item.path,
        "bytes": item.bytes,
        "sha256": item.sha256,
        "format": item.format,
        "lines": item.lines,
        "component": item.component,
        "first_seen": _time(item.first_seen),
        "last_seen": _time(item.last_seen),
        "levels": dict(item.levels),
        "notes": list(item.notes),
    }
