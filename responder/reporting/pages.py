"""The templates, and the programs that Jinja makes of them.

Making them takes longer than filling them in, and than triage of a small log. So `templates/programs.json`, which
`make rules` writes, holds them as Python. It states what each was made from: of a template that has changed since, and
for another Jinja, the program is made anew.
"""

import hashlib
import sys
from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from responder.reporting import wording
from responder.reporting.colophon import about_run, healthy_lines
from responder.reporting.model import Report
from responder.reporting.narrative import first_screen, ruled_out, title
from responder.reporting.proof import claims, decisive, looked_around
from responder.reporting.retrospect import retrospect
from responder.shipped import shipped

__all__ = ["environment", "told_by_all", "written"]

_TEMPLATES = shipped("reporting/templates")
_PROGRAMS = "programs.json"


class _Program(msgspec.Struct, frozen=True):
    sha256: str
    """Of the template and what made a program of it."""
    code: str


class _Loader(jinja2.FileSystemLoader):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder = folder

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - as Jinja calls it
    ) -> jinja2.Template:
        source, filename, current = self.get_source(environment, name)
        known = _programs(self._folder).get(name)
        if known is None or known.sha256 != _digest(environment, source):
            return super().load(environment, name, globals)
        code = compile(known.code, filename, "exec")
        return environment.template_class.from_code(environment, code, {} if globals is None else globals, current)


def environment(*, autoescape: bool, folder: Path = _TEMPLATES) -> jinja2.Environment:
    """What renders the templates of this package; the filters they need are the caller's to add.

    Args:
        autoescape: Whether text becomes HTML by being escaped.
        folder: Another one that holds templates, and a `programs.json`.
    """
    return jinja2.Environment(
        loader=_Loader(folder),
        autoescape=autoescape,  # noqa: S701 - off for Markdown, where every value passes through a filter that fences it
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def told_by_all(report: Report) -> dict[str, object]:
    """What every document tells, by the names that the templates have for it."""
    return {
        "report": report,
        "title": title(report),
        "first": first_screen(report),
        "retrospect": retrospect(report),
        "healthy": healthy_lines(report),
        "run": about_run(report),
        "ruled_out": ruled_out(report),
        "claims": claims(report),
        "decisive": decisive(report),
        "looked_around": looked_around(report),
        "day_note": wording.day_note([entry.timestamp for entry in report.timeline]),
    }


def written() -> bytes:
    """The text of `programs.json`."""
    from responder.reporting import html, markdown

    lines = []
    for path in sorted(_TEMPLATES.glob("*.j2")):
        made_by = (html if ".html" in path.suffixes else markdown).environment()
        source = path.read_text("utf-8")
        program = _Program(_digest(made_by, source), made_by.compile(source, path.name, path.name, raw=True))
        lines.append(msgspec.json.encode(path.name) + b": " + msgspec.json.encode(program))
    return b"{\n" + b",\n".join(lines) + b"\n}\n"


@cache
def _programs(folder: Path) -> dict[str, _Program]:
    try:
        return msgspec.json.decode((folder / _PROGRAMS).read_bytes(), type=dict[str, _Program])
    except (OSError, msgspec.DecodeError):
        return {}


def _digest(made_by: jinja2.Environment, source: str) -> str:
    return hashlib.sha256(f"{jinja2.__version__} {made_by.autoescape}\n{source}".encode()).hexdigest()


if __name__ == "__main__":
    sys.stdout.buffer.write(written())
