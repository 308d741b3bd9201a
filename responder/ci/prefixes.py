"""What services and builders write before a program's own words: their clock, their job, their step.

It takes the room of what the line says, and hides from a pattern where the line begins.
"""

import re

__all__ = ["unprefixed"]

_PREFIX = re.compile(
    r"^(?:"
    r"\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}Z (?:\d\d[OE][+ ]?)?"  # GitHub Actions, GitLab
    r"|[^\t\n]{1,200}\t[^\t\n]{1,200}\t(?=\ufeff?\d{4}-\d\d-\d\dT)"  # GitHub's command line: job and step
    r"|\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] "  # Jenkins
    r"|#\d{1,4} \d{1,6}\.\d{1,6} |#\d{1,4} (?=ERROR)"  # BuildKit
    r")"
)
_MOST = 3


def unprefixed(line: str) -> str:
    """The line as the program wrote it; the rest of it stays as it is."""
    for _ in range(_MOST):
        bare = _PREFIX.sub("", line, count=1)
        if bare == line:
            break
        line = bare
    return line
