"""The lines that are alike but for their numbers and names: one log template, wherever in the evidence it occurs."""

from collections import Counter, deque
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from responder.team.agents.pages import Page, cut_line, file_name
from responder.team.agents.reader import StagedReader
from responder.team.case import Case
from responder.triage.lines import clean
from responder.triage.parsing import Parser
from responder.triage.templates import mask, needle_in

__all__ = ["TemplateReader"]

_FIRST, _LAST = 12, 8
"""Lines shown of one template: where it begins, and where it ends."""
_MOST_FILES = 8
_MOST_COMPARED = 50_000
"""Lines compared in one search, of those that a literal search lets through."""


class _Template(Struct, frozen=True):
    text: str
    needle: str


class TemplateReader:
    """Finds the lines of one template.

    The template of a piece of evidence goes by the number of that evidence, `T3` for `E3`; any other line by its
    place, `path:line`.
    """

    def __init__(self, case: Case, reader: StagedReader) -> None:
        self._evidence = {item.id: item.span for item in case.explanation.evidence}
        self._files = case.staged.files
        self._reader = reader

    @cached_property
    def _parser(self) -> Parser:
        return Parser()

    def page(self, wanted: str) -> Page:
        """Show the first and the last lines of a template, and how many there are in each file."""
        template = self._template(wanted.strip())
        if template is None:
            known = ", ".join(f"T{key[1:]}" for key in self._evidence)
            return Page(f"There is no template {wanted!r}; give path:line, or one of {known or 'none'}.")
        if not template.text:
            return Page("That line is empty, so there is nothing to be like it.")
        first: list[str] = []
        last: deque[str] = deque(maxlen=_LAST)
        counts: Counter[str] = Counter()
        for name, original, line in self._lines_like(template):
            counts[name] += 1
            shown = first if len(first) < _FIRST else last
            shown.append(f"{name}:{original}: {cut_line(line)}")
        left_out = counts.total() - len(first) - len(last)
        places = "; ".join(f"{name}: {count}" for name, count in counts.most_common(_MOST_FILES))
        heading = f"{counts.total()} lines are like {cut_line(template.text)} ({places})."
        return Page(heading, "\n".join([*first, *([f"... {left_out} more ..."] if left_out else []), *last]))

    def _template(self, wanted: str) -> _Template | None:
        path, _, number = wanted.rpartition(":")
        if wanted[:1].upper() in ("T", "E") and wanted[1:].isascii() and wanted[1:].isdecimal():
            span = next((span for key, span in self._evidence.items() if key == f"E{wanted[1:]}"), None)
            line = self._reader.line(span.path, span.line) if span else None
        elif path and number.isascii() and number.isdecimal():
            line = self._reader.line(path, int(number[:9]))
        else:
            line = None
        if line is None:
            return None
        message = self._parser.parse(clean(line.encode())).message
        return _Template(mask(message), needle_in(message, line))

    def _lines_like(self, template: _Template) -> Iterator[tuple[str, int, str]]:
        compared = 0
        for file in self._files:
            for number, line in enumerate(self._reader.lines(file), 1):
                if template.needle not in line or compared == _MOST_COMPARED:
                    continue
                compared += 1
                original = file.original_line(number)
                message = self._parser.parse(clean(line.encode())).message
                if original is not None and mask(message) == template.text:
                    yield file_name(file), original, line
