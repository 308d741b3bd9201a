"""Builds for tests: real files through the real stages, up to the diagnosis that every output is rendered from."""

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from responder.causes import default_engine as causes
from responder.ci.checkout import Checkout
from responder.ci.diagnosis import Context, diagnose
from responder.ci.history import History
from responder.ci.interface import Build, Diagnosis
from responder.ci.kept import KeptEvidence, KeptTriage
from responder.ci.places import SourceMap
from responder.evidence import FileSource
from responder.incident import Incident
from responder.pipeline import TriageDeps, triage_only
from responder.safety.redact import Redactor
from responder.triage import default_engine as triage

__all__ = ["commit", "diagnosed", "git", "junit", "write"]

NOW = datetime(2026, 6, 2, 8, 15, tzinfo=UTC)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def diagnosed(
    folder: Path,
    *,
    build: Build | None = None,
    checkout: Path | None = None,
    history: History | None = None,
    baseline: Path | None = None,
    last_good: str = "",
) -> Diagnosis:
    inputs = (folder,)
    evidence, engine = KeptEvidence(FileSource(), inputs), KeptTriage(triage())
    redactor = Redactor()
    deps = TriageDeps(evidence=evidence, triage=engine, causes=causes(), redactor=redactor)
    incident = Incident(inputs, NOW, "", (baseline,) if baseline else ())
    repository = Checkout(checkout)
    found = build or Build()
    context = Context(
        replace(found, commit=found.commit or repository.head()),
        repository,
        SourceMap(checkout, repository.tracked),
        history or History(),
        last_good,
    )
    return diagnose(triage_only(incident, deps=deps).report, evidence, engine, context, redactor=redactor)


def junit(*cases: str, name: str = "suite") -> str:
    return (
        f'<?xml version="1.0"?>\n<testsuites><testsuite name="{name}">\n'
        + "\n".join(cases)
        + "\n</testsuite></testsuites>\n"
    )


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(
        [
            "git",
            "-C",
            str(folder),
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.org",
            "-c",
            "init.defaultBranch=main",
            *args,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def commit(folder: Path, message: str, files: Mapping[str, str]) -> str:
    """Write files, commit them and return the hash; the first commit makes the repository."""
    if not (folder / ".git").exists():
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "--quiet")
    write(folder, files)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")
