"""The readers of evidence that is not a log, loaded when there may be some for them.

Most runs are given logs alone, and loading every reader took them longer than any of them takes to say that it has
nothing to read. Whether an artifact is for it a reader says itself. What is asked here is less, and cheap: something
that each form it knows has. Too much let through costs milliseconds; too little would hide evidence.
"""

from collections.abc import Callable, Sequence

from responder.evidence.interface import Artifact
from responder.patterns import lazy
from responder.triage.signals.content import head_of
from responder.triage.signals.interface import SignalReader, Signals
from responder.triage.signals.kubernetes import KubernetesReader
from responder.triage.signals.tables import delimiter_of
from responder.triage.signals.topology import TopologyReader

__all__ = ["packaged_readers"]

_COMMIT = lazy(r"\s*(?:commit )?[0-9a-f]{7}")
_OF_CHANGES = ("diff --git ", "\n+++ ", "REVISION")
_OF_SCRAPES = ("# TYPE ", "# HELP ", "# UNIT ")


def packaged_readers() -> tuple[SignalReader, ...]:
    """Every reader this package has, in the order in which their findings are told."""
    return (
        KubernetesReader(),
        _Late(_changes, lambda head: _has_records(head) or _has(head, _OF_CHANGES) or bool(_COMMIT.match(head))),
        TopologyReader(),
        _Late(_metrics, lambda head: _has_records(head) or _has(head, _OF_SCRAPES)),
        _Late(_traces, lambda head: _has_records(head)),
        _Late(_flows, lambda head: "span" in head.lower()),
    )


class _Late:
    """A reader that is loaded for the first evidence that may be for it.

    Args:
        load: Makes it.
        may_hold: Whether an artifact that begins like this may be for it.
    """

    def __init__(self, load: Callable[[], SignalReader], may_hold: Callable[[str], bool]) -> None:
        self._load = load
        self._may_hold = may_hold

    def read(self, artifacts: Sequence[Artifact], *, calm: Sequence[Artifact] = ()) -> Signals:
        """See `SignalReader.read`."""
        if not any(self._may_hold(head_of(artifact)) for artifact in (*artifacts, *calm)):
            return Signals()
        return self._load().read(artifacts, calm=calm)


def _has(head: str, marks: Sequence[str]) -> bool:
    return any(mark in head for mark in marks)


def _has_records(head: str) -> bool:
    """JSON, or a table."""
    return head.lstrip()[:1] in ("{", "[") or delimiter_of(head) is not None


def _changes() -> SignalReader:
    from responder.triage.signals.changes import ChangeReader

    return ChangeReader()


def _metrics() -> SignalReader:
    from responder.triage.signals.metrics import MetricReader

    return MetricReader()


def _traces() -> SignalReader:
    from responder.triage.signals.traces import TraceReader

    return TraceReader()


def _flows() -> SignalReader:
    from responder.triage.signals.flows import FlowReader

    return FlowReader()
