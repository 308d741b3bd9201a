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
_PLACE = lazy(rf"(?P<file>{_SOURCE})(?::|\(|, line |\[)(?P<line>\d{{1,7}})")
_LIBRARY = lazy(r"(?:^|[/\\])(?:site-packages|dist-packages|node_modules|vendor|lib/python[\d.]+|usr|opt|\.cargo)[/\\]")
_STAMP = lazy(r"^\s*\[?\d{4}-\d\d-\d\d[T ][\d:.,]+Z?(?:[+-]\d\d:?\d\d)?\]?\s+")
_MARK = lazy(r"^(?:E {2,}|> {2,}|##\[error\]|\[ERROR\]\s*|error:\s*)", re.IGNORECASE)
_PACKAGE = lazy(r"(?:\S{1,40}Z )?# \S{1,200}(?: \[\S{1,200}\])?")
"""Go names the package, and below it what is wrong there."""
_SPELT_COLOUR = lazy(r"\^\[\[[0-9;]{0,12}[mK]")
"""A colour as some services spell it out."""
_LONGEST = 200


def subject_of_build(own: Sequence[Finding], others: Sequence[Finding]) -> tuple[str, ComponentKind] | None:
    """Name the failing test, else the source file, that the decisive lines are about.

    A trace names the file; the summary of the run names the tests. When both do, the test of that file is meant.
    """
    told = "\n".join(finding.text[:4000] for finding in own[:5])
    if (named := next((name for finding in own for name in captured(finding, ("test",))), "")) or (
        named := next((match[0] for match in _TEST_ID.finditer(told)), "")
    ):
        return named, ComponentKind.TEST
    places = [match["file"] for match in _PLACE.finditer(told) if not _LIBRARY.search(match["file"])]
    for finding in others:
        for match in _TEST_ID.finditer(finding.text[:4000]):
            if match["file"] in places:
                return match[0], ComponentKind.TEST
    return (places[-1], ComponentKind.SOURCE_FILE) if places else None


def decisive_line(finding: Finding) -> str:
    """The line to read first, without its clock and the marks that the tool puts before it."""
    lines = finding.text.split("\n")
    index = min(finding.span.line - finding.span.line_start, len(lines) - 1)
    if index + 1 < len(lines) and _PACKAGE.fullmatch(lines[index].rstrip()):
        index += 1
    return " ".join(_MARK.sub("", _STAMP.sub("", _drawn_last(lines[index]))).split())[:_LONGEST].rstrip()


def _drawn_last(line: str) -> str:
    """What a terminal shows of a line that was drawn again and again: its last state that has words."""
    states = _SPELT_COLOUR.sub("", line).split("\r")
    return next((state for state in reversed(states) if re.search(r"[^\W\d_]{2}", state)), line)
