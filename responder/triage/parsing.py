"""A line to its parts: when, how bad, who, what. The formats themselves are data; see `responder.triage.format`.

Wrappers (what a container runtime or a CI service puts around a line) are peeled first, then the first record format
that matches gives the rest.
"""

import re
from collections.abc import Callable, Sequence

from responder.triage.format import Format, Parsed, packaged_formats
from responder.triage.interface import Level
from responder.triage.levels import level_in, level_named
from responder.triage.timestamps import STAMP_LETTERS, stamp_end

__all__ = ["Parser"]

_LAYERS = 3
_AS_ZERO = str.maketrans("123456789", "0" * 9)
_HEAD = 20
_HEADS = 5_000
"""Beginnings of lines remembered."""
_PLACED = re.compile(r"\^(?:\(\?P<ts>)?|(\\d(?:\{\d\})?|\\\.|[-/:T ,Z]|\[T \])(?![*+?{])")
"""The pieces of a pattern, from its beginning on, that say only where digits stand."""
_ZONED = re.compile(r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d)$")
_GENERIC_LEAD = re.compile(r"[\[(<\"'\s]{0,3}")
_GENERIC_LEVEL = re.compile(
    r"[\])>\s|:,-]{0,6}[\[<(]?(?P<level>TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|FATAL|CRITICAL|PANIC)\b[\])>]?"
    r"[\s:|-]{0,4}(?:\[(?P<component>[A-Za-z][\w.:/-]{1,60})\] ?[:-]? ?)?"
)


class Parser:
    """Parses one line at a time and remembers nothing, so a line means the same wherever its file is split."""

    def __init__(self, formats: Sequence[Format] | None = None) -> None:
        formats = packaged_formats() if formats is None else formats
        self._wrappers = _Dispatch([item for item in formats if item.wrapper])
        self._records = _Dispatch([item for item in formats if not item.wrapper])

    def parse(self, text: str) -> Parsed:
        """The parts of a line; whatever matches no format is a message without a header."""
        around, who, wrapped = "", None, tuple[str, ...]()
        while len(wrapped) < _LAYERS and (layer := self._wrappers.first_match(text)):
            text = layer.message
            around, who, wrapped = around or layer.stamp, who or layer.component, (*wrapped, layer.format)
        parsed = self._records.first_match(text) or _generic(text)
        level = parsed.level or level_in(parsed.message)
        if not wrapped:
            return parsed if level is parsed.level else parsed._replace(level=level)
        return Parsed(
            parsed.message,
            parsed.format,
            _clock(parsed.stamp, around),
            level,
            parsed.component or who,
            parsed.component_kind,
            wrapped,
        )


def _clock(own: str, around: str) -> str:
    """Of two clocks in a line the program's own, unless it names no zone and the wrapper's does."""
    if own and around:
        return around if _ZONED.search(around) and not _ZONED.search(own) else own
    return own or around


class _Tried:
    """A format among those that a line may be in; compiled when a line first gets so far."""

    __slots__ = ("format", "match", "needs")

    def __init__(self, item: Format) -> None:
        self.format = item
        self.needs = item.needs
        self.match: Callable[[str], re.Match[str] | None] | None = None

    def compile(self) -> Callable[[str], re.Match[str] | None]:
        self.match = self.format.matcher()
        return self.match

    def may_begin(self, head: str) -> bool:
        """False when no line of this format begins so.

        Args:
            head: The first character of a line; of one that begins with a digit some more, other digits written as 0.
        """
        first, starts = head[:1], self.format.starts
        if starts and not (first and first in starts):
            return False
        return len(head) < 2 or re.match(_placed_digits(self.format.pattern or ""), head) is not None


def _placed_digits(pattern: str) -> str:
    """The beginning of a pattern, no wider than `_HEAD`, that is nothing but digits at their places."""
    found, width, at = "", 0, 0
    while (piece := _PLACED.match(pattern, at)) and width < _HEAD:
        at = piece.end()
        token = piece[1] or ""
        width += int(token[3]) if token.endswith("}") else bool(token)
        found += token if width <= _HEAD else ""
    return found


class _Dispatch:
    """Formats by how a line begins, in table order."""

    def __init__(self, formats: Sequence[Format]) -> None:
        self._tried = [_Tried(item) for item in formats]
        self._by_head: dict[str, list[_Tried]] = {}

    def first_match(self, text: str) -> Parsed | None:
        # Each line of each log comes through here, and most formats turn it away: no call that is not needed.
        head = text[:1]
        if head.isdecimal():
            head += text[1:_HEAD].translate(_AS_ZERO)
        tried = self._by_head.get(head)
        if tried is None:
            tried = [item for item in self._tried if item.may_begin(head)]
            if len(self._by_head) < _HEADS:
                self._by_head[head] = tried
        for item in tried:
            if item.needs and item.needs not in text:
                continue
            if item.format.pattern is None:
                if parsed := item.format.parse(text):
                    return parsed
            elif found := (item.match or item.compile())(text):
                return item.format.parsed(found)
        return None


def _generic(text: str) -> Parsed:
    """A header no format file knows: a moment at the very start, then perhaps a level and a name in brackets."""
    first, start = text[:1], 0
    if not first.isalnum():
        lead = _GENERIC_LEAD.match(text)
        start = lead.end() if lead else 0
        first = text[start : start + 1]
    if not (first.isdigit() or (first and first in STAMP_LETTERS)):
        return Parsed(text)
    end = stamp_end(text, start)
    if end is None:
        return Parsed(text)
    rest = _GENERIC_LEVEL.match(text, end)
    if rest:
        level, component, at = level_named(rest["level"]), rest["component"], rest.end()
    else:
        level, component, at = Level.UNKNOWN, None, end
    return Parsed(text[at:].lstrip("]) \t:-|,"), "timestamped", text[start:end], level, component)
