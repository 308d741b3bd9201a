r"""Reads JUnit XML: which tests ran, which failed and why, and which passed only on a retry.

There is no single JUnit format, only what Ant, Surefire, pytest, Jest, gotestsum and others write; what they share is
read, and what is unknown is passed over. A document type is refused, since entities are of no use here and make small
files huge. A file that breaks off keeps what stood before the break.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct, field
from msgspec.structs import replace

from responder.ci.interface import TestCase, TestTotals
from responder.ci.testcases import Tests, read_tests
from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.patterns import lazy

__all__ = ["TestResults", "is_junit", "job_of", "read_junit", "read_results"]

_MOST_BYTES = 64 << 20
_HEAD = 4096
_STEP = lazy(r"^\d+_")
_SUFFIX = lazy(r"(?:\.(?:xml|log|txt|out|gz|bz2|xz|zst))+$")
_ATTEMPT = lazy(r"(?i)[-_. ](?:attempt|retry|rerun)[-_. ]?\d*$")


class TestResults(Struct, frozen=True):
    """The tests of all JUnit files of a build."""

    __test__ = False

    failed: tuple[TestCase, ...] = ()
    """Failed and flaky ones, in evidence order."""
    passed_by_job: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    """Ids of the tests of each job that passed and did not fail in it."""
    totals: TestTotals = field(default_factory=TestTotals)
    files: frozenset[str] = frozenset()
    """Paths of the artifacts that were read as JUnit."""
    skipped: tuple[Skipped, ...] = ()

    @property
    def passed(self) -> frozenset[str]:
        """Ids of the tests that passed somewhere and failed nowhere."""
        return frozenset().union(*self.passed_by_job.values()).difference(case.id for case in self.failed)


def read_results(artifacts: Sequence[Artifact]) -> TestResults:
    """Read every artifact that is JUnit XML; the others are passed over."""
    cases: list[TestCase] = []
    passed: dict[str, set[str]] = {}
    skipped: list[Skipped] = []
    files: set[str] = set()
    for artifact in artifacts:
        if not is_junit(artifact):
            continue
        job = job_of(artifact.path)
        tests = Tests(job, passed.setdefault(job, set()))
        problem = read_junit(artifact, tests)
        cases += tests.cases
        if tests.any or not problem:
            files.add(artifact.path)
        if problem:
            skipped.append(Skipped(artifact.path, problem))
    settled = _settled(cases, passed)
    return TestResults(
        failed=tuple(case for case in settled if case.outcome in ("failed", "flaky")),
        passed_by_job=passed,
        totals=_totals(settled, sum(map(len, passed.values()))),
        files=frozenset(files),
        skipped=tuple(skipped),
    )


def is_junit(artifact: Artifact) -> bool:
    """Whether the artifact begins as JUnit XML does."""
    if not artifact.path.lower().endswith(".xml"):
        return False
    try:
        with artifact.open() as stream:
            return b"<testsuite" in stream.read(_HEAD)
    except (OSError, EvidenceError):
        return False


def read_junit(artifact: Artifact, tests: Tests) -> str:
    """Add the tests of one file; says what stopped the reading, nothing when nothing did."""
    try:
        with artifact.open() as stream:
            data = stream.read(_MOST_BYTES + 1)
    except (OSError, EvidenceError) as error:
        return str(error)
    problem = read_tests(artifact.path, data[:_MOST_BYTES], "utf-8" if artifact.encoding else None, tests)
    if not problem and len(data) > _MOST_BYTES:
        return f"only the first {_MOST_BYTES >> 20} MB were read as test results"
    return problem


def job_of(path: str) -> str:
    """The job an artifact belongs to, by the folder or file that is named for it.

    `logs.zip!/build (3.11)/4_Run tests.txt` belongs to `build (3.11)`, and `unit-linux/junit.xml` to `unit-linux`.
    """
    folder, _, name = path.rpartition("!/")[2].partition("/")
    job = folder if name else _SUFFIX.sub("", _STEP.sub("", folder))
    return _ATTEMPT.sub("", job)


def _settled(cases: Iterable[TestCase], passed: Mapping[str, set[str]]) -> list[TestCase]:
    """One entry a test and job, for those that did not simply pass; `passed` keeps the others.

    A test that failed and passed in the same job was retried, and is flaky.
    """
    by_test: dict[tuple[str, str], TestCase] = {}
    for case in cases:
        earlier = by_test.get((case.job, case.id))
        if earlier is None or earlier.outcome == "skipped":
            by_test[case.job, case.id] = case
    settled = []
    for case in by_test.values():
        if case.id not in passed[case.job]:
            settled.append(case)
        elif case.outcome != "skipped":
            passed[case.job].remove(case.id)
            settled.append(replace(case, outcome="flaky"))
    return settled


def _totals(cases: Iterable[TestCase], passed: int) -> TestTotals:
    count = Counter([case.outcome for case in cases])
    return TestTotals(passed, count["failed"], count["flaky"], count["skipped"])
