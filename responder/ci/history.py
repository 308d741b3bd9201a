"""What earlier runs tell: which tests flicker, which failure is an old acquaintance, which commit was green.

A history is a folder of earlier run folders (`ci/record.json` as this tool writes it) or of JUnit files, one folder a
run. It is read within bounds and believed only for what it can say: a test that failed and passed on the same commit
is flaky; one that changes back and forth over commits is likely so.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from responder.ci.interface import Build
from responder.ci.junit import read_results
from responder.errors import EvidenceError
from responder.evidence.interface import Artifact
from responder.evidence.opening import Unreadable, open_regular

__all__ = ["RECORD", "RECORD_VERSION", "Flicker", "History", "PastRun", "read_history"]

RECORD = "record.json"
"""In the `ci` folder of a run: what the next run's history needs of it."""
RECORD_VERSION = 1

_MOST_RUNS = 200
_MOST_FILES = 20_000
_MOST_BYTES = 8 << 20


class PastRun(Struct, frozen=True):
    """One earlier run."""

    name: str
    when: str = ""
    """ISO 8601, UTC; runs without one are ordered by name."""
    commit: str = ""
    job: str = ""
    runner: str = ""
    failed: bool = False
    fingerprints: frozenset[str] = frozenset()
    failing: frozenset[str] = frozenset()
    """Ids of tests that failed or flickered."""
    passing: frozenset[str] | None = None
    """Ids of tests that passed; None when the run kept only its failures, and every other test it ran passed."""
    tests: int = 0


class Flicker(Struct, frozen=True):
    """How one test behaved over the runs that ran it."""

    runs: int
    failed: int
    turns: int
    """How often it changed between failing and passing."""
    same_commit: bool
    """It failed and passed on one commit."""


class History(Struct, frozen=True):
    """Earlier runs, oldest first."""

    runs: tuple[PastRun, ...] = ()
    notes: tuple[str, ...] = ()
    _seen: Mapping[str, int] = field(default_factory=dict)

    def seen(self, fingerprint: str) -> int:
        """How many runs had this failure."""
        return self._seen.get(fingerprint, 0)

    def comes_and_goes(self, fingerprint: str, job: str) -> bool:
        """Whether runs of the same job without this failure came after one that had it."""
        had = [fingerprint in run.fingerprints for run in self.runs if run.job in ("", job)]
        return True in had and not all(had[had.index(True) :])

    def flicker(self, test: str, job: str = "") -> Flicker:
        """How a test behaved in earlier runs of a job; in all runs when the job has no name.

        Jobs of a matrix run the same tests on the same commit, and one that fails on one of them alone is not flaky.
        """
        ran: list[tuple[bool, str]] = []
        for run in self.runs:
            if job and run.job not in ("", job):
                continue
            if test in run.failing:
                ran.append((True, run.commit))
            elif test in run.passing if run.passing is not None else run.tests > 0:
                ran.append((False, run.commit))
        commits: dict[str, set[bool]] = {}
        for failed, commit in ran:
            if commit:
                commits.setdefault(commit, set()).add(failed)
        return Flicker(
            runs=len(ran),
            failed=sum(failed for failed, _ in ran),
            turns=sum(one[0] != other[0] for one, other in pairwise(ran)),
            same_commit=any(len(outcomes) == 2 for outcomes in commits.values()),
        )

    def passed_at(self, build: Build) -> tuple[PastRun, ...]:
        """The green runs of the same job on the same commit."""
        if not build.commit:
            return ()
        return tuple(
            run for run in self.runs if not run.failed and run.commit == build.commit and run.job in ("", build.job)
        )

    def last_good(self, build: Build) -> str:
        """The commit of the newest green run of the same job."""
        green = (run.commit for run in reversed(self.runs) if not run.failed and run.job in ("", build.job))
        return next((commit for commit in green if commit and commit != build.commit), "")


def read_history(folder: Path) -> History:
    """Read the runs below a folder; what cannot be used is left out with a note.

    Raises:
        EvidenceError: The folder is not there.
    """
    if not folder.is_dir():
        raise EvidenceError(f"the history {str(folder)!r} is not a folder", hint="give a folder of earlier run folders")
    notes: list[str] = []
    records, results = _files(folder)
    runs = [run for path in records if (run := _recorded(path, folder, notes))]
    recorded = {path.parent.parent for path in records}
    by_run: dict[Path, list[Path]] = {}
    for path in results:
        if not any(parent in recorded for parent in path.parents):
            by_run.setdefault(_run_folder(path, folder), []).append(path)
    runs += [run for top, paths in sorted(by_run.items()) if (run := _from_junit(top, paths, folder))]
    runs.sort(key=lambda run: (run.when or run.name, run.name))
    if len(runs) > _MOST_RUNS:
        notes.append(f"Of {len(runs)} runs in the history the newest {_MOST_RUNS} were used.")
        runs = runs[-_MOST_RUNS:]
    seen = Counter(fingerprint for run in runs for fingerprint in run.fingerprints)
    return History(tuple(runs), tuple(notes), dict(seen))


def _files(folder: Path) -> tuple[list[Path], list[Path]]:
    records, results, count = [], [], 0
    for top, names, files in os.walk(folder):
        names.sort()
        for name in sorted(files):
            count += 1
            path = Path(top, name)
            if name == RECORD and path.parent.name == "ci":
                records.append(path)
            elif name.endswith(".xml"):
                results.append(path)
        if count > _MOST_FILES:
            break
    return records, results


def _run_folder(path: Path, folder: Path) -> Path:
    """The folder directly below the history that a file lies in; the file itself when it lies beside the runs."""
    parts = path.relative_to(folder).parts
    return folder / parts[0]


def _recorded(path: Path, folder: Path, notes: list[str]) -> PastRun | None:
    try:
        with open_regular(path) as stream:
            data = stream.read(_MOST_BYTES + 1)
        loaded = json.loads(data) if len(data) <= _MOST_BYTES else None
        return _past_run(loaded, str(path.parent.parent.relative_to(folder)))
    except (Unreadable, OSError, ValueError, RecursionError, TypeError, AttributeError, KeyError):
        notes.append(f"`{path.relative_to(folder)}` of the history could not be used.")
        return None


def _past_run(record: Any, name: str) -> PastRun:
    """A record as this tool writes it.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: It is not one.
    """
    if record["version"] != RECORD_VERSION:
        raise ValueError("another version")
    build, tests = record["build"], record["tests"]
    return PastRun(
        name,
        when=str(record["started_at"]),
        commit=str(build["commit"]),
        job=str(build["job"]),
        runner=str(build["runner"]),
        failed=record["verdict"] != "healthy",
        fingerprints=_names(group["fingerprint"] for group in record["groups"]),
        failing=_names([*tests["failing"], *tests["flaky"]]),
        tests=int(tests["total"]),
    )


def _names(values: Iterable[object]) -> frozenset[str]:
    return frozenset(str(value) for value in values)


def _from_junit(top: Path, paths: Sequence[Path], folder: Path) -> PastRun | None:
    results = read_results(list(_artifacts(paths, folder)))
    if not results.files:
        return None
    failing = frozenset(case.id for case in results.failed)
    return PastRun(
        top.relative_to(folder).as_posix(),
        failed=any(case.outcome == "failed" for case in results.failed),
        failing=failing,
        passing=results.passed,
        tests=results.totals.passed + results.totals.failed + results.totals.flaky,
    )


def _artifacts(paths: Sequence[Path], folder: Path) -> Iterator[Artifact]:
    for path in paths:
        try:
            open_regular(path).close()
        except Unreadable:
            continue

        def opener(path: Path = path) -> Any:
            try:
                return open_regular(path)
            except Unreadable as reason:
                raise EvidenceError(str(reason)) from reason

        yield Artifact(path.relative_to(folder).as_posix(), path.stat().st_size, opener, path)
