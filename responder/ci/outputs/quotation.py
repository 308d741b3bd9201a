"""The telling lines of a failure as a comment quotes them: few, each as it stands, long ones by their telling part."""

from responder.ci.prefixes import own_lines, unprefixed
from responder.patterns import lazy
from responder.reporting.excerpt import excerpt, window

__all__ = ["quotation"]

_QUOTED_LINES, _QUOTED_CHARS = 6, 180
_LEAD_CHARS = 300
"""Of the line that is read first, more is shown: compilers and package managers say why at its end."""
_RULED = lazy(r"\s*(?:\[\w{1,10}\]\s*)?[-=_*~]*\s*")
"""A line that draws a line; at the end of a quotation it says nothing."""
_COMMAND = lazy(r"(?i)#(?=#(?:vso|teamcity)\[)|^\s*:(?=:)")
"""What a runner would obey, should a step print the comment; what merely colours a line stays as it stands."""


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
    windows = (window(line, _LEAD_CHARS if line == lead else _QUOTED_CHARS) for line in bare_lines)
    return "\n".join(_COMMAND.sub(r"\g<0> ", line) for line in windows)
