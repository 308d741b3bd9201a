"""The telling lines of a failure as a comment quotes them: few, each as it stands, long ones by their telling part."""

import re

from responder.ci.prefixes import own_lines, unprefixed
from responder.reporting.excerpt import excerpt

__all__ = ["quotation"]

_QUOTED_LINES, _QUOTED_CHARS = 6, 180
_LEAD_CHARS = 300
"""Of the line that is read first, more is shown: compilers and package managers say why at its end."""
_TROUBLE = re.compile(
    r"(?i)(?:error|exception|fatal|fail(?:ed|ure)?|cannot|could not|denied|refused|timed out|no such|not found|no space"
    r"|unknown|invalid|missing|mismatch)\b"
)
_RULED = re.compile(r"\s*(?:\[\w{1,10}\]\s*)?[-=_*~]*\s*")
"""A line that draws a line; at the end of a quotation it says nothing."""
_COMMAND = re.compile(r"(?i)#(?=#(?:vso|teamcity)\[)|^\s*:(?=:)")
"""What a runner would obey, should a step print the comment; what merely colours a line stays as it stands."""
_PROGRESS = re.compile(r"[^A-Za-z]{40,}")
"""What tools draw while they work; in a log it stands before what they say at last."""
_AFTER_TROUBLE = 40
"""Characters that shall follow the last word of trouble."""


def quotation(text: str, read: int) -> str:
    """The telling lines, each as it stands but for the runner's clock; of a long one the part that tells most.

    Args:
        text: The quoted lines.
        read: Which of them is to be read first.
    """
    text, read = own_lines(text, read)
    lines = text.split("\n")
    lead = unprefixed(lines[min(read, len(lines) - 1)])
    shown = excerpt(text, max_lines=_QUOTED_LINES).split("\n")
    if len(shown) > _QUOTED_LINES:
        start = max(0, min(read - 1, len(lines) - _QUOTED_LINES))
        shown = lines[start : start + _QUOTED_LINES]
    bare_lines = [unprefixed(line) for line in shown]
    while len(bare_lines) > 1 and _RULED.fullmatch(bare_lines[-1]):
        bare_lines.pop()
    windows = (_window(line, _LEAD_CHARS if line == lead else _QUOTED_CHARS) for line in bare_lines)
    return "\n".join(_COMMAND.sub(r"\g<0> ", line) for line in windows)


def _window(line: str, width: int) -> str:
    """The beginning of a long line, unless it draws progress or its last word of trouble stands beyond."""
    if len(line) <= width:
        return line
    drawn = _PROGRESS.match(line)
    if drawn and drawn.end() < len(line):
        return f"\u2026{_window(line[drawn.end() :], width - 1)}"
    last = max((match.start() for match in _TROUBLE.finditer(line)), default=0)
    if last < width - _AFTER_TROUBLE:
        return f"{line[: width - 1]}\u2026"
    start = max(0, min(last - width // 3, len(line) - width + 1))
    end = "\u2026" if start + width - 1 < len(line) else ""
    return f"\u2026{line[start : start + width - 1 - len(end)]}{end}"
