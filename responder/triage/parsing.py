"""A line to its parts: when, how bad, who, what. The formats themselves are data; see `responder.triage.format`.

Wrappers (what a container runtime or a CI service puts around a line) are peeled first, then the first record format
that matches gives the rest.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from responder.triage.format import HEADLESS, Format, Parsed, packaged_formats
from responder.triage.interface import Level
from responder.triage.levels import level_in, level_named
from responder.triage.timestamps import STAMP_NAMES, stamp_end
from responder.triage.topics import ANY, HEADER, LEVEL

__all__ = ["Parser"]

_LAYERS = 3
_UNKNOWN = Level.UNKNOWN
_STAMP_INITIALS = frozenset(name[0] for name in STAMP_NAMES)
_PLAIN = bytes(
    ord("0") if chr(byte).isdecimal() and byte < 128 else byte if byte in b"-/:.T ,Z" else ord("a")
    for byte in range(256)
)
"""Of the beginning of a line what a moment is made of; all else is one letter."""
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
        self._tried = [_Tried(item) for item in formats]
        self._by_head: dict[tuple[str, bytes], tuple[_Begun, _Begun]] = {}
        self.headers = tuple(dict.fromkeys(item.needs.lower() for item in formats if item.told_by_words))
        """In lower case: what tells formats that nothing else tells."""

    def parse(self, text: str, *, topics: int = ANY) -> Parsed:
        """The parts of a line; whatever matches no format is a message without a header.

        Args:
            text: The line.
            topics: What it may be about.
        """
        header, level = bool(topics & HEADER), topics & LEVEL
        around, who, decoded = "", None, False
        wrapped: tuple[str, ...] = ()
        may_be = self._begun(text, header)
        while may_be.wrappers and len(wrapped) < _LAYERS and (layer := _peeled(text, may_be.wrappers)):
            name, text, stamp, component, written = layer
            around, who, wrapped = around or stamp, who or component, (*wrapped, name)
            decoded = decoded or written
            header = header or decoded
            may_be = self._begun(text, header)
        parsed = _parsed(text, may_be.records) or (_generic(text) if may_be.moment else None)
        if parsed is None:
            stated = level_in(text) if level or decoded else _UNKNOWN
            return Parsed(text, HEADLESS, around, stated, who, wrapped=wrapped, decoded=decoded)
        decoded = decoded or parsed.decoded
        stated = parsed.level or (level_in(parsed.message) if level or decoded else _UNKNOWN)
        if not wrapped:
            return parsed if stated is parsed.level else replace(parsed, level=stated)
        return Parsed(
            parsed.message,
            parsed.format,
            _clock(parsed.stamp, around),
            stated,
            parsed.component or who,
            parsed.component_kind,
            wrapped,
            decoded,
        )

    def _begun(self, text: str, header: bool) -> "_Begun":
        # Each line of each log comes through here, and most formats turn it away: no call that is not needed.
        first = text[:1]
        digits = b""
        if first.isdecimal():
            # Half the time of a `str` that is translated. No digits are placed behind what is no part of a moment.
            digits, cut, _ = text[1:_HEAD].encode(errors="replace").translate(_PLAIN).partition(b"a")
            digits += cut
        known = self._by_head.get((first, digits))
        if known is None:
            tried = [item for item in self._tried if item.may_begin(first + digits.decode())]
            moment = first.isdigit() or first in _STAMP_INITIALS or _GENERIC_LEAD.fullmatch(first) is not None
            wordless = [item for item in tried if not item.format.told_by_words]
            known = _Begun.of(wordless, moment), _Begun.of(tried, moment)
            if len(self._by_head) < _HEADS:
                self._by_head[first, digits] = known
        return known[header]


def _clock(own: str, around: str) -> str:
    """Of two clocks in a line the program's own, unless it names no zone and the wrapper's does."""
    if own and around:
        return around if _ZONED.search(around) and not _ZONED.search(own) else own
    return own or around


class _Tried:
    """A format among those that a line may be in; compiled when a line first gets so far."""

    __slots__ = ("format", "match", "needs", "placed")

    def __init__(self, item: Format) -> None:
        self.format = item
        self.needs = item.needs
        self.placed: re.Pattern[str] | None = None
        self.match: Callable[[str], re.Match[str] | None] | None = None

    def compile(self) -> Callable[[str], re.Match[str] | None]:
        self.match = self.format.matcher()
        return self.match

    def may_begin(self, head: str) -> bool:
        """False when no line of this format begins so.

        Args:
            head: The first character of a line; of one that begins with a digit what follows up to the first character
                that is no part of a moment, and that one as `a`; other digits are written as 0.
        """
        first, starts = head[:1], self.format.starts
        if starts and not (first and first in starts):
            return False
        if self.placed is None:
            self.placed = re.compile(_placed_digits(self.format.pattern or ""))
        return len(head) < 2 or self.placed.match(head) is not None


def _placed_digits(pattern: str) -> str:
    """The beginning of a pattern, no wider than `_HEAD`, that is nothing but digits at their places."""
    found, width, at = "", 0, 0
    while (piece := _PLACED.match(pattern, at)) and width < _HEAD:
        at = piece.end()
        token = piece[1] or ""
        width += int(token[3]) if token.endswith("}") else bool(token)
        found += token if width <= _HEAD else ""
    return found


class _Begun(NamedTuple):
    """What a line may be that begins in a certain way, in table order."""

    wrappers: Sequence[_Tried]
    records: Sequence[_Tried]
    moment: bool
    """A moment may stand at its start."""

    @classmethod
    def of(cls, tried: Sequence[_Tried], moment: bool) -> "_Begun":
        wrappers = [item for item in tried if item.format.wrapper]
        return cls(wrappers, [item for item in tried if not item.format.wrapper], moment)


def _parsed(text: str, records: Sequence[_Tried]) -> Parsed | None:
    """The parts of a line, by the first format that it is in."""
    for item in records:
        if item.needs and item.needs not in text:
            continue
        if item.format.pattern is None:
            if parsed := item.format.parse(text):
                return parsed
        elif found := (item.match or item.compile())(text):
            return item.format.parsed(found)
    return None


def _peeled(text: str, wrappers: Sequence[_Tried]) -> tuple[str, str, str, str | None, bool] | None:
    """The first wrapper that a line is in: its name, what `Format.peeled` gives, and whether it is JSON."""
    for item in wrappers:
        if item.needs and item.needs not in text:
            continue
        if item.format.pattern is None:
            if parsed := item.format.parse(text):
                return item.format.name, parsed.message, parsed.stamp, parsed.component, True
        elif found := (item.match or item.compile())(text):
            return item.format.name, *item.format.peeled(found), False
    return None


def _generic(text: str) -> Parsed | None:
    """A header no format file knows: a moment at the very start, then perhaps a level and a name in brackets."""
    first, start = text[:1], 0
    if not first.isalnum():
        lead = _GENERIC_LEAD.match(text)
        start = lead.end() if lead else 0
        first = text[start : start + 1]
    if not (first.isdigit() or text[start : start + 3] in STAMP_NAMES):
        return None
    end = stamp_end(text, start)
    if end is None:
        return None
    rest = _GENERIC_LEVEL.match(text, end)
    if rest:
        level, component, at = level_named(rest["level"]), rest["component"], rest.end()
    else:
        level, component, at = _UNKNOWN, None, end
    return Parsed(text[at:].lstrip("]) \t:-|,"), "timestamped", text[start:end], level, component)
