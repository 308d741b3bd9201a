"""One unit of work of one service, whatever system recorded it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

__all__ = ["Forest", "TraceSpan"]


class TraceSpan(Struct, frozen=True):
    """A span of a trace."""

    trace: str
    id: str
    parent: str
    """Empty for the first span of a trace."""
    service: str
    operation: str
    start: float
    """Seconds since 1970."""
    seconds: float
    failed: bool
    path: str
    line: int
    message: str = ""
    """What the span says of its failure."""


class Forest(Struct, frozen=True):
    """Spans with who called them."""

    spans: tuple[TraceSpan, ...]
    """By start."""
    _by_id: dict[tuple[str, str], TraceSpan]
    _children: dict[tuple[str, str], list[TraceSpan]]

    @classmethod
    def of(cls, spans: Iterable[TraceSpan]) -> "Forest":
        """Plant the spans; of two with one id in one trace the earlier stands."""
        ordered = tuple(sorted(spans, key=lambda span: (span.start, span.trace, span.id, span.line)))
        by_id: dict[tuple[str, str], TraceSpan] = {}
        children: dict[tuple[str, str], list[TraceSpan]] = defaultdict(list)
        for span in ordered:
            by_id.setdefault((span.trace, span.id), span)
            if span.parent and span.parent != span.id:
                children[span.trace, span.parent].append(span)
        return cls(ordered, by_id, dict(children))

    def caller(self, span: TraceSpan) -> TraceSpan | None:
        """The span that a span is part of, when it was recorded."""
        return self._by_id.get((span.trace, span.parent)) if span.parent else None

    def callees(self, span: TraceSpan) -> Sequence[TraceSpan]:
        """The spans that are directly part of a span."""
        return self._children.get((span.trace, span.id), ())

    def own_seconds(self, span: TraceSpan) -> float:
        """Time a span spent outside the spans inside it, overlaps of those counted once."""
        busy, reach = 0.0, span.start
        for child in self.callees(span):
            start, stop = max(child.start, reach), min(child.start + child.seconds, span.start + span.seconds)
            if stop > start:
                busy += stop - start
                reach = stop
        return max(0.0, span.seconds - busy)

    def edges(self) -> set[tuple[str, str]]:
        """Caller and callee services."""
        pairs = ((self.caller(span), span) for span in self.spans)
        return {(above.service, span.service) for above, span in pairs if above and above.service != span.service}
