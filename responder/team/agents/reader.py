"""Pages of the staged evidence, with the line numbers of the originals.

AutoGen's own reader renders logs as Markdown tables, has no line numbers and searches with a regular expression that
the model writes. This one opens only files of the staged folder, finds literal text, and says when it found nothing.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

from responder.staging.interface import Staged, StagedFile
from responder.team.agents.pages import Page, cut_line, file_name

__all__ = ["StagedReader"]

_PAGE_LINES = 60
_PAGE_CHARACTERS = 8_000
_HITS = 20
_MOST_FILES = 200


class StagedReader:
    """A cursor over the staged files; every call gives a page, an unknown name or an empty search included."""

    def __init__(self, staged: Staged) -> None:
        self._staged = staged
        self._files = {file.path: file for file in staged.files}
        self._open: StagedFile | None = None
        self._top = 1
        self._lines: dict[str, list[str]] = {}

    def list_files(self) -> Page:
        """List every file that can be opened."""
        rows = [
            f"{file_name(file)}  ({file.lines} lines{'' if file.complete else ', shown in part'})"
            for file in self._staged.files
        ]
        more = [f"... and {len(rows) - _MOST_FILES} more"] if len(rows) > _MOST_FILES else []
        return Page(f"{len(rows)} files can be opened:", "\n".join([*rows[:_MOST_FILES], *more]))

    def open(self, path: str, line: int = 1) -> Page:
        """Open a file with the original line `line` in the middle of the page."""
        file = self._find(path)
        if file is None:
            known = ", ".join(file_name(self._files[name]) for name in sorted(self._files)[:20])
            return Page(f"There is no file {path!r} in the evidence.", f"Files: {known}")
        self._open = file
        staged_line = file.staged_line(max(1, line))
        if staged_line is None:
            self._top = 1
            return Page(f"{file_name(file)} has {file.lines} lines; line {line} is not in the staged part.")
        self._top = max(1, staged_line - _PAGE_LINES // 3)
        return self._page()

    def next_page(self) -> Page:
        """Go one page down."""
        return self._turn(+_PAGE_LINES)

    def previous_page(self) -> Page:
        """Go one page up."""
        return self._turn(-_PAGE_LINES)

    def find(self, text: str, path: str = "") -> Page:
        """Find literal text, ignoring case, in one file or in all of them."""
        if not text.strip():
            return Page("Nothing was searched: the text to find is empty.")
        file = self._find(path) if path else None
        if path and file is None:
            return Page(f"There is no file {path!r} in the evidence.")
        hits: list[str] = []
        total = 0
        for candidate in [file] if file else self._staged.files:
            for number, line in enumerate(self.lines(candidate), 1):
                original = candidate.original_line(number)
                if original is not None and text.lower() in line.lower():
                    total += 1
                    if len(hits) < _HITS:
                        hits.append(f"{file_name(candidate)}:{original}: {cut_line(line)}")
        where = file_name(file) if file else "all files"
        shown = f", the first {_HITS} are shown" if total > _HITS else ""
        return Page(f"{total} lines of {where} contain {text!r}{shown}.", "\n".join(hits))

    def line(self, path: str, number: int) -> str | None:
        """Return one original line as it was staged; None when it was not staged."""
        file = self._find(path)
        staged_line = file.staged_line(number) if file else None
        if file is None or staged_line is None:
            return None
        lines = self.lines(file)
        return lines[staged_line - 1] if staged_line <= len(lines) else None

    def _turn(self, by: int) -> Page:
        if self._open is None:
            return Page("No file is open; open one first.")
        last = max(1, len(self.lines(self._open)))
        wanted = self._top + by
        if wanted > last:
            return Page(f"This was the last page of {file_name(self._open)}.")
        self._top = max(1, wanted)
        return self._page()

    def _page(self) -> Page:
        assert self._open is not None  # noqa: S101 - both callers opened a file
        lines = self.lines(self._open)
        shown: list[str] = []
        rows: dict[int, str] = {}
        size = 0
        for number in range(self._top, min(self._top + _PAGE_LINES, len(lines) + 1)):
            original = self._open.original_line(number)
            text = cut_line(lines[number - 1])
            row = f"{original if original is not None else '...':>7} | {text}"
            size += len(row) + 1
            if size > _PAGE_CHARACTERS:
                break
            shown.append(row)
            if original is not None:
                rows[original] = text
        heading = f"{file_name(self._open)}, {self._open.lines} lines, from staged line {self._top}:"
        return Page(heading, "\n".join(shown), self._open.path, rows)

    def lines(self, file: StagedFile) -> Sequence[str]:
        """Return the staged lines of a file, read once."""
        if file.name not in self._lines:
            text = (self._staged.root / file.name).read_bytes().decode("utf-8", "replace")
            self._lines[file.name] = text.removesuffix("\n").split("\n")
        return self._lines[file.name]

    def _find(self, path: str) -> StagedFile | None:
        wanted = path.strip().removeprefix("/evidence/").removeprefix("./")
        if wanted in self._files:
            return self._files[wanted]
        for file in self._staged.files:
            if wanted == file.name:
                return file
        same_name = [file for file in self._staged.files if PurePosixPath(file.path).name == PurePosixPath(wanted).name]
        return same_name[0] if len(same_name) == 1 else None
