"""Follows requests by their span ids through the logs and reports the code in which they began to stop."""

from collections.abc import Sequence

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.triage.components import kind_of
from responder.triage.interface import Finding, Level
from responder.triage.signals.content import Content, head_of
from responder.triage.signals.flows.breaks import Break, find_breaks
from responder.triage.signals.flows.entries import Silence, find_silences
from responder.triage.signals.flows.steps import by_span, has_span_ids, steps_of
from responder.triage.signals.interface import Signals
from responder.triage.signatures import remedies_for
from responder.triage.timestamps import to_datetime

__all__ = ["FlowReader"]

_MOST = 12


class FlowReader:
    """Finds requests that began to stop in the middle, and ways in that none took any more.

    It takes no artifact: the logs it follows are still read as logs.
    """

    def read(self, artifacts: Sequence[Artifact], *, calm: Sequence[Artifact] = ()) -> Signals:
        """See `SignalReader.read`."""
        found: list[Finding] = []
        for artifact in sorted(artifacts, key=lambda artifact: artifact.path):
            head = head_of(artifact)
            if not has_span_ids(head):
                continue
            try:
                content = Content(artifact)
            except (EvidenceError, OSError):
                continue  # the reader of logs says why it cannot be read
            spans = by_span(steps_of(content))
            found += [_finding(one, content) for one in find_breaks(spans)]
            found += [_silent(one, content) for one in find_silences(spans)]
        found.sort(key=lambda finding: (-finding.salience, finding.span.path, finding.span.line))
        return Signals(tuple(found[:_MOST]))


def _finding(broken: Break, content: Content) -> Finding:
    span, text, digest = content.quote(broken.after.line)
    instead = f"`{broken.instead}` follows instead" if broken.instead else "the request ends there"
    said = (
        f"`{broken.missing}` followed `{broken.after.statement}` in {broken.before:.0%} of the requests and no longer "
        f"does in {broken.count}: {instead}"
    )
    category = Category.CODE_EXCEPTION if broken.raises else Category.CODE_LOGIC
    return Finding(
        kind="silence",
        span=span,
        text=text,
        sha256=digest,
        count=broken.count,
        salience=round((0.5 if broken.raises else 0.1) + 0.45 * broken.gain / (broken.gain + 10), 4),
        why=said,
        category=category,
        role="cause" if broken.raises else "symptom",
        summary=said,
        component=broken.component,
        component_kind=kind_of(broken.component),
        level=Level.ERROR,
        timestamp=to_datetime(broken.after.at),
        last_seen=to_datetime(broken.last.at),
        captures={"place": broken.after.statement, "missing": broken.missing},
        needle=broken.after.statement[:60],
        remedies=remedies_for(category),
    )


def _silent(silence: Silence, content: Content) -> Finding:
    span, text, digest = content.quote(silence.last.line)
    place = silence.last.statement
    said = (
        f"`{place}` was where {silence.before:.0%} of the requests came in; since then {silence.count} others came and "
        "none of these"
    )
    return Finding(
        kind="silence",
        span=span,
        text=text,
        sha256=digest,
        count=1,
        salience=round(0.1 + 0.45 * silence.gain / (silence.gain + 10), 4),
        why=said,
        category=Category.CODE_LOGIC,
        role="symptom",
        summary=said,
        component=silence.component,
        component_kind=kind_of(silence.component),
        level=Level.WARNING,
        timestamp=to_datetime(silence.since),
        last_seen=to_datetime(silence.since),
        captures={"place": place},
        needle=place[:60],
        remedies=remedies_for(Category.CODE_LOGIC),
    )
