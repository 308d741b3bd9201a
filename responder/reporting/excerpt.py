"""The part of a long quotation or line that a person reads: head, deepest cause, their own frame, trouble, tail."""

import re

from responder.patterns import lazy

__all__ = ["excerpt", "window"]

_HEAD, _TAIL, _AROUND = 8, 4, 3
_CAUSED_BY = lazy(r"^\s*(?:Caused by:|\[cause\]:|--- End of inner exception|During handling of the above)")
_FRAME = lazy(r"^\s*(?:File \"|at |from /|in /)")
_LIBRARY = lazy(
    r"site-packages|dist-packages|/lib/python|node_modules|node:internal|/gems/|<frozen "
    r"|\bat (?:java|javax|jdk|sun|kotlin|scala|org|com\.(?:sun|zaxxer|fasterxml|google)|io\.netty|System|Microsoft)\."
)
_TROUBLE = lazy(
    r"(?i)(?:error|exception|fatal|fail(?:ed|ure)?|cannot|could not|denied|refused|timed out|no such|not found|no space"
    r"|unknown|invalid|missing|mismatch)\b"
)
_PROGRESS = lazy(r"[^A-Za-z]{40,}")
"""What tools draw while they work; in a log it stands before what they say at last."""
_AFTER_TROUBLE = 40
"""Characters that shall follow the last word of trouble."""


def excerpt(text: str, *, max_lines: int = 24) -> str:
    """The whole text when it is short, else its telling lines with markers for what was left out.

    Which frame is the user's own is a guess by well-known library paths; a wrong guess shows one frame too many.
    """
    lines = text.split("\n")
    if len(lines) <= max_lines:
        return text
    shown = {*range(min(_HEAD, len(lines))), *range(max(0, len(lines) - _TAIL), len(lines))}
    for start in (_last(lines, _CAUSED_BY), _own_frame(lines)):
        if start is not None:
            shown.update(range(start, min(start + _AROUND, len(lines))))
    return "\n".join(_with_gaps(lines, sorted(shown)))


def _last(lines: list[str], pattern: re.Pattern[str]) -> int | None:
    return next((number for number in range(len(lines) - 1, -1, -1) if pattern.match(lines[number])), None)


def _own_frame(lines: list[str]) -> int | None:
    """The first frame outside the libraries after the deepest cause."""
    start = _last(lines, _CAUSED_BY) or 0
    frames = (number for number in range(start, len(lines)) if _FRAME.match(lines[number]))
    return next((number for number in frames if not _LIBRARY.search(lines[number])), None)


def _with_gaps(lines: list[str], shown: list[int]) -> list[str]:
    kept: list[str] = []
    last = -1
    for number in shown:
        if number > last + 1:
            kept.append(f"[... {number - last - 1} lines left out ...]")
        kept.append(lines[number])
        last = number
    return kept


def window(line: str, width: int) -> str:
    """At most `width` characters of a line: its beginning, unless that draws progress or its trouble stands beyond."""
    if len(line) <= width:
        return line
    drawn = _PROGRESS.match(line)
    if drawn and drawn.end() < len(line):
        return f"\u2026{window(line[drawn.end() :], width - 1)}"
    last = max((match.start() for match in _TROUBLE.finditer(line)), default=0)
    if last < width - _AFTER_TROUBLE:
        return f"{line[: width - 1]}\u2026"
    start = max(0, min(last - width // 3, len(line) - width + 1))
    end = "\u2026" if start + width - 1 < len(line) else ""
    return f"\u2026{line[start : start + width - 1 - len(end)]}{end}"
