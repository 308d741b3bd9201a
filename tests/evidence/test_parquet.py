"""Parquet exports: tables like any other where the library is there, a clear word where it is not."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.errors import EvidenceError
from responder.evidence import FileSource
from responder.triage import default_engine

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

START = datetime(2026, 5, 12, 14, 0, tzinfo=UTC)


def write(path: Path, **columns: list[object]) -> Path:
    parquet.write_table(pyarrow.table(columns), path)
    return path


def metrics(path: Path) -> Path:
    values = [30.0, 31.0, 29.0, 30.5, 30.0, 31.0, 29.5, 30.0, 97.0, 98.0, 99.0]
    return write(
        path,
        timestamp=[START + timedelta(minutes=n) for n in range(len(values))],
        service=["orders-db"] * len(values),
        cpu_usage_percent=values,
    )


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    """Times come in UTC, nothing as nothing, text on one line, what is nested as JSON."""
    write(
        tmp_path / "odd.parquet",
        at=[START, None],
        text=["two\nlines, one cell", 'quoted "so"'],
        nested=[{"a": 1}, None],
    )

    (artifact,) = FileSource().collect([tmp_path]).artifacts

    assert artifact.encoding == "parquet"
    assert artifact.open().read().decode().split("\n") == [
        "at,text,nested",
        '2026-05-12T14:00:00Z,"two lines, one cell","{""a"": 1}"',
        ',"quoted ""so""",',
        "",
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_metrics_are_found_in_it(tmp_path: Path, packed: bool) -> None:
    """A saturated processor is told with the row where it began, inside an archive as well."""
    evidence = metrics(tmp_path / "metrics.parquet")
    if packed:
        with ZipFile(tmp_path / "export.zip", "w") as archive:
            archive.write(evidence, "metrics.parquet")
        evidence = tmp_path / "export.zip"

    triage = default_engine().triage(FileSource().collect([evidence]).artifacts)

    top = triage.findings[0]
    assert (top.component, top.category.value, top.span.line) == ("orders-db", "resource_exhaustion.cpu", 10)
    assert top.text == "2026-05-12T14:08:00Z,orders-db,97.0"


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_damage_is_borne(tmp_path: Path, data: st.DataObject) -> None:
    """However a file is cut or changed, it is read, or skipped with a reason; nothing else happens."""
    raw = bytearray(metrics(tmp_path / "whole.parquet").read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(4, len(raw) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "damaged").mkdir(exist_ok=True)
    (tmp_path / "damaged" / "m.parquet").write_bytes(raw[: data.draw(st.integers(5, len(raw)))])
    source = FileSource()
    try:
        (artifact,) = source.collect([tmp_path / "damaged"]).artifacts
    except EvidenceError as error:
        assert "m.parquet" in str(error)
        return
    try:
        artifact.open().read()
    except OSError as error:
        assert "damaged Parquet" in str(error)


def test_without_the_library_it_says_what_to_install(tmp_path: Path) -> None:
    """The file is skipped with the name of what is missing, and the rest is read."""
    import subprocess

    metrics(tmp_path / "metrics.parquet")
    (tmp_path / "app.log").write_text("2026-05-12T14:00:00Z ERROR failed\n")
    program = (
        "import sys; sys.modules['pyarrow'] = None; sys.modules['pyarrow.parquet'] = None\n"
        "from pathlib import Path; from responder.evidence import FileSource\n"
        f"found = FileSource().collect([Path({str(tmp_path)!r})])\n"
        "print([a.path for a in found.artifacts], found.skipped[0].reason, '|', found.skipped[0].hint)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['app.log'] a Parquet file, which needs pyarrow | pip install pyarrow"
