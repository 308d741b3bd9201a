"""The evidence pack: what the agents get first, at most about 6,000 tokens, and always much less than the evidence.

It holds what the engine found, by number, each thing once. Everything else is a tool call away, so nothing is sent in
case it is needed.
"""

from collections.abc import Sequence
from datetime import datetime

from responder.causes.interface import Evidence, Explanation, Hypothesis, TimelineEntry
from responder.incident import EvidenceId
from responder.safety.fence import bounded, untrusted, without_fences
from responder.safety.sanitise import sanitise
from responder.team.case import Case

__all__ = ["PACK_CHARACTERS", "evidence_pack"]

PACK_CHARACTERS = 22_000
"""Four characters a token, with a reserve for the question and the rules: 6,000 tokens in all."""

_FEWEST_CHARACTERS = 1_750
_SHARE = 15
"""A pack is a fifteenth of the evidence at most, unless that is hardly anything."""
_MOST_HYPOTHESES = 6
_MOST_MOMENTS = 20
_LIKELY = 0.05
"""From which probability on a hypothesis is told with its predictions."""
_QUESTION_CHARACTERS = 1_000
_QUOTE_CHARACTERS = (700, 400, 200, 120)
"""Tried in turn until the pack fits."""


def evidence_pack(case: Case) -> str:
    """Write question, hypotheses, evidence, timeline and what was not read; quotations shrink until it all fits."""
    explanation = case.explanation
    limit = _limit(case)
    question = bounded(
        case.incident.task.strip() or "Explain what failed in these logs, and why.", _QUESTION_CHARACTERS
    )
    head = [
        f"The caller asks:\n{untrusted(question, source='the caller', nonce=case.nonce)}",
        "Findings of an engine that has read all of the logs; test them:",
        _hypotheses(explanation),
    ]
    tail = [_timeline(explanation), _unread(case, limit)]
    room = limit - sum(len(part) for part in (*head, *tail))
    return "\n\n".join(part for part in (*head, _evidence(case, room), *tail) if part)


def _limit(case: Case) -> int:
    evidence = sum((case.staged.root / file.name).stat().st_size for file in case.staged.files)
    return min(PACK_CHARACTERS, max(_FEWEST_CHARACTERS, evidence // _SHARE))


def _hypotheses(explanation: Explanation) -> str:
    if not explanation.hypotheses:
        return "Hypotheses: none; the engine found nothing wrong in these logs."
    rows = [row for item in explanation.hypotheses[:_MOST_HYPOTHESES] for row in _hypothesis(item)]
    return "\n".join(["Hypotheses, with probabilities:", *rows, f"None of these: {explanation.none_of_these:.2f}"])


def _hypothesis(item: Hypothesis) -> list[str]:
    against = f"; against: {', '.join(item.contradicting)}" if item.contradicting else ""
    odds = f"{item.probability:.2f}, {item.category.value}"
    is_likely = item.probability >= _LIKELY
    summary = _calm(item.summary, 400 if is_likely else 60)
    row = f"{item.id} ({odds}): {summary} [for: {', '.join(item.supporting)}{against}]"
    if not is_likely:
        return [row]
    # That a quoted line stands where it is quoted is what every hypothesis predicts.
    checks = [check for check in item.checks if check.kind != "present"]
    decides = [f"    would decide: {_calm(item.next_check)}"] if item.next_check else []
    return [row, *(f"    predicts: {_calm(check.statement)}" for check in checks), *decides]


def _evidence(case: Case, room: int) -> str:
    """Write what is known of each piece, and all their lines in one block of untrusted text."""
    items = case.explanation.evidence
    if not items:
        return ""
    most = len(items)
    text = ""
    for limit in _QUOTE_CHARACTERS:
        text = _listed(items, case, limit)
        if len(text) <= room:
            return text
    while most > 1 and len(text) > room:
        most = min(most - 1, most * max(room, 1) // len(text) + 1)
        text = _listed(items[:most], case, _QUOTE_CHARACTERS[-1])
        text += f"\n(more can be opened with the tools: {items[most].id} on)"
    return text


def _listed(items: Sequence[Evidence], case: Case, limit: int) -> str:
    times = [item.timestamp for item in items if item.timestamp]
    day = f"{times[0]:%Y-%m-%d}" if times and len({moment.date() for moment in times}) == 1 else ""
    said: set[str] = set()
    about = [_about(item, day, said) for item in items]
    # Each line of a quotation begins with its number, so none of them can pass for another piece of evidence.
    quoted = [f"{item.id}: {line}" for item in items for line in _quotation(item, limit).split("\n")]
    block = untrusted("\n".join(quoted), source="the logs", nonce=case.nonce)
    return "\n".join([f"Evidence, in reading order{f', times of {day} UTC' if day else ''}:", *about, block])


def _quotation(item: Evidence, limit: int) -> str:
    """Quote the line to read first, then as many of those after and before it as there is room for."""
    lines = item.text.split("\n")
    first = last = min(max(0, item.span.line - item.span.line_start), len(lines) - 1)
    shown = [_cut(lines[first], limit)]
    room = limit - len(shown[0])
    while last + 1 < len(lines) and len(lines[last + 1]) < room:
        last += 1
        shown.append(lines[last])
        room -= len(lines[last]) + 1
    while first > 0 and len(lines[first - 1]) < room:
        first -= 1
        shown.insert(0, lines[first])
        room -= len(lines[first]) + 1
    return "\n".join(shown)


def _about(item: Evidence, day: str, said: set[str]) -> str:
    """Write one row; a reason that was given for another piece is not given again."""
    alike = f", {item.count} like it" if item.count > 1 else ""
    why = "" if item.why in said else f": {_calm(item.why)}"
    said.add(item.why)
    return f"{item.id} {item.role}, {_calm(str(item.span))}{_when(item.timestamp, day)}{alike}{why}"


def _when(moment: datetime | None, day: str) -> str:
    if moment is None:
        return ""
    return f", {moment:%H:%M:%S}" if day else f", {moment:%Y-%m-%dT%H:%M:%SZ}"


def _timeline(explanation: Explanation) -> str:
    """Write what the evidence itself does not say: changes, ends, and which line was the onset."""
    dated = {(item.id, item.timestamp) for item in explanation.evidence}
    rows = [_moment(entry, dated) for entry in explanation.timeline[:_MOST_MOMENTS]]
    told = "; ".join(row for row in rows if row)
    return f"Timeline: {told}" if told else ""


def _moment(entry: TimelineEntry, dated: set[tuple[EvidenceId, datetime | None]]) -> str:
    cited = ", ".join(entry.evidence)
    if any((item, entry.timestamp) in dated for item in entry.evidence):
        return f"{entry.moment} {cited}" if entry.moment != "event" else ""
    return f"{entry.timestamp:%Y-%m-%dT%H:%M:%SZ} {entry.moment}: {_calm(entry.what)} [{cited}]"


def _unread(case: Case, limit: int) -> str:
    partial = [file.path for file in case.staged.files if not file.complete]
    notes = [*case.explanation.not_checked, *(f"Only parts of {path} can be opened." for path in partial)]
    return "Not checked:\n" + _whole_rows("\n".join(map(_calm, notes)), min(2_000, limit // 8)) if notes else ""


def _whole_rows(text: str, limit: int) -> str:
    """Cut after the last whole row that fits, and say that there is more."""
    if len(text) <= limit:
        return text
    return text[: max(0, limit)].rpartition("\n")[0] + "\n(and more)"


def _calm(text: str, limit: int = 400) -> str:
    """One short line that holds no control character and no fence; captured values are the log's, not ours."""
    return _cut(without_fences(" ".join(sanitise(text).split())), limit)


def _cut(line: str, limit: int) -> str:
    return line if len(line) <= limit else f"{line[:limit]} ..."
