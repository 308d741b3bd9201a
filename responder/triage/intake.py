"""An artifact into memory, and whether it is the output of a build or the log of something that runs."""

import hashlib
from collections.abc import Sequence

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact
from responder.triage.alarms import Alarms
from responder.triage.classify import Classifier, Shape
from responder.triage.documents import Document
from responder.triage.format import HEADLESS
from responder.triage.lines import LINE_LIMIT, PARTED_LINES, key_of, line_blocks

__all__ = ["is_build", "read_document"]

_CI_WRAPPERS = frozenset(
    {"github-actions", "github-actions-cli", "gitlab-trace", "travis", "buildkit", "buildkite", "teamcity"}
)
_CI_MARKS = (
    b"travis_fold:",
    b"##[group]",
    b"[Pipeline]",
    b"Building in workspace ",
    b"Building remotely on ",
    b"section_start:",
    b"Running with gitlab-runner",
    b"::group::",
)
_TASK_RUNNERS = frozenset(
    {
        "turbo-build", "turbo-test", "turbo-lint", "turbo-typecheck", "pnpm-build", "pnpm-test", "pnpm-lint", "lerna",
        "stack", "ant",
    }
)  # fmt: skip
"""They put the name of a package before its lines; that is no header."""
_VERDICTS = (
    b"BUILD FAILED",
    b"BUILD SUCCE",
    b"[INFO] BUILD ",
    b"Build did NOT complete",
    b"make: *** ",
    b"npm ERR! ",
    b"npm error ",
    b"Finished: ",
    b"ERROR: Job failed",
    b"Job succeeded",
    b"##[error]",
    b"error: aborting due to ",
    b"error: could not compile ",
)
"""How build tools and services end; at the end of a log these begin a line."""
_CLOSING = 40
_MANY = 10_000
"""Lines from which on it is worth asking which of their numbers matter."""
_HEAD_LINES = 400
_DATA_SUFFIXES = (".json", ".yaml", ".yml", ".csv", ".tsv", ".xml", ".toml", ".ini", ".md", ".html", ".properties")


def read_document(artifact: Artifact, classifier: Classifier) -> Document:
    """Read a whole artifact; damage in the middle ends it there with a note.

    Raises:
        EvidenceError: Not one byte could be read.
    """
    digest, lines, keys, notes, size = hashlib.sha256(), [], [], [], 0
    try:
        with artifact.open() as stream:
            for block in line_blocks(stream):
                digest.update(block)
                size += len(block)
                lines.extend(block.removesuffix(b"\n").split(b"\n"))
                keys.extend(key_of(block).removesuffix(b"\n").split(b"\n"))
    except OSError as error:
        if not lines:
            raise EvidenceError(f"{artifact.path!r} could not be read: {error}") from error
        notes.append(f"damaged after {size} bytes: {error}")
    if artifact.encoding:
        notes.append(f"written in {artifact.encoding.upper()}, read as UTF-8")
    if max(map(len, lines), default=0) > LINE_LIMIT:
        notes.append(PARTED_LINES)
    document = Document(artifact.path, lines, _shapes(lines, keys, classifier), digest.hexdigest(), size, notes=notes)
    document.is_build = is_build(document)
    return document


def _shapes(lines: Sequence[bytes], keys: Sequence[bytes], classifier: Classifier) -> list[Shape]:
    if len(lines) <= _MANY:
        return classifier.shapes(lines, keys)
    alarms, head = Alarms(classifier), lines[:_HEAD_LINES]
    alarms.marks_of(head, classifier.shapes(head, keys[:_HEAD_LINES]))
    return classifier.shapes(lines, keys, alarms.alike)


def is_build(document: Document) -> bool:
    """Build output: a CI service's marks, or mostly lines without any header in a file that is not data."""
    if document.path.lower().endswith(_DATA_SUFFIXES):
        return False
    if any(shape.parsed.wrapped and shape.parsed.wrapped[0] in _CI_WRAPPERS for shape in document.shapes[:50]):
        return True
    head = b"\n".join(document.lines[:2000])
    if any(mark in head for mark in _CI_MARKS):
        return True
    if any(line.lstrip().startswith(_VERDICTS) for line in document.lines[-_CLOSING:]):
        return True
    parts = [shape.parsed for shape in document.shapes]
    headed = sum([p.format != HEADLESS or (bool(p.wrapped) and p.wrapped[0] not in _TASK_RUNNERS) for p in parts])
    if headed >= 3 and document.shapes[0].parsed.starts_record:
        return headed * 40 < len(document.lines)
    return headed * 5 < len(document.lines)
