"""Writes one staged copy line by line and remembers which original line each of its lines is."""

from pathlib import Path
from types import TracebackType
from typing import Self

from responder.safety.interface import TextRedactor
from responder.staging.cleaning import LongLine, cleaned, opens_key
from responder.staging.interface import Segment

__all__ = ["CopyWriter"]

_RUN_BYTES = 1 << 20


class CopyWriter:
    """A new file that is filled with stretches of original lines, in order.

    Args:
        path: Must not exist.
        redactor: Takes the secrets out.

    Raises:
        OSError: The file cannot be created, or, from any method, written.
    """

    def __init__(self, path: Path, *, redactor: TextRedactor) -> None:
        self.bytes_written = 0
        self.segments: list[Segment] = []
        self._file = path.open("xb")
        self._redactor = redactor
        self._run: list[bytes] = []
        self._run_first = 1
        self._run_bytes = 0
        self._next = 1
        self._staged_next = 1
        self._inside_key = False

    def add(self, number: int, data: bytes, *, inside_key: bool = False) -> None:
        """Append an original line; one that does not follow the last is set off by a marker line.

        Args:
            number: Of the line; above every number added before.
            data: Its bytes without the newline.
            inside_key: Lines that were left out before it opened a PEM block; only heeded after a gap.
        """
        self._move_to(number, inside_key=inside_key)
        self._run.append(data)
        self._run_bytes += len(data) + 1
        self._next += 1
        if self._run_bytes >= _RUN_BYTES:
            self._flush()

    def add_block(self, data: bytes) -> None:
        """Append whole lines that follow the last one; only the last line of the file may lack its newline."""
        self._flush()
        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        text = cleaned(data, self._redactor, inside_key=self._inside_key)
        self._write(text if text.endswith("\n") else text + "\n", self._next, lines)
        self._inside_key = opens_key(data, before=self._inside_key)
        self._next += lines

    def add_long(self, number: int, line: LongLine, *, inside_key: bool = False) -> None:
        """Append a line of which only beginning and end were kept."""
        self._move_to(number, inside_key=inside_key)
        self._flush()
        self._write(line.text(self._redactor, inside_key=self._inside_key) + "\n", number, 1)
        self._inside_key = False
        self._next += 1
        self._run_first = self._next

    def finish(self, lines: int) -> None:
        """Write what is pending and, when lines are missing up to the last, a marker."""
        self._flush()
        if self._next <= lines:
            self._mark(self._next, lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _move_to(self, number: int, *, inside_key: bool) -> None:
        if number != self._next:
            self._flush()
            self._mark(self._next, number - 1)
            self._next = number
            self._inside_key = inside_key
        if not self._run:
            self._run_first = number

    def _flush(self) -> None:
        if self._run:
            data = b"\n".join([*self._run, b""])
            self._write(cleaned(data, self._redactor, inside_key=self._inside_key), self._run_first, len(self._run))
            self._inside_key = opens_key(data, before=self._inside_key)
            self._run, self._run_bytes = [], 0

    def _write(self, text: str, first: int, count: int) -> None:
        self._put(text)
        last = self.segments[-1] if self.segments else None
        if last and last.original_start + last.count == first and last.staged_start + last.count == self._staged_next:
            self.segments[-1] = Segment(last.staged_start, last.original_start, last.count + count)
        else:
            self.segments.append(Segment(self._staged_next, first, count))
        self._staged_next += count

    def _mark(self, first: int, last: int) -> None:
        lines = f"line {first}" if first == last else f"lines {first} to {last}"
        self._put(f"[... {lines} of the original not copied ...]\n")
        self._staged_next += 1

    def _put(self, text: str) -> None:
        data = text.encode("utf-8", errors="replace")
        self._file.write(data)
        self.bytes_written += len(data)
