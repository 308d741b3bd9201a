"""Parquet files as tables of text: a row a line, so that they are read, cited and checked like any export in CSV.

The library that reads them is larger than this tool, so it is not among its dependencies; without it a file is skipped
with the line that installs it.
"""

import csv
import importlib
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, BinaryIO, cast

from responder.errors import EvidenceError

__all__ = ["MAGIC", "as_table", "library"]

MAGIC = b"PAR1"
_LIBRARY = "pyarrow.parquet"
_ROWS = 4096
"""Rows that are unpacked at a time."""
_MOST_BYTES = 1 << 30
"""Unpacked size that is still read: a few kilobytes of Parquet can hold terabytes of the same value."""

Opener = Callable[[], BinaryIO]


def library() -> Any:
    """The module that reads Parquet.

    Raises:
        EvidenceError: It is not installed.
    """
    try:
        return importlib.import_module(_LIBRARY)
    except ImportError as error:
        raise EvidenceError("a Parquet file, which needs pyarrow", hint="pip install pyarrow") from error


def as_table(opener: Opener) -> Opener:
    """Open a Parquet file as CSV with a header; `opener` must give a stream that can seek.

    Raises:
        EvidenceError: The library is missing, or the file is damaged, or unpacks to more than a gigabyte.
    """
    parquet = library()
    with opener() as stream:
        _checked(parquet, stream)

    def opened() -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Lines(parquet, opener())))

    return opened


def _checked(parquet: Any, stream: BinaryIO) -> Any:
    try:
        file = parquet.ParquetFile(stream)
        groups = [file.metadata.row_group(place) for place in range(file.metadata.num_row_groups)]
        size = sum(group.total_byte_size for group in groups)
    except Exception as error:
        raise EvidenceError(f"damaged Parquet: {str(error)[:200]}") from error
    cells = file.metadata.num_rows * file.metadata.num_columns
    if max(size, cells) > _MOST_BYTES:
        raise EvidenceError("a Parquet file that unpacks to more than a gigabyte")
    return file


class _Lines(io.RawIOBase):
    """The lines of the table, made as they are read."""

    def __init__(self, parquet: Any, stream: BinaryIO) -> None:
        self._stream = stream
        self._parts = _written(_checked(parquet, stream))
        self._rest = b""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._stream.close()
        super().close()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            try:
                part = next(self._parts, None)
            except Exception as error:
                raise OSError(f"damaged Parquet: {str(error)[:200]}") from error
            if part is None:
                return 0
            self._rest = part
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _written(file: Any) -> Iterator[bytes]:
    names = file.schema_arrow.names
    yield _rows([names])
    for batch in file.iter_batches(batch_size=_ROWS):
        columns = [batch.column(place).to_pylist() for place in range(len(names))]
        yield _rows([[_cell(value) for value in row] for row in zip(*columns, strict=True)])


def _rows(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> str:
    """One value on one line."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
        return zoned.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        return " ".join(value.splitlines()) if "\n" in value or "\r" in value else value
    if isinstance(value, dict | list):
        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)
