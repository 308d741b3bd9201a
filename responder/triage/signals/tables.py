"""Comma, semicolon and tab separated tables, row by row with the line each row begins on."""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from responder.patterns import lazy
from responder.triage.timestamps import parse_stamp

__all__ = ["delimiter_of", "find_column", "moment", "number", "rows_of", "split_rows"]

_STAMPED = lazy(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
_EARLIEST, _LATEST = 631152000.0, 4102444800.0  # 1990 and 2100: what lies outside is no moment of an incident


def delimiter_of(head: str) -> str | None:
    """The character that cuts the first lines into equally many cells, at least two."""
    lines = [line for line in head.split("\n", 6)[:6] if line.strip()]
    if len(lines) < 2:
        return None
    for mark in (",", "\t", ";"):
        try:
            widths = {len(row) for row in csv.reader(lines[: max(1, len(lines) - 1)], delimiter=mark)}
        except csv.Error:
            return None
        if len(widths) == 1 and widths.pop() > 1:
            return mark
    return None


def split_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of every row that is not blank; a damaged rest ends the table."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error:
        return


def rows_of(text: str, delimiter: str, most: int) -> list[tuple[int, list[str]]]:
    """At most the first `most` rows."""
    rows = []
    for row in split_rows(text, delimiter):
        rows.append(row)
        if len(rows) == most:
            break
    return rows


def number(cell: str) -> float | None:
    """A finite number, or nothing."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def moment(cell: str | float) -> float | None:
    """Seconds since 1970 of a cell: a number of seconds, milli-, micro- or nanoseconds, or a written date."""
    value = cell if isinstance(cell, int | float) else number(cell)
    if value is not None:
        for scale in (1.0, 1e3, 1e6, 1e9):
            if _EARLIEST <= value / scale <= _LATEST:
                return value / scale
        return None
    return _written(cell) if isinstance(cell, str) else None


@lru_cache(maxsize=1 << 14)
def _written(cell: str) -> float | None:
    """Seconds since 1970 of a written date; a table has each of its moments many times, once for each series."""
    text = cell.strip()
    if not _STAMPED.match(text):
        return None
    stamp = parse_stamp(text) or parse_stamp(f"{text[:16].replace('T', ' ')}:00")
    return stamp.seconds if stamp else None


def find_column(header: Sequence[str], *names: str) -> int | None:
    """The first column called one of `names`, whatever its case and separators."""
    plain = [re.sub(r"[^a-z0-9]", "", cell.lower()) for cell in header]
    return next((plain.index(name) for name in names if name in plain), None)
