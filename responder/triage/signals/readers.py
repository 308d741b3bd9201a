"""The readers of evidence that is not a log, loaded when there may be some for them.

Most runs are given logs alone, and loading every reader took them longer than any of them takes to say that it has
nothing to read. Whether an artifact is for it a reader says itself. What is asked here is less, and cheap: something
that each form it knows has. Too much let through costs milliseconds; too little would hide evidence.
"""

from collections.abc import Callable, Sequence
from functools import cached_property

from responder.evidence.interface import Artifact
from responder.patterns import lazy
from responder.triage.signals.content import head_of
from responder.triage.signals.interface import SignalReader, Signals
from responder.triage.signals.kubernetes import KubernetesReader
from responder.triage.signals.kubernetes.heads import form_of
from responder.triage.signals.tables import delimiter_of
from responder.triage.signals.topology import TopologyReader

__all__ = ["read_signals"]

_COMMIT = lazy(r"\s*(?:commit )?[0-9a-f]{7}")
_OF_CHANGES = (("+", "\n+++ "), ("V", "REVISION"), ("-", "diff --git "))
_OF_SCRAPES = (("#", "# TYPE "), ("#", "# HELP "), ("#", "# UNIT "))


def read_signals(artifacts: Sequence[Artifact], *, calm: Sequence[Artifact] = ()) -> tuple[Signals, ...]:
    """What each reader of this package takes, in the order in which their findings are told.

    Args:
        artifacts: The evidence.
        calm: The same kind of evidence from good times.
    """
    waiting = dict(_READERS)
    for artifact in (*artifacts, *calm):
        look = _Look(head_of(artifact))
        waiting = {load: may_hold for load, may_hold in waiting.items() if not may_hold(look)}
    return tuple(Signals() if load in waiting else load().read(artifacts, calm=calm) for load, _ in _READERS)


class _Look:
    """What the beginning of an artifact shows, found out once for all readers."""

    def __init__(self, head: str) -> None:
        self._head = head

    @cached_property
    def has_records(self) -> bool:
        """JSON, or a table."""
        return self._head.lstrip()[:1] in ("{", "[") or delimiter_of(self._head) is not None

    def may_be_of_a_cluster(self) -> bool:
        return form_of(self._head) is not None

    def may_be_changes(self) -> bool:
        return self.has_records or self._has(_OF_CHANGES) or bool(_COMMIT.match(self._head))

    def may_be_metrics(self) -> bool:
        return self.has_records or self._has(_OF_SCRAPES)

    def may_be_traces(self) -> bool:
        return self.has_records

    def may_name_spans(self) -> bool:
        return "span" in self._head.lower()

    def _has(self, marks: Sequence[tuple[str, str]]) -> bool:
        """Whether one of them is there; that its rare character is not takes a thirtieth of the time to find out."""
        return any(rare in self._head and mark in self._head for rare, mark in marks)


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


_READERS: tuple[tuple[Callable[[], SignalReader], Callable[[_Look], bool]], ...] = (
    (KubernetesReader, _Look.may_be_of_a_cluster),
    (_changes, _Look.may_be_changes),
    (TopologyReader, lambda _: True),
    (_metrics, _Look.may_be_metrics),
    (_traces, _Look.may_be_traces),
    (_flows, _Look.may_name_spans),
)
"""How each is made, and what it takes to be made."""
