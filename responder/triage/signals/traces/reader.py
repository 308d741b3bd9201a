"""Reads traces and says who calls whom, which calls are late, whose own work slowed down, and where errors begin."""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.incident import Category, Role
from responder.patterns import lazy
from responder.triage.components import kind_of
from responder.triage.interface import FileFacts, Finding, FindingKind, Level
from responder.triage.signals.content import Content, head_of
from responder.triage.signals.interface import ClockError, Signals
from responder.triage.signals.tables import delimiter_of
from responder.triage.signals.traces.clocks import clock_errors, corrected
from responder.triage.signals.traces.delays import Delay, slow_links, slow_services
from responder.triage.signals.traces.failures import Failure, origins
from responder.triage.signals.traces.forms import is_span_table, looks_like_traces, spans_of_document, spans_of_table
from responder.triage.signals.traces.spans import Forest, TraceSpan
from responder.triage.signatures import remedies_for
from responder.triage.timestamps import to_datetime

__all__ = ["TraceReader"]

_CALM = lazy(r"no[-_ ]?issue|fault[-_ ]?free|baseline|known[-_ ]good|\bnormal\b|healthy[-_]", re.IGNORECASE)
_MOST = 20
"""Findings of each sort."""


class TraceReader:
    """Finds late calls, slow work and the origin of errors."""

    def read(self, artifacts: Sequence[Artifact], *, calm: Sequence[Artifact] = ()) -> Signals:
        """See `SignalReader.read`."""
        taken, usual = _take(artifacts), _take(calm)
        named = [span for span in taken.spans if _CALM.search(span.path)]
        watched = [span for span in taken.spans if not _CALM.search(span.path)]
        if not watched:
            watched, named = named, []
        skipped = (*taken.skipped, *usual.skipped)
        if not watched:
            return Signals(files=tuple(taken.files), skipped=skipped)
        clocks = clock_errors(Forest.of(watched))
        forest = Forest.of(corrected(watched, clocks))
        before = Forest.of([*named, *usual.spans])
        edges = forest.edges() | Forest.of(named).edges()
        return Signals(
            _findings(forest, before if before.spans else None, taken.contents),
            tuple(replace(file, notes=(*file.notes, *_told(clocks))) for file in taken.files),
            tuple(sorted({span.service for span in taken.spans})),
            tuple(sorted(edges)),
            skipped,
            clocks=clocks,
        )


class _Taken(Struct):
    """What artifacts hold of traces."""

    spans: list[TraceSpan] = field(default_factory=list)
    contents: dict[str, Content] = field(default_factory=dict)
    files: list[FileFacts] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def _take(artifacts: Sequence[Artifact]) -> _Taken:
    taken = _Taken()
    for artifact in sorted(artifacts, key=lambda artifact: artifact.path):
        head = head_of(artifact)
        mark = delimiter_of(head)
        tabular = mark is not None and is_span_table(head, mark)
        if not tabular and not looks_like_traces(head):
            continue
        try:
            content = Content(artifact)
            found = list(spans_of_table(content, mark)) if tabular and mark else spans_of_document(content)
        except (EvidenceError, OSError) as error:
            taken.skipped.append(Skipped(artifact.path, f"traces could not be read: {error}"))
            continue
        except (ValueError, RecursionError):
            continue
        if found or tabular:
            taken.contents[artifact.path] = content
            taken.spans += found
            taken.files.append(_facts(content, found))
    return taken


def _told(clocks: Mapping[str, ClockError]) -> list[str]:
    return [error.told(component) for component, error in sorted(clocks.items())]


def _facts(content: Content, spans: Sequence[TraceSpan]) -> FileFacts:
    first = min((span.start for span in spans), default=None)
    last = max((span.start + span.seconds for span in spans), default=None)
    return content.facts("traces", first, last, f"{len(spans)} spans of {len({s.trace for s in spans})} traces")


def _findings(forest: Forest, calm: Forest | None, contents: dict[str, Content]) -> tuple[Finding, ...]:
    found = [_of_link(delay, contents) for delay in slow_links(forest, calm)[:_MOST]]
    found += [_of_work(delay, contents) for delay in slow_services(forest, calm)[:_MOST]]
    found += [_of_failure(failure, contents) for failure in origins(forest, calm)[:_MOST]]
    return tuple(found)


def _of_link(delay: Delay, contents: dict[str, Content]) -> Finding:
    callers = ", ".join(f"`{name}`" for name in delay.peers[:4])
    said = (
        f"calls between `{delay.component}` and {callers} lose {delay.seconds:.3g} s on the way, "
        f"others lose {delay.usual:.2g} s: the network of `{delay.component}` is slow"
    )
    value = 0.6 + 0.3 * delay.total / (delay.total + 5)
    found = _finding(delay.first, delay.last, contents, "trend", Category.LATENCY, "cause", value, said, delay.count)
    return replace(found, component=delay.component, component_kind=kind_of(delay.component))


def _of_work(delay: Delay, contents: dict[str, Content]) -> Finding:
    said = (
        f"`{delay.component}` itself takes {delay.seconds:.3g} s for `{delay.first.operation}` instead of "
        f"{delay.usual:.2g} s, waiting for others not counted"
    )
    value = 0.45 + 0.25 * delay.total / (delay.total + 10)
    return _finding(delay.first, delay.last, contents, "trend", Category.LATENCY, "symptom", value, said, delay.count)


def _of_failure(failure: Failure, contents: dict[str, Content]) -> Finding:
    share = failure.count / failure.calls
    message = f": {failure.first.message[:200]}" if failure.first.message else ""
    said = (
        f"`{failure.operation}` of `{failure.component}` failed in {failure.count} of {failure.calls} calls, "
        f"and nothing it called had failed{message}"
    )
    value = 0.45 + 0.3 * share + 0.1 * min(1.0, failure.count / 20)
    return _finding(
        *(failure.first, failure.last, contents, "error", Category.UNKNOWN, "symptom", value, said, failure.count)
    )


def _finding(
    first: TraceSpan,
    last: TraceSpan,
    contents: dict[str, Content],
    kind: FindingKind,
    category: Category,
    role: Role,
    salience: float,
    said: str,
    count: int,
) -> Finding:
    span, text, digest = contents[first.path].quote(first.line)
    return Finding(
        kind=kind,
        span=span,
        text=text,
        sha256=digest,
        count=count,
        salience=round(salience, 4),
        why=said,
        category=category,
        role=role,
        summary=said,
        component=first.service,
        component_kind=kind_of(first.service),
        level=Level.ERROR if kind == "error" else Level.UNKNOWN,
        timestamp=to_datetime(first.start),
        last_seen=to_datetime(last.start + last.seconds),
        captures={"operation": first.operation, "trace": first.trace},
        needle=first.id,
        remedies=remedies_for(category),
    )
