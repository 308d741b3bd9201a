"""The candidate cause as a value: one story for one cause, with what states it, shows it and set it off."""

from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property

from msgspec import Struct, field

from responder.causes.changes import Change
from responder.causes.situation import canonical, earliest, latest, not_after, weight
from responder.incident import Category, ComponentKind
from responder.triage.interface import Finding

__all__ = ["Story", "is_effect", "known_effects"]

_AUDIBLE = 0.45
"""Salience from which on a record is read before a measurement."""
_BUILD_CATEGORIES = frozenset(
    {
        Category.CODE_COMPILE,
        Category.CODE_TYPE,
        Category.CODE_LINT,
        Category.DEPENDENCY_RESOLUTION,
        Category.CI_RUNNER,
        Category.TEST_ASSERTION,
        Category.TEST_TIMEOUT,
        Category.TEST_FLAKY,
        Category.TEST_SETUP,
    }
)
_BUILD_KINDS = frozenset(
    {ComponentKind.BUILD_STEP, ComponentKind.TEST, ComponentKind.SOURCE_FILE, ComponentKind.PACKAGE}
)


class Story(Struct, frozen=True, dict=True):
    """One candidate cause.

    With a `__dict__`, so that what is asked of it again and again is worked out once.
    """

    component: str | None
    category: Category
    kind: ComponentKind
    findings: tuple[Finding, ...]
    """What states or shows the fault, canonical order; never empty."""
    change: Change | None = None
    """What set it off."""
    led_by: tuple[Finding, ...] = ()
    """What was seen to lead up to it, in order of time: a standby that left, a disk that filled."""
    by_change_only: bool = False
    """True when the story is the change itself and no finding states the fault."""
    hurt: frozenset[str] = field(default=frozenset())
    """Components that complain in its own findings."""

    @cached_property
    def stated(self) -> tuple[Finding, ...]:
        """Findings of a rule that knows this line as a cause."""
        return tuple(finding for finding in self.findings if finding.role == "cause")

    @cached_property
    def first(self) -> datetime | None:
        """When the fault first showed."""
        return earliest(finding.timestamp for finding in (self.stated or self.findings))

    @cached_property
    def last(self) -> datetime | None:
        """When it was last seen."""
        return latest(finding.last_seen or finding.timestamp for finding in self.findings)

    @property
    def is_build(self) -> bool:
        """Whether it is a failure of a build or test run, where the order of lines matters and clocks do not."""
        return self.kind in _BUILD_KINDS or self.category in _BUILD_CATEGORIES

    @cached_property
    def primary(self) -> Finding:
        """The line to read first.

        In a build that is the line triage puts first. Elsewhere it is the earliest of the lines that state the fault
        about as plainly as the plainest does: the first refusal, not the loudest. What somebody wrote says more than
        a measurement, which only shows that something is so. What is wanted of a cluster was so before all that came of
        it, and of what the cluster says at one time the plainest is read.
        """
        if self.by_change_only and self.change is not None:
            return self.change.telling
        candidates = self.stated or self.findings
        if self.is_build:
            return candidates[0]
        written = [finding for finding in candidates if "metric" not in finding.captures]
        if written and written[0].salience >= _AUDIBLE:
            candidates = tuple(written)
        best = candidates[0]
        plain = [finding for finding in candidates if finding.salience >= best.salience - 0.2]
        if _is_state(best) and not_after(best.timestamp, earliest(finding.timestamp for finding in plain)):
            return best
        timed = [finding for finding in plain if finding.timestamp is not None]
        return min(timed, key=lambda f: (f.timestamp, canonical(f))) if timed else candidates[0]

    @cached_property
    def strength(self) -> float:
        """A first estimate of how much it has to say, for choosing candidates."""
        return max(map(weight, self.findings)) * (2 if self.stated else 1)


def _is_state(finding: Finding) -> bool:
    """Whether it was read from the objects of a cluster, and not from what a program wrote."""
    return (finding.rule or "").startswith("cluster.")


def known_effects(findings: Iterable[Finding]) -> frozenset[str]:
    """Patterns of rules and categories that the rules of `findings` say they bring about."""
    return frozenset(pattern for finding in findings for pattern in finding.explains)


def is_effect(finding: Finding, effects: frozenset[str]) -> bool:
    """Whether `finding` is one of the known `effects`."""
    names = [name for name in (finding.rule, finding.category.value) if name]
    return any(fnmatchcase(name, pattern) for pattern in effects for name in names)
