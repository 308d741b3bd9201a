"""What failed: every failing test, and for each job what ended it; then the same things told once.

A job's log holds many error lines and one reason, so of each log only the finding that stands out most is taken. Where
its test results are at hand, the tests themselves are the failures, and the log's own mention of them is folded in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from responder.ci.fingerprint import cause_key, fingerprint, is_assertion, normalised
from responder.ci.interface import Failure, Group, SourcePlace, TestCase
from responder.ci.junit import TestResults, job_of
from responder.ci.places import SourceMap
from responder.ci.prefixes import own_lines, unprefixed
from responder.incident import Category, Span
from responder.safety.sanitise import sanitise
from responder.triage.interface import QUIET_SALIENCE, Finding, Triage

__all__ = ["failures_of", "grouped"]

_TEST_WEIGHT = 0.7
_MOST_TESTS = 5_000
_CONTEXT_LINES = 3


def failures_of(triage: Triage, results: TestResults, sources: SourceMap, lead: Span | None) -> list[Failure]:
    """Everything that failed, tests first.

    Args:
        triage: Findings of every artifact.
        results: Tests of every JUnit file.
        sources: Maps the paths they name.
        lead: The line the root cause rests on; its finding is always among the failures.
    """
    tests = [_of_test(case, sources) for case in results.failed[:_MOST_TESTS] if case.outcome == "failed"]
    told = {word for test in tests for word in (_first_line(test.text), test.test.rpartition("::")[2]) if len(word) > 5}
    failures = list(tests)
    for finding in _one_a_job(triage.findings, results.files, lead):
        failure = _of_finding(finding, sources)
        if tests and (same := _same_test(finding, tests, told)):
            failures.append(replace(failure, fingerprint=same.fingerprint, test=""))
        else:
            failures.append(failure)
    return failures


def grouped(
    failures: Sequence[Failure], *, lead: Span | None, seen: Callable[[str], int] = lambda _: 0
) -> tuple[Group, ...]:
    """Failures by fingerprint: the root cause's group first, then by weight and size.

    Args:
        failures: In evidence order.
        lead: The line the root cause rests on, if there is one.
        seen: How many earlier runs had a fingerprint.
    """
    gathered: dict[str, _Gathered] = {}
    for failure in failures:
        gathered.setdefault(failure.fingerprint, _Gathered()).add(failure)
    groups = [found.group(key, seen(key)) for key, found in gathered.items()]
    return tuple(sorted(groups, key=lambda group: _worst_first(group, lead)))


class _Gathered(Struct):
    failures: list[Failure] = field(default_factory=list)

    def add(self, failure: Failure) -> None:
        self.failures.append(failure)

    def group(self, key: str, seen_before: int) -> Group:
        tests = tuple(dict.fromkeys(failure.test for failure in self.failures if failure.test))
        # Where test results are at hand, a log that repeats them is not another job that failed.
        told = [failure for failure in self.failures if failure.test] or self.failures
        # A test says best what failed, and a known place best where.
        lead = max(self.failures, key=lambda item: (bool(item.test), item.place is not None, item.weight))
        return Group(
            key,
            lead,
            count=len(tests) or len({failure.job for failure in told}),
            tests=tests,
            jobs=tuple(dict.fromkeys(failure.job for failure in told if failure.job)),
            seen_before=seen_before,
            spans=tuple(failure.span for failure in self.failures),
        )


def _worst_first(group: Group, lead: Span | None) -> tuple[bool, float, int, str]:
    holds_lead = lead is not None and any(_overlap(span, lead) for span in group.spans)
    return (not holds_lead, -group.lead.weight, -group.count, group.fingerprint)


def _overlap(one: Span, other: Span) -> bool:
    return one.path == other.path and one.line_start <= other.line_end and other.line_start <= one.line_end


def _of_test(case: TestCase, sources: SourceMap) -> Failure:
    places = sources.places(case.text)
    stated = sources.place(case.file, case.line) if case.file and case.line else None
    if stated and not places:
        places = (stated,)
    message = case.message or case.kind or "the test failed without a message"
    where, assertion = "", is_assertion(case.kind, message)
    key = ("words", normalised(message)) if assertion else cause_key(message)
    if assertion or not all(key):
        where = places[0].path if places else case.id.rpartition("::")[0]
        where = f"{where}::{_function(case.id)}"
    assert case.span is not None  # noqa: S101 - every failed case was read from a file
    return Failure(
        fingerprint(*key) if key[0] == "cause" else fingerprint("test", normalised(case.kind), *key, where),
        title=f"{case.id}: {message}",
        span=case.span,
        text=_telling(case.text, message),
        job=case.job,
        test=case.id,
        category=Category.TEST_ASSERTION if assertion else Category.CODE_EXCEPTION,
        place=_best(places),
        weight=_TEST_WEIGHT,
        places=places,
    )


def _best(places: Sequence[SourcePlace]) -> SourcePlace | None:
    """The nearest place that the checkout holds, else the nearest one."""
    return next((place for place in places if place.known), places[0] if places else None)


def _function(identity: str) -> str:
    """The test without its parameters: all parameters of one test fail for one reason until shown otherwise."""
    return identity.rpartition("::")[2].partition("[")[0]


def _telling(text: str, message: str) -> str:
    """The lines around the message in the failure's own text; the message itself when it does not hold it."""
    lines = text.split("\n")
    first = message.split("\n", 1)[0].strip()
    at = next((number for number, line in enumerate(lines) if first and first in line), None)
    if at is None:
        return first or "\n".join(lines[:_CONTEXT_LINES])
    start = max(0, at - 1) if lines[max(0, at - 1)].lstrip().startswith(">") else at
    return "\n".join(line.rstrip() for line in lines[start : at + 2]).rstrip()


def _one_a_job(findings: Iterable[Finding], junit: frozenset[str], lead: Span | None) -> list[Finding]:
    """The strongest finding of each log, most telling first; the one of the root cause in place of its log's."""
    best: dict[str, Finding] = {}
    for finding in findings:
        if finding.span.path in junit or finding.kind == "change" or finding.salience < QUIET_SALIENCE:
            continue
        if lead is not None and finding.span == lead:
            best[finding.span.path] = finding
        else:
            best.setdefault(finding.span.path, finding)
    return sorted(best.values(), key=lambda item: -item.salience)


def _of_finding(finding: Finding, sources: SourceMap) -> Failure:
    line = unprefixed(sanitise(_own_line(finding)))
    assertion = is_assertion("", line)
    key = ("words", normalised(line)) if assertion else cause_key(line, captures=finding.captures)
    own, _ = own_lines(finding.text, finding.span.line - finding.span.line_start)
    places = sources.places("\n".join(map(unprefixed, own.split("\n"))))
    captured = finding.captures.get("file", "")
    number = finding.captures.get("line", "")
    if captured and number.isdigit() and (stated := sources.place(captured.replace("\\", "/"), int(number[:7]))):
        places = tuple(dict.fromkeys((stated, *places)))
    where = places[0].path if places and assertion else ""
    return Failure(
        fingerprint(*key) if key[0] == "cause" else fingerprint("finding", *key, where),
        title=line.strip(),
        span=finding.span,
        text=finding.text,
        job=job_of(finding.span.path),
        category=finding.category,
        place=_best(places),
        weight=finding.salience,
        places=places,
    )


def _own_line(finding: Finding) -> str:
    lines = finding.text.split("\n")
    return lines[min(finding.span.line - finding.span.line_start, len(lines) - 1)]


def _same_test(finding: Finding, tests: Sequence[Failure], told: Mapping[str, object] | set[str]) -> Failure | None:
    """The test whose failure a log line repeats, if one does."""
    text = finding.text
    if not any(word in text for word in told):
        return None
    for test in tests:
        first, name = _first_line(test.text), test.test.rpartition("::")[2]
        if (len(first) > 5 and first in text) or (len(name) > 5 and name in text):
            return test
    return None


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return lines[-1] if lines else ""
