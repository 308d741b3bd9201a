"""Where errors arise: failed spans that no failed callee explains."""

from collections import defaultdict

from msgspec import Struct

from responder.triage.signals.traces.spans import Forest, TraceSpan

__all__ = ["Failure", "origins"]


_MORE_OFTEN = 1.5
"""Times the usual share of failures from which on they are news."""


class Failure(Struct, frozen=True):
    """The failures that begin in one operation."""

    component: str
    operation: str
    first: TraceSpan
    last: TraceSpan
    count: int
    calls: int


def origins(forest: Forest, calm: Forest | None = None) -> list[Failure]:
    """Failed spans without a failed span below them, by service and operation, most frequent first.

    What failed about as often in `calm` is how that operation always answers.
    """
    usual = {(one.component, one.operation): one.count / one.calls for one in origins(calm)} if calm else {}
    calls: dict[tuple[str, str], int] = defaultdict(int)
    failed: dict[tuple[str, str], list[TraceSpan]] = defaultdict(list)
    for span in forest.spans:
        calls[span.service, span.operation] += 1
        if span.failed and not any(child.failed for child in forest.callees(span)):
            failed[span.service, span.operation].append(span)
    found = [
        Failure(service, operation, spans[0], spans[-1], len(spans), calls[service, operation])
        for (service, operation), spans in failed.items()
    ]
    found = [
        one for one in found if one.count / one.calls > _MORE_OFTEN * usual.get((one.component, one.operation), 0.0)
    ]
    return sorted(found, key=lambda failure: (-failure.count, failure.component, failure.operation))
