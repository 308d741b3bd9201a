"""A line to its parts: when, how bad, who, what. The formats themselves are data in `formats/*.toml`.

Wrappers (what a container runtime or a CI service puts around a line) are peeled first, then the first record format
that matches gives the rest. Every pattern is anchored at the start and has bounded or single-character repeats, so
matching takes time linear in the line.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from responder.incident import ComponentKind
from responder.triage.interface import Level
from responder.triage.levels import level_in, level_named
from responder.triage.timestamps import STAMP_LETTERS, stamp_end

__all__ = ["HEADLESS", "Format", "Parsed", "Parser", "packaged_formats"]

HEADLESS = "text"
"""The format of a line that has no header."""

_ORDER = ("wrappers", "structured", "lines")
_LAYERS = 3
_REST_LIMIT = 1500
_JSON_LIMIT = 64_000
_AS_ZERO = str.maketrans("123456789", "0" * 9)
_HEAD = 20
_HEADS = 5_000
"""Beginnings of lines remembered."""
_PLACED = re.compile(r"\^(?:\(\?P<ts>)?|(\\d(?:\{\d\})?|\\\.|[-/:T ,Z]|\[T \])(?![*+?{])")
"""The pieces of a pattern, from its beginning on, that say only where digits stand."""
_OWNER = re.compile(r"(?:^|\s)(?:service|app|application|component)=\"?(?P<name>[A-Za-z][\w.-]{1,60})\"?(?=\s|$)")
_ZONED = re.compile(r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d)$")
_GENERIC_LEAD = re.compile(r"[\[(<\"'\s]{0,3}")
_GENERIC_LEVEL = re.compile(
    r"[\])>\s|:,-]{0,6}[\[<(]?(?P<level>TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|FATAL|CRITICAL|PANIC)\b[\])>]?"
    r"[\s:|-]{0,4}(?:\[(?P<component>[A-Za-z][\w.:/-]{1,60})\] ?[:-]? ?)?"
)


class Parsed(NamedTuple):
    """The parts of one line; a tuple, which is made four times as fast as a frozen dataclass, thrice a line."""

    message: str
    format: str = HEADLESS
    stamp: str = ""
    """The moment as it stands in the line; empty when there is none."""
    level: Level = Level.UNKNOWN
    component: str | None = None
    component_kind: ComponentKind = ComponentKind.UNKNOWN
    wrapped: tuple[str, ...] = ()
    """Names of the wrappers that were peeled off, outermost first."""

    @property
    def starts_record(self) -> bool:
        """True when the program's own line has a header, so that it cannot continue the line before."""
        return self.format != HEADLESS


@dataclass(frozen=True, slots=True)
class Format:
    """One log format, as a data file states it."""

    name: str
    pattern: str | None
    """For all others: a regular expression; compiled when a line first begins as one of this format may."""
    keys: Mapping[str, tuple[str, ...]]
    """For JSON: which keys may hold `ts`, `level`, `component`, `msg`."""
    starts: str = ""
    """The characters a line of this format can begin with; empty for any."""
    needs: str = ""
    """What every line of this format holds somewhere: most lines are turned away by a plain search for it."""
    wrapper: bool = False
    levels: Mapping[str, str] = field(default_factory=dict)
    component: str | None = None
    component_kind: ComponentKind = ComponentKind.UNKNOWN
    samples: tuple[Mapping[str, str], ...] = ()

    def parse(self, text: str) -> Parsed | None:
        """The parts of a line in this format; None when it is not in it."""
        if self.pattern is None:
            return self._parse_json(text)
        match = _compiled(self.pattern).match(text)
        return None if match is None else self.parsed(match)

    def parsed(self, match: re.Match[str]) -> Parsed:
        """The parts of a line that the pattern matched."""
        groups = match.groupdict("")
        message, level = groups.get("msg", ""), Level.UNKNOWN
        if priority := groups.get("pri"):
            level = level_named(str(int(priority) % 8))
        elif name := groups.get("level"):
            level = level_named(self.levels.get(name[:1], name) if self.levels else name)
        who = groups.get("component") or self.component
        if who is None and self.name.startswith("logfmt"):
            # Who writes, when the fields of a line say so.
            owner = _OWNER.search(message)
            who = owner["name"] if owner else None
        return Parsed(message, self.name, groups.get("ts", ""), level, who, self.component_kind)

    def _parse_json(self, text: str) -> Parsed | None:
        if not text.startswith("{") or not text.rstrip().endswith("}") or len(text) > _JSON_LIMIT:
            return None
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            return None
        found = {part: _first(record, names) for part, names in self.keys.items()}
        if "msg" not in found or not found["msg"] or (self.wrapper and not found.get("ts")):
            return None
        if self.name == "journald-json" and not found["ts"]:
            return None
        return Parsed(
            message=found["msg"].rstrip("\n") + self._rest(record),
            format=self.name,
            stamp=found.get("ts", ""),
            level=level_named(found.get("level", "")),
            component=found.get("component") or None,
        )

    def _rest(self, record: Mapping[str, object]) -> str:
        """The other fields as ` key=value`: the reason of a failure often stands beside the message."""
        if self.wrapper:
            return ""
        used = {name for names in self.keys.values() for name in names}
        parts = []
        for name, value in record.items():
            inner = value.items() if isinstance(value, dict) else [("", value)]
            for key, field_value in inner:
                if name not in used and isinstance(field_value, str | int | float) and field_value != "":
                    parts.append(f" {name}.{key}={field_value}" if key else f" {name}={field_value}")
        return "".join(parts)[:_REST_LIMIT]


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def _first(record: Mapping[str, object], names: Sequence[str]) -> str:
    for name in names:
        value: object = record.get(name)
        if value is None and "." in name:
            value = record
            for part in name.split("."):
                value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


@cache
def packaged_formats() -> tuple[Format, ...]:
    """Every format this package ships, in the order they are tried."""
    folder = files("responder.triage") / "formats"
    tables = [
        entry for name in _ORDER for entry in tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))["format"]
    ]
    return tuple(_format(table) for table in tables)


def _format(table: Mapping[str, object]) -> Format:
    known = {
        "name",
        "starts",
        "needs",
        "wrapper",
        "pattern",
        "json",
        "levels",
        "component",
        "component_kind",
        "samples",
    }
    if unknown := set(table) - known:
        raise ValueError(f"format {table.get('name')!r} has unknown keys {sorted(unknown)}")
    pattern, keys = table.get("pattern"), table.get("json", {})
    if not isinstance(keys, dict):
        raise TypeError(f"format {table.get('name')!r}: json must be a table")
    return Format(
        name=str(table["name"]),
        pattern=str(pattern) if pattern else None,
        keys={part: tuple(str(names).split()) for part, names in keys.items()},
        starts=str(table.get("starts", "")),
        needs=str(table.get("needs", "")),
        wrapper=bool(table.get("wrapper", False)),
        levels=dict(table.get("levels", {})),  # type: ignore[call-overload]
        component=str(table["component"]) if "component" in table else None,
        component_kind=ComponentKind(str(table.get("component_kind", "unknown"))),
        samples=tuple(table.get("samples", ())),  # type: ignore[arg-type]
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
        self.match = _compiled(self.format.pattern or "").match
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
