"""The numbered quotations of a report: E1 is the line to read first, then why, then whom it hurt, then what disagrees.

Every hypothesis that is shown has at least its own line in the list. The quoted text is always the lines of its span:
a long one is narrowed around the line that matters, never cut.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from responder.causes.graph import EvidenceGraph
from responder.causes.interface import Evidence
from responder.causes.observations import Observation
from responder.causes.situation import Situation
from responder.causes.stories import Story
from responder.incident import EvidenceId, Role
from responder.triage.interface import Finding

__all__ = ["Candidate", "Numbered", "number", "quote"]

MOST_EVIDENCE = 12
_MOST_OF_A_BUILD = 6
"""In a build the order of triage is the order to read in; there is no graph to read along."""
_MOST_LINES = 8
_LINES_BEFORE = 2


class Candidate(Struct, frozen=True):
    """A story with what it accounts for, ready to be cited."""

    story: Story
    observations: tuple[Observation, ...]
    explained: tuple[Finding, ...]
    against: tuple[Finding, ...]
    """What speaks against it."""


class Numbered(Struct, frozen=True):
    """The evidence list, and where each finding stands in it."""

    evidence: tuple[Evidence, ...]
    _ids: dict[tuple[str, int], EvidenceId]

    def of(self, finding: Finding) -> EvidenceId | None:
        """The number of a finding, when it is in the list."""
        return self._ids.get(_place(finding))

    def all_of(self, findings: Iterable[Finding]) -> tuple[EvidenceId, ...]:
        """The numbers of those that are in the list, each once, in the order given."""
        return tuple(dict.fromkeys(number for finding in findings if (number := self.of(finding))))


def number(candidates: Sequence[Candidate], context: Sequence[Finding], situation: Situation) -> Numbered:
    """Choose what to quote and number it in reading order; `candidates` come best first."""
    ids: dict[tuple[str, int], EvidenceId] = {}
    evidence: list[Evidence] = []
    for finding, role, why in _reading_order(candidates, context, situation):
        place = _place(finding)
        if place in ids or len(evidence) == MOST_EVIDENCE:
            continue
        item = quote(finding, EvidenceId(f"E{len(evidence) + 1}"), role, why)
        ids[place] = item.id
        evidence.append(item)
    return Numbered(tuple(evidence), ids)


def quote(finding: Finding, evidence_id: EvidenceId, role: Role, why: str) -> Evidence:
    """Quote a finding, with a long span narrowed around the line to read first."""
    narrow = _narrowed(finding)
    return Evidence(
        id=evidence_id,
        span=narrow.span,
        text=narrow.text,
        sha256=narrow.sha256,
        role=role,
        why=why,
        timestamp=finding.timestamp,
        component=finding.component,
        count=finding.count,
    )


def _place(finding: Finding) -> tuple[str, int]:
    return finding.span.path, finding.span.line


def _reading_order(
    candidates: Sequence[Candidate], context: Sequence[Finding], situation: Situation
) -> Iterator[tuple[Finding, Role, str]]:
    if candidates:
        lead, rivals, graph = candidates[0], candidates[1:], situation.graph
        story = lead.story
        foremost = situation.trouble[0]
        if story.primary.span.path in situation.build_logs and foremost not in story.findings:
            yield foremost, foremost.role, foremost.why
        yield story.primary, "cause", story.primary.why
        if story.is_build:
            yield from ((finding, finding.role, finding.why) for finding in situation.trouble[:_MOST_OF_A_BUILD])
        if story.change is not None:
            yield story.change.telling, "cause", story.change.telling.why
        yield from ((finding, "cause", finding.why) for finding in story.led_by)
        own = [finding for finding in story.stated if graph.witness(finding) == story.component]
        yield from ((finding, "cause", finding.why) for finding in _distinct(own, 2, story.primary))
        yield from (
            (finding, "symptom", finding.why)
            for finding in _one_each((*lead.explained, *story.findings), story.component, graph, 4)
        )
        yield from ((rival.story.primary, _rival_role(rival.story), rival.story.primary.why) for rival in rivals)
        yield from ((finding, "symptom", finding.why) for finding in _distinct(story.findings, 3, story.primary))
        yield from ((finding, "symptom", finding.why) for finding in lead.explained[:4])
        yield from ((finding, "context", finding.why) for rival in rivals for finding in rival.story.stated[1:2])
    yield from ((finding, "context", finding.why) for finding in context[:2])


def _rival_role(story: Story) -> Role:
    return "context" if story.by_change_only else "symptom"


def _distinct(findings: Sequence[Finding], most: int, but: Finding) -> list[Finding]:
    """The strongest findings that say something else than `but`."""
    return [finding for finding in findings if finding is not but][:most]


def _one_each(findings: Sequence[Finding], but: str | None, graph: EvidenceGraph, most: int) -> list[Finding]:
    """The strongest finding of each component that is hurt, in order of time."""
    strongest: dict[str | None, Finding] = {}
    for finding in findings:
        if (place := graph.witness(finding)) != but:
            strongest.setdefault(place, finding)
    chosen = list(strongest.values())[:most]
    return sorted(chosen, key=lambda f: (f.timestamp is None, f.timestamp.timestamp() if f.timestamp else 0.0))


def _narrowed(finding: Finding) -> Finding:
    """The finding with at most a few lines around the one to read first.

    Only when its text is known to be the original bytes can the digest of a part be computed; otherwise it stays whole.
    """
    span, lines = finding.span, finding.text.split("\n")
    if len(lines) <= _MOST_LINES or len(lines) != span.line_end - span.line_start + 1:
        return finding
    if hashlib.sha256(finding.text.encode("utf-8", "surrogatepass")).hexdigest() != finding.sha256:
        return finding
    start = max(span.line_start, min(span.line - _LINES_BEFORE, span.line_end - _MOST_LINES + 1))
    end = min(span.line_end, start + _MOST_LINES - 1)
    text = "\n".join(lines[start - span.line_start : end - span.line_start + 1])
    return replace(
        finding,
        span=replace(span, line_start=start, line_end=end),
        text=text,
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
    )
