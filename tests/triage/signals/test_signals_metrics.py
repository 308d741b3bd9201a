"""Metric exports: which series left its range, since when, whose it is, and where it is written."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.evidence import FileSource
from responder.incident import Category
from responder.triage import QUIET_SALIENCE, Finding
from responder.triage.signals.interface import Signals
from responder.triage.signals.metrics import MetricReader
from responder.triage.signals.metrics.anomalies import find_anomaly
from responder.triage.signals.metrics.series import Sample, Series, nature_of

START = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
CALM = [10.0, 11.0, 9.5, 10.5, 10.0, 9.0, 11.5, 10.0]


def read(folder: Path) -> Signals:
    return MetricReader().read(FileSource().collect([folder]).artifacts)


def loud(signals: Signals) -> list[Finding]:
    return [finding for finding in signals.findings if finding.salience >= QUIET_SALIENCE]


def stamp(minute: int) -> str:
    return (START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


def wide(values: Sequence[float], name: str = "cpu_usage_percent", owner: str = "api-7d9f8b6c5d-x2x4z") -> str:
    rows = [f"{stamp(i)},{owner},{value}" for i, value in enumerate(values)]
    return "\n".join([f"timestamp,pod,{name}", *rows]) + "\n"


def test_a_saturated_processor_is_a_cause_at_the_line_where_it_rose(tmp_path: Path) -> None:
    """The finding names the service of the pod, the first line outside, and quotes its original bytes."""
    (tmp_path / "pods.csv").write_text(wide([*CALM, 97, 99, 98]))

    (found,) = loud(read(tmp_path))

    assert (found.category, found.role, found.component) == (Category.CPU, "cause", "api")
    assert found.timestamp == START + timedelta(minutes=8)
    original = (tmp_path / "pods.csv").read_bytes().split(b"\n")[found.span.line - 1]
    assert (found.span.line, found.sha256) == (10, hashlib.sha256(original).hexdigest())
    assert found.captures["peak"] == "99"


def test_an_ordinary_day_is_quiet(tmp_path: Path) -> None:
    """A busy but not exhausted resource, and one that goes up and down all the time, are no trouble."""
    (tmp_path / "busy.csv").write_text(wide([40, 55, 42, 61, 58, 47, 63, 52, 60, 45]))
    (tmp_path / "calm.csv").write_text(wide(CALM * 2, "request_latency_ms"))

    assert loud(read(tmp_path)) == []


def test_what_has_long_recovered_is_quiet(tmp_path: Path) -> None:
    """A peak that ended, followed by a longer stretch at the normal level, does not explain what comes later."""
    (tmp_path / "pods.csv").write_text(wide([*CALM, 99, 98, *CALM]))

    signals = read(tmp_path)

    assert loud(signals) == []
    assert "returned to normal" in signals.findings[0].why


def test_header_rows_name_component_metric_and_statistic(tmp_path: Path) -> None:
    """A table with three header rows and epoch seconds gives each column to its service."""
    times = [1773489600 + 300 * i for i in range(10)]
    rows = [f"{at}.0,{0.02 if i < 8 else 1.2},{0.05 if i < 8 else 1.3},100.0" for i, at in enumerate(times)]
    head = ["microservice,search,front,front", "metric,latency,latency,availability", "statistic,p99,p99,Average"]
    (tmp_path / "metrics.csv").write_text("\n".join([*head, "unix_timestamp,,,", *rows]) + "\n")

    found = loud(read(tmp_path))

    assert {finding.component for finding in found} == {"search", "front"}
    assert {finding.category for finding in found} == {Category.LATENCY}
    assert {finding.timestamp for finding in found} == {datetime.fromtimestamp(times[8], UTC)}


def test_a_quiet_period_beside_the_incident_is_the_measure(tmp_path: Path) -> None:
    """What a series also does in good times is normal, however far it is from its level in the window."""
    jumpy = [10, 11, 90, 12, 10, 88, 11, 10] * 3
    (tmp_path / "noissue_metrics.csv").write_text(wide(jumpy, "latency_ms"))
    (tmp_path / "metrics.csv").write_text(wide([10, 11, 10, 89, 90], "latency_ms"))

    assert loud(read(tmp_path)) == []


def test_prometheus_answers_are_read_by_their_labels(tmp_path: Path) -> None:
    """A range query's matrix gives one series for each set of labels."""
    values = [[START.timestamp() + 15 * i, str(v)] for i, v in enumerate([*([0.1] * 8), 4, 5, 6])]
    labels = {"__name__": "http_request_duration_seconds", "service": "cart", "quantile": "0.99"}
    answer = {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": labels, "values": values}]}}
    (tmp_path / "query.json").write_text(json.dumps(answer, indent=1))

    (found,) = loud(read(tmp_path))

    assert (found.component, found.category) == ("cart", Category.LATENCY)
    line = (tmp_path / "query.json").read_text().split("\n")[found.span.line - 1]
    assert str(found.timestamp.timestamp() if found.timestamp else "") in "".join(
        (tmp_path / "query.json").read_text().split("\n")[found.span.line - 1 : found.span.line + 2]
    ), line


def test_a_replica_that_falls_behind_is_told_from_its_dimension(tmp_path: Path) -> None:
    """A CloudWatch result is about the instance that its dimension names."""
    result = {
        "metric_name": "ReplicaLag",
        "dimensions": [{"Name": "DBInstanceIdentifier", "Value": "orders-replica"}],
        "unit": "Seconds",
        "timestamps": [stamp(i) for i in range(10)],
        "values": [1, 1.2, 1.1, 40, 90, 160, 240, 330, 420, 510],
    }
    (tmp_path / "metrics.json").write_text(json.dumps({"metric_data_results": [result]}, indent=2))

    (found,) = loud(read(tmp_path))

    assert (found.component, found.role) == ("orders-replica", "cause")
    assert found.timestamp == START + timedelta(minutes=3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app.log", "2026-03-14T12:00:00Z ERROR cpu usage 99, giving up\n" * 5),
        ("events.csv", "time,level,message\n2026-03-14T12:00:00Z,ERROR,cpu 99\n2026-03-14T12:01:00Z,ERROR,cpu 98\n"),
        ("package.json", '{"name": "metrics", "version": "1.0.0", "dependencies": {"value": "1"}}'),
        ("broken.json", '{"values": [1, 2, 3'),
    ],
)
def test_what_is_no_metric_is_left_to_others(tmp_path: Path, name: str, text: str) -> None:
    """Logs, tables of events and other JSON are not taken, whatever words they use."""
    (tmp_path / name).write_text(text)

    assert read(tmp_path).files == ()


@pytest.mark.parametrize(
    ("metric", "signal", "category", "rises"),
    [
        ("CPUUtilization", "saturation", Category.CPU, True),
        ("FreeStorageSpace", "saturation", Category.DISK, False),
        ("http_server_requests_p99", "latency", Category.LATENCY, True),
        ("availability", "errors", Category.UNKNOWN, False),
        ("PodWorkload(Ops)", "traffic", Category.UNKNOWN, None),
        ("DatabaseConnections", "saturation", Category.CONNECTIONS, True),
    ],
)
def test_names_say_what_is_measured(metric: str, signal: str, category: Category, rises: bool | None) -> None:
    """The golden signals are recognised in the spellings of common exporters."""
    nature = nature_of(metric)

    assert (nature.signal, nature.category, nature.rises) == (signal, category, rises)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9, allow_nan=False), max_size=40), st.floats(-1e6, 1e6, allow_nan=False))
def test_any_series_is_judged_and_a_flat_one_is_normal(values: list[float], level: float) -> None:
    """No run of numbers breaks the search, and a series that never moves has no excursion."""
    samples = tuple(Sample(60.0 * i, value, i + 1) for i, value in enumerate(values))

    found = find_anomaly(Series("m.csv", "api", "latency_ms", samples))
    flat = tuple(Sample(60.0 * i, level, i + 1) for i in range(12))

    assert found is None or found.start in samples
    assert find_anomaly(Series("m.csv", "api", "queue_depth", flat)) is None
