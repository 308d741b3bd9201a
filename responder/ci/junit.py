r"""Reads JUnit XML: which tests ran, which failed and why, and which passed only on a retry.

There is no single JUnit format, only what Ant, Surefire, pytest, Jest, gotestsum and others write; what they share is
read, and what is unknown is passed over. A document type is refused, since entities are of no use here and make small
files huge. A file that breaks off keeps what stood before the break.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from xml.parsers import expat

from msgspec import Struct, field
from msgspec.structs import replace

from responder.ci.interface import Outcome, TestCase, TestTotals
from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.incident import Span
from responder.patterns import lazy

__all__ = ["TestResults", "is_junit", "job_of", "read_junit", "read_results"]

_MOST_BYTES = 64 << 20
_MOST_TEXT = 20_000
_DEEPEST = 64
_HEAD = 4096
_FAILED = frozenset({"failure", "error"})
_RETRIED = frozenset({"flakyFailure", "flakyError"})
"""Surefire: it failed, and a later attempt of the same run passed."""
_RESULTS = _FAILED | _RETRIED | {"skipped"}
_STEP = lazy(r"^\d+_")
_SUFFIX = lazy(r"(?:\.(?:xml|log|txt|out|gz|bz2|xz|zst))+$")
_ATTEMPT = lazy(r"(?i)[-_. ](?:attempt|retry|rerun)[-_. ]?\d*$")


class TestResults(Struct, frozen=True):
    """The tests of all JUnit files of a build."""

    __test__ = False

    failed: tuple[TestCase, ...] = ()
    """Failed and flaky ones, in evidence order."""
    passed: frozenset[str] = frozenset()
    """Ids of the tests that passed somewhere and failed nowhere."""
    totals: TestTotals = field(default_factory=TestTotals)
    files: frozenset[str] = frozenset()
    """Paths of the artifacts that were read as JUnit."""
    skipped: tuple[Skipped, ...] = ()


class Tests(Struct):
    """The tests of one file."""

    job: str
    passed: set[str] = field(default_factory=set)
    """Ids of those that passed: nothing more is ever asked of them."""
    cases: list[TestCase] = field(default_factory=list)
    """The others."""


class _Refused(Exception):
    """The document is not read further; `str()` says why."""


def read_results(artifacts: Sequence[Artifact]) -> TestResults:
    """Read every artifact that is JUnit XML; the others are passed over."""
    cases: list[TestCase] = []
    passed: dict[str, set[str]] = {}
    skipped: list[Skipped] = []
    files: set[str] = set()
    for artifact in artifacts:
        if not is_junit(artifact):
            continue
        found, problem = read_junit(artifact)
        cases += found.cases
        passed.setdefault(found.job, set()).update(found.passed)
        if found.cases or found.passed or not problem:
            files.add(artifact.path)
        if problem:
            skipped.append(Skipped(artifact.path, problem))
    settled = _settled(cases, passed)
    failed = tuple(case for case in settled if case.outcome in ("failed", "flaky"))
    return TestResults(
        failed=failed,
        passed=frozenset().union(*passed.values()) - {case.id for case in failed},
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


def read_junit(artifact: Artifact) -> tuple[Tests, str]:
    """The tests of one file, and what stopped the reading, empty when nothing did."""
    tests = Tests(job_of(artifact.path))
    try:
        with artifact.open() as stream:
            data = stream.read(_MOST_BYTES + 1)
    except (OSError, EvidenceError) as error:
        return tests, str(error)
    problem = _Reader(artifact.path, data[:_MOST_BYTES], "utf-8" if artifact.encoding else None, tests).read()
    if not problem and len(data) > _MOST_BYTES:
        problem = f"only the first {_MOST_BYTES >> 20} MB were read as test results"
    return tests, problem


def job_of(path: str) -> str:
    """The job an artifact belongs to, by the folder or file that is named for it.

    `logs.zip!/build (3.11)/4_Run tests.txt` belongs to `build (3.11)`, and `unit-linux/junit.xml` to `unit-linux`.
    """
    folder, _, name = path.rpartition("!/")[2].partition("/")
    job = folder if name else _SUFFIX.sub("", _STEP.sub("", folder))
    return _ATTEMPT.sub("", job)


class _Open(Struct):
    """The test case that is being read."""

    id: str
    file: str
    line: int
    start: int
    outcome: Outcome = "passed"
    kind: str = ""
    message: str = ""
    text: list[str] = field(default_factory=list)
    size: int = 0


class _Reader:
    """Most tests of most files passed, so little is done for a test until an element inside it says otherwise."""

    def __init__(self, path: str, data: bytes, encoding: str | None, tests: Tests) -> None:
        self._path, self._data, self._tests = path, data, tests
        self._parser = expat.ParserCreate(encoding)
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._suites: list[str] = []
        self._attributes: dict[str, str] | None = None
        """Of the test case that is being read."""
        self._case: _Open | None = None
        """That test case, once it is known not to have simply passed."""
        self._depth = 0
        self._inside = ""
        self._at = 0
        """Where in the bytes the last test case begins or ends."""
        self._counted, self._line = 0, 1

    def read(self) -> str:
        """Read to the end or to what is wrong; says which."""
        try:
            self._parser.Parse(self._data, True)
        except expat.ExpatError as error:
            return f"not well-formed XML after line {self._line_at(self._at)}: {expat.ErrorString(error.code)}"
        except (_Refused, ValueError, LookupError) as error:  # an unknown encoding is a LookupError
            return str(error)
        return ""

    def _doctype(self, *_: object) -> None:
        raise _Refused("its document type was refused: test results need none")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Refused(f"elements are nested more than {_DEEPEST} deep")
        if name == "testcase":
            self._attributes, self._case = attributes, None
            self._at = self._parser.CurrentByteIndex
        elif name == "testsuite":
            self._suites.append(attributes.get("name", ""))
        elif self._attributes is not None and name in _RESULTS:
            if self._case is None:
                self._case = self._opened(self._attributes)
            self._result(self._case, name, attributes)

    def _opened(self, attributes: dict[str, str]) -> _Open:
        identity, start = _identity(attributes, self._suites), self._line_at(self._at)
        return _Open(identity, attributes.get("file", ""), _number(attributes.get("line", "")), start)

    def _result(self, case: _Open, name: str, attributes: dict[str, str]) -> None:
        if name == "skipped":
            case.outcome = "skipped"
            return
        if case.outcome != "failed":
            case.outcome = "flaky" if name in _RETRIED else "failed"
        if not case.message and not case.text:
            case.kind, case.message = attributes.get("type", ""), attributes.get("message", "")[:_MOST_TEXT]
            self._inside = name
            self._parser.CharacterDataHandler = self._characters

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name == "testcase":
            if self._attributes is not None:
                self._at = self._parser.CurrentByteIndex
                if self._case is None:
                    self._tests.passed.add(_identity(self._attributes, self._suites))
                else:
                    self._tests.cases.append(self._closed(self._case))
                self._attributes = self._case = None
        elif name == self._inside:
            self._inside = ""
            self._parser.CharacterDataHandler = None
        elif name == "testsuite" and self._suites:
            self._suites.pop()

    def _characters(self, text: str) -> None:
        if self._inside and self._case is not None and self._case.size < _MOST_TEXT:
            self._case.text.append(text[: _MOST_TEXT - self._case.size])
            self._case.size += len(text)

    def _closed(self, case: _Open) -> TestCase:
        if case.outcome == "skipped":
            return TestCase(case.id, "skipped", self._tests.job)
        span = Span(self._path, case.start, case.start, self._line_at(self._at))
        text = "".join(case.text).strip("\n")
        message = case.message.strip() or text.strip()
        return TestCase(
            case.id,
            case.outcome,
            self._tests.job,
            message=message.split("\n", 1)[0].strip(),
            kind=case.kind,
            text=text or case.message,
            file=case.file,
            line=case.line,
            span=span,
        )

    def _line_at(self, at: int) -> int:
        """The line of a place behind all that were asked for; the parser's own count takes in lone carriage returns."""
        self._line += self._data.count(b"\n", self._counted, at)
        self._counted = max(self._counted, at)
        return self._line


def _identity(attributes: dict[str, str], suites: list[str]) -> str:
    name = attributes.get("name", "")
    owner = attributes.get("classname") or (suites[-1] if suites else "")
    return f"{owner}::{name}" if owner and owner != name else name or "a test without a name"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


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
