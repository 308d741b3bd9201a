"""What the command line prints: results on stdout, everything else on stderr, nothing that can drive the terminal.

Text from evidence, models and errors goes through `inert` here, whoever wrote it, and is never read as markup: neither
the terminal nor a build server obeys any of it.
Colour appears on a terminal only, and never when `NO_COLOR` is set (rich sees to both).
"""

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from responder.errors import ResponderError
from responder.safety.runners import inert
from responder.safety.sanitise import sanitise

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["one_line", "print_table", "say", "say_error", "stderr_console", "stdout_console", "write_result"]


def stdout_console() -> "Console":
    """Where results go."""
    return _console(stderr=False)


def stderr_console() -> "Console":
    """Where progress, notes and errors go."""
    return _console(stderr=True)


def write_result(data: bytes | str) -> None:
    """Write a machine-readable result to stdout as it is, ending in one newline."""
    raw = data if isinstance(data, bytes) else data.encode()
    sys.stdout.flush()
    sys.stdout.buffer.write(raw if raw.endswith(b"\n") else raw + b"\n")
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """Print a note for the person at the keyboard."""
    sys.stderr.write(f"{inert(text)}\n")  # as rich would, without loading it: most runs say no more than this


def say_error(error: ResponderError) -> None:
    """Print what happened and what to do next."""
    from rich.text import Text

    message = Text.assemble(("error: ", "bold red"), inert(str(error)))
    stderr_console().print(message, soft_wrap=True)
    if error.hint:
        stderr_console().print(Text.assemble(("hint: ", "bold"), inert(error.hint)), soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table on stdout: boxed for a terminal, columns two spaces apart for a pipe."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    console = stdout_console()
    if not console.is_terminal:
        widths = [max(len(row[i]) for row in [list(columns), *cells]) for i in range(len(columns))]
        for row in [list(columns), *cells]:
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            console.print(line.rstrip(), soft_wrap=True)
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for name in columns:
        table.add_column(name, overflow="fold")  # a path or an image name is of use whole only
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def one_line(text: str) -> str:
    """Untrusted text as one safe line."""
    return inert(" ".join(sanitise(text).split()))


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)
