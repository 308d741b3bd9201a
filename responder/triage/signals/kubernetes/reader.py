"""Takes the objects of a cluster in every form people save them, and compares what is wanted with what is."""

from collections.abc import Sequence

from responder.evidence.interface import Artifact
from responder.triage.signals.content import head_of
from responder.triage.signals.interface import Signals
from responder.triage.signals.kubernetes.heads import Form, form_of

__all__ = ["KubernetesReader"]


class KubernetesReader:
    """Finds what is wrong in the objects of a cluster."""

    def read(self, artifacts: Sequence[Artifact], *, calm: Sequence[Artifact] = ()) -> Signals:
        """See `SignalReader.read`."""
        taken: list[tuple[Artifact, Form]] = []
        others: list[Artifact] = []
        for artifact in sorted(artifacts, key=lambda artifact: artifact.path):
            if form := form_of(head_of(artifact)):
                taken.append((artifact, form))
            else:
                others.append(artifact)
        if not taken:
            return Signals()
        # Forty modules, a tenth of what all of triage takes to load; most evidence holds nothing of a cluster.
        from responder.triage.signals.kubernetes.checks import checked

        return checked(taken, logs=others)
