"""What every reading tool answers with: a heading and bounded rows, whatever was asked."""

from collections.abc import Mapping

from msgspec import Struct, field

from responder.safety.sanitise import sanitise
from responder.staging.interface import StagedFile

__all__ = ["Page", "cut_line", "file_name"]

_LINE_CHARACTERS = 600


class Page(Struct, frozen=True):
    """A heading that says where it is from, and rows."""

    heading: str
    body: str = ""
    path: str = ""
    """Of the file that is shown; empty when no page of a file is."""
    rows: Mapping[int, str] = field(default_factory=dict)
    """Its shown lines by their numbers in the original."""

    def __str__(self) -> str:
        return f"{self.heading}\n{self.body}" if self.body else self.heading


def file_name(file: StagedFile) -> str:
    """One line: a file may be called whatever its author wanted, a page of lines included."""
    return " ".join(sanitise(file.path).split())


def cut_line(line: str) -> str:
    """The beginning of a line, and how long it is."""
    return line if len(line) <= _LINE_CHARACTERS else f"{line[:_LINE_CHARACTERS]} ...[{len(line)} characters]"
