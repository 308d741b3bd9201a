"""Where inputs come from, opened safely and never altered."""

from responder.evidence.files import FileSource
from responder.evidence.interface import Artifact, Collection, EvidenceSource, Skipped

__all__ = ["Artifact", "Collection", "EvidenceSource", "FileSource", "Skipped"]
