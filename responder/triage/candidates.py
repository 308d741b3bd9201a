"""What the readers of logs and builds propose, and how a proposal becomes a finding with its exact quotation."""

import hashlib

from msgspec import Struct, field

from responder.incident import Category, ComponentKind, Role, Span
from responder.triage.components import kind_of
from responder.triage.documents import Document
from responder.triage.interface import Finding, FindingKind, Level
from responder.triage.lexicon import kind_of_words
from responder.triage.signatures import Hit, remedies_for
from responder.triage.stated import change_fields
from responder.triage.templates import needle_in

__all__ = ["Candidate", "to_finding"]

_QUOTE_LINE_BYTES = 2000
"""Of one quoted line; a longer one ends in an ellipsis."""
_PASSED_ON = frozenset({Category.UNKNOWN, Category.CONFIGURATION_INVALID, Category.DEPLOYMENT_REGRESSION})
"""What deployments fail with, whatever it was that refused them."""
_FROM_OUTSIDE = frozenset({"resource_exhaustion", "security", "network", "data"})


class Candidate(Struct):
    """One unusual thing, before ranking across files. Indices are 0-based."""

    document: Document
    line: int
    start: int
    end: int
    """The last line of the quotation, inclusive."""
    kind: FindingKind
    salience: float
    why: str
    hit: Hit | None = None
    category: Category = Category.UNKNOWN
    """What the words tell; where they tell nothing, the rule's own counts."""
    role: Role = "symptom"
    component: str | None = None
    summary: str = ""
    level: Level = Level.UNKNOWN
    """Of the whole record; what the line itself states when it is not known."""
    count: int = 1
    first: int = 0
    last: int = 0
    lines: list[int] = field(default_factory=list)
    """Every line it stands for, in order; for bursts and silences."""


def to_finding(candidate: Candidate) -> Finding:
    """The finding with the quotation as it stands in the original."""
    document, hit = candidate.document, candidate.hit
    _keep_together(candidate)
    places = candidate.line, candidate.start, candidate.end
    raw = document.lines[candidate.start : candidate.end + 1]
    shape = document.shapes[candidate.line]
    component = candidate.component
    kind = kind_of(component)
    category, role = candidate.category, candidate.role
    captures = dict(hit.captures) if hit else {}
    if candidate.kind == "change":
        stated = change_fields(_line(candidate))
        component = stated.pop("owner", None) or component
        kind = kind_of(component)
        captures |= stated
    if hit:
        blamed = hit.captures.get(hit.rule.blames or "")
        component = blamed or hit.rule.component or component
        if hit.rule.component_kind is not ComponentKind.UNKNOWN:
            kind = hit.rule.component_kind
        elif blamed:
            kind = kind_of(component)
        category = _kind_quoted(hit) if category is Category.UNKNOWN else category
        role = hit.rule.role
    own_text = _line(candidate)
    return Finding(
        kind=candidate.kind,
        span=Span(document.place(candidate.line)[0], *(document.place(at)[1] for at in places)),
        text="\n".join(_quoted(line) for line in raw),
        sha256=document.digests.get(candidate.line) or hashlib.sha256(b"\n".join(raw)).hexdigest(),
        count=max(1, candidate.count),
        salience=round(min(1.0, max(0.0, candidate.salience)), 4),
        why=candidate.why,
        category=category,
        role=role,
        rule=hit.rule.id if hit else None,
        summary=hit.summary if hit else candidate.summary,
        component=component,
        component_kind=kind,
        level=candidate.level or shape.level,
        timestamp=document.moment(candidate.line),
        last_seen=document.moment(candidate.last),
        template=shape.template,
        needle=_needle(
            shape.parsed.message[hit.start : hit.end] if hit else "", document.message(candidate.line), own_text
        ),
        captures=captures,
        next_check=hit.rule.next_check if hit else "",
        remedies=hit.rule.remedies if hit and category is hit.rule.category else remedies_for(category),
        explains=hit.rule.explains if hit else (),
    )


def _kind_quoted(hit: Hit) -> Category:
    """The category of a rule; of one that passes on the reason it was given, the kind that this reason tells."""
    category = hit.rule.category
    if category not in _PASSED_ON or "what" not in hit.captures:
        return category
    told = kind_of_words(hit.captures["what"], only_sure=True)
    return told if told.family in _FROM_OUTSIDE else category


def _line(candidate: Candidate) -> str:
    return candidate.document.lines[candidate.line].decode(errors="replace")


def _keep_together(candidate: Candidate) -> None:
    """Cut the quotation to lines that stand together in the file; one too long to hold is quoted by itself."""
    follows, alone = candidate.document.follows, candidate.document.digests
    start = end = candidate.line
    while start > candidate.start and follows(start) and not alone.keys() & {start, start - 1}:
        start -= 1
    while end < candidate.end and follows(end + 1) and not alone.keys() & {end, end + 1}:
        end += 1
    candidate.start, candidate.end = start, end


def _needle(matched: str, message: str, own_text: str) -> str:
    if len(found := needle_in(matched, own_text)) >= 8:
        return found
    if found := needle_in(message, own_text):
        return found
    whole = message.strip()[:60]
    return whole if whole in own_text else ""


def _quoted(line: bytes) -> str:
    """The beginning of a very long line, without a mark: a mark would not stand in the original."""
    return line[:_QUOTE_LINE_BYTES].decode(errors="replace")
