"""The evidence pack: what the agents get first, at most about 6,000 tokens, whatever the size of the incident.

It holds what the engine found, by number. Everything else is a tool call away, so nothing is sent in case it is needed.
"""

from collections.abc import Sequence

from responder.causes.interface import Evidence, Explanation, TimelineEntry
from responder.safety.fence import bounded, untrusted, without_fences
from responder.safety.sanitise import sanitise
from responder.team.case import Case

__all__ = ["PACK_CHARACTERS", "evidence_pack"]

PACK_CHARACTERS = 22_000
"""Four characters a token, with a reserve for the question and the rules: 6,000 tokens in all."""

_MOST_HYPOTHESES = 6
_MOST_MOMENTS = 20
_QUESTION_CHARACTERS = 1_000
_QUOTE_CHARACTERS = (700, 400, 200, 80)
"""Tried in turn until the pack fits."""


def evidence_pack(case: Case) -> str:
    """Write question, hypotheses, evidence, timeline and what was not read; quotations shrink until it all fits."""
    explanation = case.explanation
    question = bounded(
        case.incident.task.strip() or "Explain what failed in these logs, and why.", _QUESTION_CHARACTERS
    )
    head = [
        f"The caller asks:\n{untrusted(question, source='the caller', nonce=case.nonce)}",
        "A deterministic engine has read all of the logs. Its findings follow; test them, do not repeat them.",
        _hypotheses(explanation),
    ]
    tail = [_timeline(explanation.timeline), _unread(case)]
    room = PACK_CHARACTERS - sum(len(part) for part in (*head, *tail))
    return "\n\n".join(part for part in (*head, _evidence(case, room), *tail) if part)


def _hypotheses(explanation: Explanation) -> str:
    if not explanation.hypotheses:
        return "Hypotheses: none; the engine found nothing wrong in these logs."
    rows = []
    for item in explanation.hypotheses[:_MOST_HYPOTHESES]:
        against = f"; against: {', '.join(item.contradicting)}" if item.contradicting else ""
        odds = f"{item.probability:.2f}, {item.category.value}"
        rows.append(f"{item.id} ({odds}): {_calm(item.summary)} [for: {', '.join(item.supporting)}{against}]")
        rows += [f"    predicts: {_calm(check.statement)}" for check in item.checks]
        rows += [f"    would decide: {_calm(item.next_check)}"] if item.next_check else []
    rows.append(f"None of these: {explanation.none_of_these:.2f}")
    return "Hypotheses, with probabilities:\n" + "\n".join(rows)


def _evidence(case: Case, room: int) -> str:
    items = case.explanation.evidence
    if not items:
        return ""
    title = "Evidence, in reading order:\n"
    text = ""
    for limit in _QUOTE_CHARACTERS:
        text = title + "\n".join(_item(item, case.nonce, limit) for item in items)
        if len(text) <= room:
            return text
    return _whole_rows(text, room)


def _item(item: Evidence, nonce: str, limit: int) -> str:
    when = item.timestamp.strftime("%Y-%m-%dT%H:%M:%SZ") if item.timestamp else "no time"
    about = f"{item.id} {item.role}, {_calm(str(item.span))}, {when}, {item.count} like it: {_calm(item.why)}"
    return f"{about}\n{untrusted(bounded(item.text, limit), source=str(item.span), nonce=nonce)}"


def _timeline(moments: Sequence[TimelineEntry]) -> str:
    rows = [
        f"{moment.timestamp:%Y-%m-%dT%H:%M:%SZ} {moment.moment}: {_calm(moment.what)} [{', '.join(moment.evidence)}]"
        for moment in moments[:_MOST_MOMENTS]
    ]
    return "Timeline:\n" + "\n".join(rows) if rows else ""


def _unread(case: Case) -> str:
    partial = [file.path for file in case.staged.files if not file.complete]
    notes = [*case.explanation.not_checked, *(f"Only parts of {path} can be opened." for path in partial)]
    return "Not checked:\n" + _whole_rows("\n".join(map(_calm, notes)), 2_000) if notes else ""


def _whole_rows(text: str, limit: int) -> str:
    """Cut after the last whole row that fits, and say that more can be opened."""
    if len(text) <= limit:
        return text
    return text[: max(0, limit)].rpartition("\n")[0] + "\n(more can be opened with the tools)"


def _calm(text: str) -> str:
    """One short line that holds no control character and no fence; captured values are the log's, not ours."""
    return bounded(without_fences(" ".join(sanitise(text).split())), 400)
