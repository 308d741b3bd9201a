"""The log archive of a CI service holds each job twice: as one file, and cut into its steps. It is judged once."""

from collections.abc import Sequence

from responder.patterns import lazy
from responder.triage.documents import Document

__all__ = ["without_copies"]

_STEP = lazy(r"^(?P<top>(?:.*[/!]/?)?)(?P<job>[^/]+)/\d{1,4}_[^/]+\.txt$")
_JOB = lazy(r"^(?P<top>(?:.*[/!]/?)?)(?:\d{1,4}_)?(?P<job>[^/]+)\.txt$")
_COMPARED = 50
"""Lines from the end of a step that must stand in the log of its job."""


def without_copies(documents: Sequence[Document]) -> list[Document]:
    """The documents without the logs of steps that stand in the log of their job as well."""
    jobs = {(m["top"], m["job"]): document for document in documents if (m := _JOB.match(document.path))}
    lines: dict[str, set[bytes]] = {}
    kept = []
    for document in documents:
        step = _STEP.match(document.path)
        job = jobs.get((step["top"], step["job"])) if step else None
        if job is None or not job.is_build:
            kept.append(document)
            continue
        known = lines.setdefault(job.path, {line.rstrip(b"\r") for line in job.lines})
        if all(line.rstrip(b"\r") in known for line in document.lines[-_COMPARED:]):
            document.notes.append(f"stands in {job.path} as well, and is judged there")
        else:
            kept.append(document)
    return kept
