"""Settings that a unified difference changes: a line taken out and a line put in that set the same name."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from responder.patterns import lazy
from responder.triage.components import component_of_path
from responder.triage.signals.content import Content
from responder.triage.timestamps import parse_stamp

__all__ = ["Setting", "looks_like_diff", "settings_of"]

_START = lazy(r"\A(?:[^\n]{0,400}\n){0,60}?(?:diff --git [^\n]+|--- [^\n]+\n\+\+\+ [^\n]+\n@@ )", re.MULTILINE)
_NEW_FILE = lazy(r"^\+\+\+ (?:b/)?(?P<path>[^\t\n]+?)(?:\t(?P<at>.+))?$")
_PAIR = lazy(
    r"""^(?P<sign>[+-])\s*(?:-\s+)?(?:export\s+)?["']?(?P<key>[A-Za-z_][\w./-]{0,100})["']?\s*[:=]\s*["']?(?P<value>[^"'\n]{1,200}?)["']?[,;]?\s*$"""
)
_NAMED = lazy(r"^(?P<sign>[+ -])\s*(?:-\s+)?name:\s*[\"']?(?P<name>[\w./-]{1,100})")
_GENERAL = frozenset({"values", "config", "configuration", "settings", "application", "deployment", "kustomization"})
_MOST = 500


class Setting(Struct, frozen=True):
    """One setting that got another value."""

    line: int
    """Where the new value stands."""
    component: str | None
    file: str
    name: str
    old: str
    new: str
    at: datetime | None
    """When the file was written, where the difference says so."""


def looks_like_diff(head: str) -> bool:
    """Whether a text is a unified difference, after a commit's message at most."""
    return bool(_START.match(head))


def settings_of(content: Content) -> list[Setting]:
    """The changed settings of a text, in the order of its lines."""
    found: list[Setting] = []
    file, at = "", None
    taken: dict[str, str] = {}
    named = ""
    for number, raw in enumerate(content.lines, 1):
        text = raw[:1000].decode(errors="replace").rstrip("\r")
        if header := _NEW_FILE.match(text):
            file, at, taken, named = header["path"].strip(), _moment(header["at"] or ""), {}, ""
        elif text.startswith(("@@", "--- ", "diff ")):
            taken, named = {}, ""
        elif listed := _NAMED.match(text):
            named = listed["name"]
        elif match := _PAIR.match(text):
            # Of a list of names and values, as environments are written, the name stands on the line above.
            key = named if match["key"] == "value" and named else match["key"]
            if match["sign"] == "-":
                taken[key] = match["value"].strip()
            elif key in taken and (old := taken.pop(key)) != match["value"].strip():
                found.append(Setting(number, _component(file), file, key, old, match["value"].strip(), at))
                if len(found) == _MOST:
                    break
    return found


def _component(path: str) -> str | None:
    """Whose file it is: by the file's name, else by the nearest folder that is not called after what all have."""
    for part in reversed(list(_parts(path))):
        name = component_of_path(re.sub(r"\.(?:ya?ml|toml|ini|conf|cfg|env|properties|tpl|tf|hcl)$", "", part))
        if name and name.lower() not in _GENERAL:
            return name
    return None


def _parts(path: str) -> Iterator[str]:
    yield from (part for part in path.split("/") if part not in ("", ".", ".."))


def _moment(text: str) -> datetime | None:
    stamp = parse_stamp(text) if text else None
    return datetime.fromtimestamp(stamp.seconds, UTC) if stamp and stamp.dated else None
