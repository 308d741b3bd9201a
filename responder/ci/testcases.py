"""Reads the tests of one JUnit file.

The parser reads what is not plain. Of a large file nearly all is: tests that passed, one behind the other, which
`_passed.c` takes at ten times the speed, where it was compiled, to the same result.
"""

from collections.abc import Callable
from functools import cache
from xml.parsers import expat

from msgspec import Struct, field

from responder.ci.interface import Outcome, TestCase
from responder.incident import Span
from responder.patterns import lazy

__all__ = ["Tests", "read_tests"]

_MOST_TEXT = 20_000
_DEEPEST = 64
_FAILED = frozenset({"failure", "error"})
_RETRIED = frozenset({"flakyFailure", "flakyError"})
"""Surefire: it failed, and a later attempt of the same run passed."""
_RESULTS = _FAILED | _RETRIED | {"skipped"}
_WITH_ASCII = frozenset({"utf-8", "us-ascii", "iso-8859-1"})
"""Encodings in which bytes below 128 are ASCII wherever they stand."""
_CLOSED = lazy(rb"<testcase[^<>]*/>()|()</testcase>")
"""Mostly where a test case ends, and where the parser will say so; whether one did is for the parser to say."""
_FARTHEST = 1 << 16


class Tests(Struct):
    """The tests of one file."""

    __test__ = False

    job: str
    passed: set[str] = field(default_factory=set)
    """Ids of those that passed: nothing more is ever asked of them. The files of a job may share it."""
    cases: list[TestCase] = field(default_factory=list)
    """The others."""
    any: bool = False
    """Whether the file has some."""


def read_tests(path: str, data: bytes, encoding: str | None, tests: Tests, *, parser_only: bool = False) -> str:
    """Add the tests of a file.

    Args:
        path: Of the artifact, for the spans.
        data: Of the file.
        encoding: When it is known, whatever the file says.
        tests: Takes what stands before the first thing that is wrong.
        parser_only: Do without what was compiled.

    Returns:
        What is wrong, empty when nothing is.
    """
    return _Reader(path, data, encoding, tests, None if parser_only else _compiled()).read()


_PassOver = Callable[[bytes, int, str, set[str]], tuple[int, int]]


@cache
def _compiled() -> _PassOver | None:
    try:
        from responder.ci._passed import passed
    except ImportError:
        return None
    return passed


class _Refused(Exception):
    """The document is not read further; `str()` says why."""


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

    def __init__(self, path: str, data: bytes, encoding: str | None, tests: Tests, passed: _PassOver | None) -> None:
        self._path, self._data, self._tests, self._passed = path, data, tests, passed
        self._parser = expat.ParserCreate(encoding)
        self._parser.buffer_text = True
        self._parser.XmlDeclHandler = self._declaration
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
        self._has_ascii = True
        self._passed_over = 0
        """Bytes that the parser did not see."""

    def read(self) -> str:
        """Read to the end or to what is wrong; says which."""
        try:
            self._parse()
        except expat.ExpatError as error:
            return f"not well-formed XML after line {self._line_at(self._at)}: {expat.ErrorString(error.code)}"
        except (_Refused, ValueError, LookupError) as error:  # an unknown encoding is a LookupError
            return str(error)
        return ""

    def _parse(self) -> None:
        data, fed, step = self._data, 0, 0
        while self._passed and (found := _CLOSED.search(data, fed + step)):
            self._parser.Parse(data[fed : found.end()], False)
            fed = behind = found.end()
            if self._is_between(found.end(found.lastindex or 0)):
                suite = self._suites[-1] if self._suites else ""
                behind, self._at = self._passed(data, fed, suite, self._tests.passed)
            # Where there is nothing to pass over, the parser is not stopped at every test.
            step = min(2 * step + 1024, _FARTHEST) if behind == fed else 0
            self._passed_over += behind - fed
            fed = behind
        self._parser.Parse(data[fed:], True)

    def _is_between(self, closed: int) -> bool:
        """Whether the last that the parser saw is the end of a test case, so that content of an element goes on.

        Else it is in a comment, say, that quotes one, or reads other characters than stand here.
        """
        return self._at == closed and self._attributes is None and self._depth > 0 and self._has_ascii

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._has_ascii = encoding is None or encoding.lower() in _WITH_ASCII

    def _doctype(self, *_: object) -> None:
        raise _Refused("its document type was refused: test results need none")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Refused(f"elements are nested more than {_DEEPEST} deep")
        if name == "testcase":
            self._attributes, self._case = attributes, None
            self._at = self._parser.CurrentByteIndex + self._passed_over
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
                self._at, self._tests.any = self._parser.CurrentByteIndex + self._passed_over, True
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
