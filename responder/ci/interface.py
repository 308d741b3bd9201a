"""The values a pipeline run trades in: the build, the tests that ran, what failed, and what kind of failure it is."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

from responder.incident import Category, Span, Verdict
from responder.reporting.model import Report

__all__ = [
    "Build",
    "Commit",
    "Culprit",
    "Diagnosis",
    "Failure",
    "Group",
    "Judgement",
    "Kind",
    "Outcome",
    "Provider",
    "SourcePlace",
    "TestCase",
    "TestTotals",
]

Provider = Literal["github", "gitlab", "jenkins", "buildkite", "circleci", "azure", "local"]
"""Whose pipeline runs this; local is nobody's."""

Outcome = Literal["passed", "failed", "flaky", "skipped"]
"""How a test ended; flaky: it failed and passed on a retry in the same run."""


class Kind(StrEnum):
    """What a developer wants to know first: is it mine, or shall I press the button again?"""

    REGRESSION = "regression"
    """The code or its tests are wrong since a change."""
    FLAKY = "flaky"
    """The same code passes at other times."""
    INFRASTRUCTURE = "infrastructure"
    """The runner, the network or a service of others."""
    DEPENDENCY = "dependency"
    """A package that could not be had, or that changed."""
    CONFIGURATION = "configuration"
    """The pipeline, its settings, its secrets or its tools."""
    INCONCLUSIVE = "inconclusive"
    """The evidence does not decide between them."""


class Build(Struct, frozen=True):
    """What the environment of a CI service says about the running job; empty where it says nothing."""

    provider: Provider = "local"
    repository: str = ""
    commit: str = ""
    """Full hash of the commit that was built."""
    branch: str = ""
    base_branch: str = ""
    """Where a change request wants to go."""
    last_good: str = ""
    """A commit known to be green, when the service tells."""
    change_request: str = ""
    """Number of the pull or merge request."""
    job: str = ""
    """Name of the job, with its workflow or pipeline where there is one; the same in every run."""
    run: str = ""
    """Id of this run."""
    url: str = ""
    """Of the page of this run or job; letters, digits and `._~/?#=&%+-` only."""
    attempt: int = 1
    runner: str = ""
    workspace: Path | None = None
    """The checkout."""
    summary_file: Path | None = None
    """Markdown appended here is shown on the run's page."""
    outputs_file: Path | None = None
    """`name=value` lines appended here are what later steps read."""


class SourcePlace(Struct, frozen=True):
    """A line of the user's own code."""

    path: str
    """Relative to the checkout, with `/`; never absolute, never with `..`."""
    line: int
    known: bool = False
    """True when the checkout holds this file."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class TestCase(Struct, frozen=True, gc=False):
    """One test as a JUnit file tells it. All text is untrusted."""

    __test__ = False  # not a test of ours, whatever its name says to a collector

    id: str
    """`classname::name`: the same in every run."""
    outcome: Outcome
    job: str = ""
    """The job whose artifact it stands in."""
    message: str = ""
    """The first line of the failure, as the runner put it."""
    kind: str = ""
    """The failure's type, such as `AssertionError`; empty when the runner does not say."""
    text: str = ""
    """The failure in full: diff, trace."""
    file: str = ""
    line: int = 0
    span: Span | None = None
    """Where the test stands in the JUnit file."""


class TestTotals(Struct, frozen=True):
    """How many tests ended how, over all JUnit files; zeros where there are none."""

    __test__ = False

    passed: int = 0
    failed: int = 0
    flaky: int = 0
    skipped: int = 0


class Failure(Struct, frozen=True):
    """One thing that failed: a test, or what ended a job."""

    fingerprint: str
    """16 hex digits; the same cause gives the same ones in every run."""
    title: str
    """One line: what failed, or the line that says why."""
    span: Span
    """Where the evidence stands."""
    text: str
    """The lines that say why, as they stand there."""
    job: str = ""
    test: str = ""
    """Id of the test; empty for what is no test."""
    category: Category = Category.UNKNOWN
    place: SourcePlace | None = None
    weight: float = 0.0
    """0..1: how sure it is that this failed by itself; orders groups."""
    places: tuple[SourcePlace, ...] = ()
    """Every line of the user's own code that the failure names, nearest first."""


class Group(Struct, frozen=True):
    """Failures with one fingerprint, told once."""

    fingerprint: str
    lead: Failure
    """The one to read."""
    count: int
    tests: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    seen_before: int = 0
    """Earlier runs, in the history that was given, with the same fingerprint."""
    spans: tuple[Span, ...] = ()


class Commit(Struct, frozen=True):
    """One commit of the checkout. Subject and author are untrusted text."""

    sha: str
    author: str
    subject: str
    when: datetime | None = None


class Culprit(Struct, frozen=True):
    """The change that a failure leads to."""

    commit: Commit
    because: str
    """One clause: `it last changed line 33 of billing/totals.py`."""
    since_good: bool
    """True when the commit is known to be newer than the last green one."""


class Judgement(Struct, frozen=True):
    """What kind of failure it is, and why."""

    kind: Kind
    probability: float
    """Of `kind`; of the likeliest one when inconclusive."""
    reasons: tuple[str, ...] = ()
    """The observations that moved it, strongest first."""
    shares: Mapping[Kind, float] = field(default_factory=dict)
    """All kinds but inconclusive; they sum to 1."""


class Diagnosis(Struct, frozen=True):
    """Everything the outputs are rendered from. Its strings are sanitised and redacted."""

    build: Build
    report: Report
    groups: tuple[Group, ...]
    """Worst first; the first one holds the root cause when there is one."""
    judgement: Judgement
    culprit: Culprit | None = None
    tests: TestTotals = TestTotals()
    failed_tests: tuple[TestCase, ...] = ()
    """Failed and flaky ones, without their text."""
    runs_known: int = 0
    """Earlier runs in the history."""
    notes: tuple[str, ...] = ()
    """What went wrong or was left out on the way, as sentences."""

    @property
    def verdict(self) -> Verdict:
        """The report's, but for failing tests in evidence whose logs look healthy: there the cause is open."""
        healthy = self.report.verdict is Verdict.HEALTHY
        return Verdict.INCONCLUSIVE if healthy and self.groups else self.report.verdict
