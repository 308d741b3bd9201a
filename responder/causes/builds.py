"""What a failed build is about: the test, or the source file, that its decisive lines name."""

import re
from collections.abc import Sequence

from responder.causes.naming import captured
from responder.incident import ComponentKind
from responder.patterns import lazy
from responder.triage.interface import Finding

__all__ = ["decisive_line", "subject_of_build"]

_SUFFIXES = (
    "py|go|jsx?|tsx?|mjs|vue|java|kt|scala|groovy|rb|rs|c|cc|cpp|h|hpp|cs|fs|php|swift|exs?|hs|ml|dart|lua|sh|tf"
)
_SOURCE = rf"[\w./\\-]{{1,200}}\.(?:{_SUFFIXES})"
_TEST_ID = lazy(rf"(?P<file>{_SOURCE})::(?P<test>[\w:.\[\]-]{{1,200}})")
_PLACE = lazy(rf"(?<![@\w./\\-])(?P<file>{_SOURCE})(?::|\(|, line |\[)(?P<line>\d{{1,7}})")
_LIBRARY = lazy(
    r"(?:^|[/\\])(?:site-packages|dist-packages|node_modules|vendor|lib/python[\d.]+|usr|opt|\.cargo|rustc|gems|pkg/mod"
    r"|compiler-rt|glibc[\w.-]*|sysdeps|libstdc\+\+\w*|hostedtoolcache|\.m2|\.gradle|internal/process)[/\\]"
)
_FRAME = lazy(
    r"\bat (?P<class>[\w.$/@-]{1,200})\.[\w$<>]{1,80}\((?P<file>[\w$-]{1,120}\.(?:java|kt|scala|groovy)):\d{1,7}\)"
)
"""A frame of a JVM's trace; its file stands without a folder."""
_OTHERS = lazy(
    r"(?:[\w.]{1,40}[/@]){0,2}(?:java|javax|jdk|sun|jakarta|kotlin|kotlinx|scala|groovy|junit|hudson|jenkins"
    r"|org\.(?:junit|gradle|hamcrest|assertj|mockito|testng|scalatest|scalacheck|apache|springframework|codehaus|jenkinsci"
    r"|hibernate|eclipse|jetbrains)|com\.(?:sun|google|fasterxml|zaxxer|intellij|github\.dockerjava)|io\.(?:netty|grpc|vertx"
    r"|reactivex)|reactor|sbt|munit|zio|cats)\."
)
_TEST_FILE = lazy(r"(?:Test|Spec|Suite|IT|Tests)\.\w+$|^Test[A-Z]")
_STAMP = lazy(r"^(?:[^\t\n]{1,200}\t[^\t\n]{1,200}\t)?\s*\[?\d{4}-\d\d-\d\d[T ][\d:.,]+Z?(?:[+-]\d\d:?\d\d)?\]?\s+")
_MARK = lazy(r"^(?:E {2,}|> {2,}|##\[error\]|\[ERROR\]\s*|error:\s*)", re.IGNORECASE)
_PACKAGE = lazy(r"(?:\S{1,40}Z )?# \S{1,200}(?: \[\S{1,200}\])?")
"""Go names the package, and below it what is wrong there."""
_SPELT_COLOUR = lazy(r"\^\[\[[0-9;]{0,12}[mK]")
"""A colour as some services spell it out."""
_LONGEST = 400
_OUTSIDE = ("infrastructure", "network", "security")
"""Faults that no line of the sources is the place of."""
_OF_CODE = ("test_failure", "code_defect", "unknown")


def subject_of_build(own: Sequence[Finding], others: Sequence[Finding]) -> tuple[str, ComponentKind] | None:
    """Name the failing test, else the source file, that the decisive lines are about.

    A trace names the file; the summary of the run names the tests. When both do, the test of that file is meant.
    """
    family = own[0].category.family
    if family not in _OF_CODE:
        own = own[:1]  # what else failed beside it would only seem to be its place
    told = "\n".join(finding.text[:4000] for finding in own[:5])
    if (named := next((name for finding in own for name in captured(finding, ("test",))), "")) or (
        named := next((match[0] for match in _TEST_ID.finditer(told)), "")
    ):
        return named, ComponentKind.TEST
    places = [] if family in _OUTSIDE else _places(told)
    for finding in others:
        for match in _TEST_ID.finditer(finding.text[:4000]):
            if match["file"] in places:
                return match[0], ComponentKind.TEST
    return (places[-1], ComponentKind.SOURCE_FILE) if places else None


def _places(told: str) -> list[str]:
    """The source files that are named outside of libraries, the nearest to the failure last."""
    frames = [match for match in _FRAME.finditer(told) if not _OTHERS.match(match["class"])]
    tests = [match["file"] for match in frames if _TEST_FILE.search(match["file"])]
    nearest = (tests or [match["file"] for match in frames])[:1]
    plain = (match["file"] for match in _PLACE.finditer(_FRAME.sub("", told)))
    return [*nearest, *(name for name in plain if not _LIBRARY.search(name))]


def decisive_line(finding: Finding) -> str:
    """The line to read first, without its clock and the marks that the tool puts before it."""
    lines = finding.text.split("\n")
    index = min(finding.span.line - finding.span.line_start, len(lines) - 1)
    if index + 1 < len(lines) and _PACKAGE.fullmatch(lines[index].rstrip()):
        index += 1
    line = " ".join(_MARK.sub("", _STAMP.sub("", _drawn_last(lines[index]))).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()}\u2026"


def _drawn_last(line: str) -> str:
    """What a terminal shows of a line that was drawn again and again: its last state that has words."""
    states = _SPELT_COLOUR.sub("", line).split("\r")
    return next((state for state in reversed(states) if re.search(r"[^\W\d_]{2}", state)), line)
