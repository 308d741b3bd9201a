"""A log that rotation cut into files reads as the one it was, and each line is cited in the file it stands in."""

import gzip
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from responder.evidence import FileSource
from responder.triage import Triage, default_engine

TRACE = ["Traceback (most recent call last):", '  File "app.py", line 3, in pay', "ValueError: no currency"]


def lines(hour: int, level: str = "INFO", text: str = "request served", count: int = 30) -> list[str]:
    return [f"2026-01-02T{hour:02}:{minute:02}:00Z {level} {text}" for minute in range(count)]


def read(folder: Path, files: dict[str, list[str]]) -> Triage:
    for name, rows in files.items():
        data = "".join(f"{row}\n" for row in rows).encode()
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return default_engine().triage(FileSource().collect([folder]).artifacts)


@pytest.mark.parametrize(
    "names",
    [
        ("orders.log.2.gz", "orders.log.1", "orders.log"),
        ("orders.log.10", "orders.log.9", "orders.log"),
        ("orders.log-20260101.gz", "orders.log-20260102", "orders.log"),
        ("orders-2026-01-01.log", "orders-2026-01-02.log", "orders-2026-01-03.log"),
        ("orders.2026-01-02.1.log", "orders.2026-01-02.2.log", "orders.log"),
        ("orders.log.2026-01-02-01", "orders.log.2026-01-02-02", "orders.log"),
        ("orders.2.log", "orders.1.log", "orders.log"),
    ],
)
def test_a_set_is_one_log_of_one_component(tmp_path: Path, names: tuple[str, str, str]) -> None:
    """The same failure in three files is one finding, first seen in the oldest, and counted over all."""
    error = [[f"2026-01-02T{hour:02}:59:00Z ERROR connection pool exhausted"] for hour in (1, 2, 3)]
    result = read(tmp_path, {name: lines(hour) + error[hour - 1] for hour, name in enumerate(names, 1)})

    (finding,) = result.findings
    assert (finding.count, finding.span.path, finding.span.line) == (3, names[0], 31)
    assert finding.timestamp == datetime(2026, 1, 2, 1, 59, tzinfo=UTC)
    assert finding.last_seen == datetime(2026, 1, 2, 3, 59, tzinfo=UTC)
    assert result.components == ("orders",)
    assert {"part 1 of 3 of a rotated log, read as one"} <= {note for file in result.files for note in file.notes}


def test_a_trace_cut_by_rotation_is_one_record(tmp_path: Path) -> None:
    """The reason stands at the head of the newer file; it belongs to the error at the end of the older one."""
    error = "2026-01-02T01:59:00Z ERROR unhandled"
    result = read(tmp_path, {"orders.log.1": [*lines(1), error, TRACE[0]], "orders.log": [*TRACE[1:], *lines(2)]})

    (finding,) = result.findings
    assert (finding.span.path, finding.span.line) == ("orders.log", 2)
    assert finding.text.endswith("ValueError: no currency")
    assert finding.sha256 == hashlib.sha256("\n".join(TRACE[1:]).encode()).hexdigest()


def test_files_of_several_writers_stay_apart(tmp_path: Path) -> None:
    """Numbered files that cover the same time are no rotation."""
    error = "2026-01-02T01:59:00Z ERROR connection pool exhausted"
    result = read(tmp_path, {name: [*lines(1), error] for name in ("orders.log.1", "orders.log.2", "orders.log")})

    assert sorted(finding.span.path for finding in result.findings) == ["orders.log", "orders.log.1", "orders.log.2"]


def test_the_year_turns_between_files(tmp_path: Path) -> None:
    """A log that names no year passes New Year where it was rotated; other evidence names the new year."""
    files = {
        "syslog.1": ["Dec 31 23:59:58 web nginx[1]: worker process exited on signal 9"],
        "syslog": ["Jan  1 00:00:03 web nginx[1]: start worker process"],
        "orders.log": ["2026-01-01T00:00:09Z ERROR refused"],
    }
    facts = {file.path: file for file in read(tmp_path, files).files}

    assert facts["syslog.1"].first_seen == datetime(2025, 12, 31, 23, 59, 58, tzinfo=UTC)
    assert facts["syslog"].first_seen == datetime(2026, 1, 1, 0, 0, 3, tzinfo=UTC)
