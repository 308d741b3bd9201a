"""The deterministic stages, the clock and the redactor; cheap to load, since `triage` needs no more."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from responder.errors import EvidenceError
from responder.evidence import FileSource
from responder.incident import Incident
from responder.pipeline import TriageDeps
from responder.safety.interface import TextRedactor
from responder.safety.redact import NullRedactor, Redactor
from responder.settings import Settings

__all__ = ["now", "redaction_key", "redactor_for", "triage_deps"]

_KEY_FILES = 64
_KEY_BYTES = 64 << 10


def now() -> datetime:
    """Return the wall clock, UTC; the one clock of the tool."""
    return datetime.now(UTC)


def triage_deps(redactor: TextRedactor) -> TriageDeps:
    """Build the deterministic stages."""
    from responder.causes import default_engine as cause_engine
    from responder.triage import default_engine as triage_engine

    return TriageDeps(evidence=FileSource(), triage=triage_engine(), causes=cause_engine(), redactor=redactor)


def redactor_for(settings: Settings, *, key: bytes | None = None) -> TextRedactor:
    """Build a redactor that also knows the tool's own keys; `key` decides the placeholders, random when None."""
    if not settings.redact:
        return NullRedactor()
    keys = {
        "gemini-key": settings.gemini_api_key,
        "openai-key": settings.openai_api_key,
        "anthropic-key": settings.anthropic_api_key,
        "azure-key": settings.azure_openai_api_key,
    }
    known = {kind: key.get_secret_value() for kind, key in keys.items() if key is not None}
    return Redactor(key=key, known=known)


def redaction_key(incident: Incident, nonce: str) -> bytes | None:
    """Derive the key of the placeholders from the evidence, so that who has it can repeat the run to the byte.

    Whoever has the run folder alone cannot: its files tell neither the key nor what it is made of, so a placeholder
    does not help to guess the secret behind it. Standard input cannot be read twice; its key is random.
    """
    if Path("-") in incident.inputs:
        return None
    digest = hashlib.blake2b(nonce.encode(), digest_size=32)
    try:
        artifacts = FileSource().collect(incident.inputs).artifacts
        for artifact in artifacts[:_KEY_FILES]:
            with artifact.open() as stream:
                digest.update(stream.read(_KEY_BYTES))
    except (EvidenceError, OSError, EOFError):
        return None
    return digest.digest()
