"""The deterministic stages, the clock and the redactor; cheap to load, since `triage` needs no more."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from responder.errors import EvidenceError
from responder.evidence import FileSource
from responder.incident import Incident
from responder.pipeline import TriageDeps
from responder.safety.interface import TextRedactor
from responder.safety.redact import NullRedactor, Redactor
from responder.settings import Settings

if TYPE_CHECKING:
    from responder.audit.interface import Journal
    from responder.evidence.prometheus import LiveSource

__all__ = ["live_source", "now", "redaction_key", "redactor_for", "triage_deps"]

_KEY_FILES = 64
_KEY_BYTES = 64 << 10


def now() -> datetime:
    """Return the wall clock, UTC; the one clock of the tool."""
    return datetime.now(UTC)


def triage_deps(redactor: TextRedactor, *, live: "LiveSource | None" = None) -> TriageDeps:
    """Build the deterministic stages."""
    from responder.causes import default_engine as cause_engine
    from responder.triage import default_engine as triage_engine

    return TriageDeps(
        evidence=FileSource(), triage=triage_engine(), causes=cause_engine(), redactor=redactor, live=live
    )


def live_source(
    settings: Settings, redactor: TextRedactor, *, folder: Path | None = None, journal: "Journal | None" = None
) -> "LiveSource | None":
    """Build what is asked beside the files; None when nothing is named.

    Args:
        settings: Name the server.
        redactor: Takes secrets out of what it says.
        folder: Where the run keeps what it says; None keeps it in memory.
        journal: Told that it was asked.
    """
    if settings.prometheus is None:
        return None
    from responder.evidence.prometheus.client import PrometheusClient
    from responder.evidence.prometheus.source import PrometheusSource
    from responder.triage.extent import extent_of

    url = settings.prometheus.get_secret_value()
    token = settings.prometheus_token.get_secret_value() if settings.prometheus_token else ""
    return PrometheusSource(
        lambda: PrometheusClient(url, token=token),
        extent=extent_of,
        match=settings.prometheus_match,
        redactor=redactor,
        folder=folder,
        record=partial(journal.record, "evidence.fetched") if journal is not None else lambda data: None,
    )


def redactor_for(settings: Settings, *, key: bytes | None = None) -> TextRedactor:
    """Build a redactor that also knows the tool's own keys; `key` decides the placeholders, random when None."""
    if not settings.redact:
        return NullRedactor()
    keys = {
        "gemini-key": settings.gemini_api_key,
        "openai-key": settings.openai_api_key,
        "anthropic-key": settings.anthropic_api_key,
        "azure-key": settings.azure_openai_api_key,
        "prometheus-token": settings.prometheus_token,
    }
    known = {kind: key.get_secret_value() for kind, key in keys.items() if key is not None}
    known |= dict(_credentials(settings))
    return Redactor(key=key, known=known)


def _credentials(settings: Settings) -> Iterator[tuple[str, str]]:
    """What stands in the address of the Prometheus before its host."""
    if settings.prometheus is not None and (password := urlsplit(settings.prometheus.get_secret_value()).password):
        yield "prometheus-password", unquote(password)


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
