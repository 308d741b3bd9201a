"""Log formats as the data files in `formats/*.toml` state them, and a line's parts as a format gives them.

Every pattern is anchored at the start and has bounded or single-character repeats, so matching takes time linear in the
line.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from msgspec import Struct, field

from responder.incident import ComponentKind
from responder.patterns import lazy
from responder.shipped import shipped_table
from responder.triage.interface import Level
from responder.triage.levels import level_named

__all__ = ["HEADLESS", "Format", "Parsed", "packaged_formats"]

HEADLESS = "text"
"""The format of a line that has no header."""

_ORDER = ("wrappers", "structured", "lines")
_REST_LIMIT = 1500
_JSON_LIMIT = 64_000
_OWNER = lazy(r"(?:^|\s)(?:service|app|application|component)=\"?(?P<name>[A-Za-z][\w.-]{1,60})\"?(?=\s|$)")


class Parsed(Struct, frozen=True, gc=False):
    """The parts of one line; made for every kind of line there is, so of the cheapest sort."""

    message: str
    format: str = HEADLESS
    stamp: str = ""
    """The moment as it stands in the line; empty when there is none."""
    level: Level = Level.UNKNOWN
    component: str | None = None
    component_kind: ComponentKind = ComponentKind.UNKNOWN
    wrapped: tuple[str, ...] = ()
    """Names of the wrappers that were peeled off, outermost first."""
    decoded: bool = False
    """The message is no part of the line as it stands, but was written in JSON."""

    @property
    def starts_record(self) -> bool:
        """True when the program's own line has a header, so that it cannot continue the line before."""
        return self.format != HEADLESS


class Format(Struct, frozen=True):
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

    @property
    def told_by_words(self) -> bool:
        """True when nothing but what it holds tells a line that may be in this format."""
        return bool(self.needs) and not self.starts

    def matcher(self) -> Callable[[str], re.Match[str] | None]:
        """Matches a line with the pattern."""
        return _compiled(self.pattern or "").match

    def peeled(self, match: re.Match[str]) -> tuple[str, str, str | None]:
        """Of a wrapped line that the pattern matched: what is wrapped, when it was written and who did."""
        groups = match.groupdict("")
        return groups["msg"], groups.get("ts", ""), groups.get("component") or None

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
        return Parsed(
            message=found["msg"].rstrip("\n") + self._rest(record),
            format=self.name,
            stamp=found.get("ts", ""),
            level=level_named(found.get("level", "")),
            component=found.get("component") or None,
            decoded=True,
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
    tables = [entry for name in _ORDER for entry in shipped_table(f"triage/formats/{name}.toml")["format"]]
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
