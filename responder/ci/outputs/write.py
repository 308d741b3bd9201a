"""Puts each output where its reader looks: the run folder always, the service's own files, and the paths asked for.

One output that cannot be written costs that output: the others are written and the problem is said in one line.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from responder.ci.history import RECORD
from responder.ci.interface import Build, Diagnosis
from responder.ci.outputs.code_quality import code_quality
from responder.ci.outputs.comment import comment, job_summary, sorry
from responder.ci.outputs.junit_xml import junit_xml
from responder.ci.outputs.record import record
from responder.ci.outputs.sarif import sarif

__all__ = ["Wanted", "write_outputs", "write_sorry"]

_SUMMARY_BYTES = 1_000_000
"""GitHub takes 1 MiB a step."""


class Wanted(Struct, frozen=True):
    """Files asked for on the command line, beside those of the run folder."""

    comment: Path | None = None
    sarif: Path | None = None
    code_quality: Path | None = None
    junit: Path | None = None


def write_outputs(diagnosis: Diagnosis, folder: Path | None, wanted: Wanted) -> list[str]:
    """Write everything; returns one sentence for each output that could not be written.

    Args:
        diagnosis: What to say.
        folder: The run folder; None when there is none.
        wanted: Further copies.
    """
    problems: list[str] = []
    outputs: Mapping[str, tuple[Path | None, Callable[[], bytes]]] = {
        "comment.md": (wanted.comment, lambda: comment(diagnosis).encode()),
        "results.sarif": (wanted.sarif, lambda: sarif(diagnosis)),
        "gl-code-quality-report.json": (wanted.code_quality, lambda: code_quality(diagnosis)),
        "junit.xml": (wanted.junit, lambda: junit_xml(diagnosis)),
        RECORD: (None, lambda: record(diagnosis)),
    }
    for name, (copy, render) in outputs.items():
        paths = [path for path in (folder and folder / "ci" / name, copy) if path is not None]
        if paths:
            data = render()
            problems += [said for path in paths if (said := _written(path, data))]
    build = diagnosis.build
    if build.summary_file is not None:
        problems += _appended(build.summary_file, _cut(job_summary(diagnosis)) + b"\n")
    if build.outputs_file is not None:
        problems += _appended(build.outputs_file, _outputs(diagnosis, folder))
    return problems


def write_sorry(build: Build, said: str, wanted: Wanted) -> list[str]:
    """What a step that posts a comment and reads outputs finds when this run could say nothing."""
    text = sorry(build, said)
    problems = [problem] if wanted.comment and (problem := _written(wanted.comment, text.encode())) else []
    if build.summary_file is not None:
        problems += _appended(build.summary_file, text.encode())
    if build.outputs_file is not None:
        problems += _appended(build.outputs_file, b"verdict=inconclusive\nkind=inconclusive\n")
    return problems


def _outputs(diagnosis: Diagnosis, folder: Path | None) -> bytes:
    """`name=value` lines. Each value is a word of ours, a number or a path of ours: none can hold a line break."""
    report = diagnosis.report
    cause = report.root_cause
    values = {
        "verdict": diagnosis.verdict.value,
        "category": cause.category.value if cause else "unknown",
        "confidence": f"{cause.confidence if cause else 0:.2f}",
        "kind": diagnosis.judgement.kind.value,
        "fingerprint": diagnosis.groups[0].fingerprint if diagnosis.groups else "",
        "report": str(folder.resolve()) if folder else "",
    }
    return "".join(f"{name}={' '.join(value.split())}\n" for name, value in values.items()).encode()


def _written(path: Path, data: bytes) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        return f"{str(path)!r} could not be written: {error.strerror}"
    return ""


def _appended(path: Path, data: bytes) -> list[str]:
    try:
        # A pipe that nobody reads must not hold the job.
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)
        with os.fdopen(descriptor, "ab") as file:
            file.write(data)
    except OSError as error:
        return [f"{str(path)!r} could not be written: {error.strerror}"]
    return []


def _cut(text: str) -> bytes:
    return text.encode()[:_SUMMARY_BYTES].decode(errors="ignore").encode()
