"""What services, builders and test runners write around a program's own words: a clock, a job, the next test.

It takes the room of what the line says, and hides from a pattern where the line begins.
"""

from responder.patterns import lazy

__all__ = ["own_lines", "unprefixed"]

_PREFIX = lazy(
    r"^(?:"
    r"\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}Z (?:\d\d[OE][+ ]?)?"  # GitHub Actions, GitLab
    r"|[^\t\n]{1,200}\t[^\t\n]{1,200}\t(?=\ufeff?\d{4}-\d\d-\d\dT)"  # GitHub's command line: job and step
    r"|\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] "  # Jenkins
    r"|#\d{1,4} \d{1,6}\.\d{1,6} |#\d{1,4} (?=ERROR)"  # BuildKit
    r"|(?:travis_(?:fold|time):[\w.:,=-]{1,160}\s{0,4}){1,8}"  # Travis CI
    r")"
)
_MOST = 3
_SPELT_COLOUR = lazy(r"\^\[\[[0-9;]{0,12}[mK]")
"""A colour as some services spell it out."""
_NEXT_TEST = lazy(r"\s*(?:=== (?:RUN|PAUSE|CONT|NAME)\b|--- (?:PASS|SKIP): |ok {1,4}\t?\S+\t)")
"""Go's runner: what stands here and below is of another test or package."""


def unprefixed(line: str) -> str:
    """The line as the program wrote it, without spelt colours; the rest of it stays as it is."""
    line = _SPELT_COLOUR.sub("", line)
    for _ in range(_MOST):
        bare = _PREFIX.sub("", line, count=1)
        if bare == line:
            break
        line = bare
    return line


def own_lines(text: str, read: int) -> tuple[str, int]:
    """The lines that belong to the one that is read first, and where it stands among them.

    Args:
        text: Lines of a log around a failure.
        read: Which of them is read first, from 0.
    """
    lines = text.split("\n")
    read = max(0, min(read, len(lines) - 1))
    end = next((at for at in range(read + 1, len(lines)) if _NEXT_TEST.match(unprefixed(lines[at]))), len(lines))
    start = next((at + 1 for at in range(read - 1, -1, -1) if _NEXT_TEST.match(unprefixed(lines[at]))), 0)
    return "\n".join(lines[start:end]), read - start
