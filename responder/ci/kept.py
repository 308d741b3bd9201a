"""Stages that remember what they gave: the pipeline's report has no room for every test and every finding.

They wrap rather than branch, so the run of a pipeline is the same run as any other.
"""

from collections.abc import Sequence
from pathlib import Path

from responder.evidence.interface import Artifact, Collection, EvidenceSource
from responder.triage.interface import Triage, TriageEngine

__all__ = ["KeptEvidence", "KeptTriage"]


class KeptEvidence:
    """An `EvidenceSource` that keeps what the inputs held.

    Args:
        source: Does the reading.
        inputs: The ones to keep; those of the baseline go through unkept.
    """

    def __init__(self, source: EvidenceSource, inputs: Sequence[Path]) -> None:
        self.collection = Collection(())
        self.baseline = Collection(())
        self._source = source
        self._inputs = tuple(inputs)

    def collect(self, inputs: Sequence[Path]) -> Collection:
        """See `EvidenceSource.collect`."""
        collection = self._source.collect(inputs)
        if tuple(inputs) == self._inputs:
            self.collection = collection
        else:
            self.baseline = collection
        return collection


class KeptTriage:
    """A `TriageEngine` that keeps its last result.

    Args:
        engine: Does the reading.
    """

    def __init__(self, engine: TriageEngine) -> None:
        self.result = Triage((), ())
        self._engine = engine

    def triage(self, artifacts: Sequence[Artifact], *, baseline: Sequence[Artifact] = ()) -> Triage:
        """See `TriageEngine.triage`."""
        self.result = self._engine.triage(artifacts, baseline=baseline)
        return self.result
