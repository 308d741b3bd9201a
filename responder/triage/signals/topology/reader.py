"""Takes the files that state who depends on whom."""

import json
from collections.abc import Sequence

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.patterns import lazy
from responder.triage.interface import FileFacts
from responder.triage.signals.content import Content, head_of
from responder.triage.signals.interface import Signals
from responder.triage.signals.tables import delimiter_of
from responder.triage.signals.topology.forms import (
    Edge,
    edges_of_arrows,
    edges_of_compose,
    edges_of_json,
    edges_of_table,
)

__all__ = ["TopologyReader"]

_NAMED = lazy(r"topolog|depend|service[-_ ]?map|call[-_ ]?graph|\bgraph\b|architecture|compose|adjacency")
_TEXTS = (".txt", ".dot", ".gv", ".mmd", ".mermaid", ".md", "")
_MOST_EDGES = 50_000


class TopologyReader:
    """Finds the dependencies that files state."""

    def read(self, artifacts: Sequence[Artifact], *, calm: Sequence[Artifact] = ()) -> Signals:
        """See `SignalReader.read`."""
        files: list[FileFacts] = []
        skipped: list[Skipped] = []
        edges: set[Edge] = set()
        for artifact in sorted(artifacts, key=lambda artifact: artifact.path):
            name = artifact.path.rpartition("/")[2].lower()
            tabular = name.endswith((".csv", ".tsv")) and delimiter_of(head_of(artifact)) is not None
            if not tabular and not _NAMED.search(name):
                continue
            try:
                content = Content(artifact)
                found = _edges(content, name)
            except (EvidenceError, OSError) as error:
                skipped.append(Skipped(artifact.path, f"topology could not be read: {error}"))
                continue
            if found:
                edges.update(found[:_MOST_EDGES])
                files.append(content.facts("topology", None, None, f"{len(found)} dependencies"))
        known = {(caller, callee) for caller, callee in edges if caller and callee and caller != callee}
        names = {name for pair in known for name in pair}
        return Signals((), tuple(files), tuple(sorted(names)), tuple(sorted(known)), tuple(skipped))


def _edges(content: Content, name: str) -> list[Edge] | None:
    if name.endswith((".csv", ".tsv")):
        mark = delimiter_of(content.text[:65536])
        return edges_of_table(content.text, mark) if mark else None
    if name.endswith(".json"):
        try:
            return edges_of_json(json.loads(content.text))
        except (ValueError, RecursionError):
            return None
    if name.endswith((".yaml", ".yml")):
        return edges_of_compose(content.text)
    if name.endswith(_TEXTS):
        return edges_of_arrows(content.text)
    return None
