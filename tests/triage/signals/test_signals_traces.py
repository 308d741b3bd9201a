"""Traces: who calls whom, where time is lost and where errors begin."""

import json
from pathlib import Path

from responder.evidence import FileSource
from responder.incident import Category
from responder.triage.signals.interface import Signals
from responder.triage.signals.traces import TraceReader

START = 1773489600.0
HEAD = "TraceID,SpanID,ParentID,ServiceName,OperationName,StartTimeUnixNano,EndTimeUnixNano"


def read(folder: Path) -> Signals:
    return TraceReader().read(FileSource().collect([folder]).artifacts)


def row(trace: int, span: str, parent: str, service: str, start: float, seconds: float) -> str:
    begun, ended = int((START + start) * 1e9), int((START + start + seconds) * 1e9)
    return f"t{trace},{span}{trace},{parent and f'{parent}{trace}'},{service},work,{begun},{ended}"


def calls(count: int, way_to_stock: float) -> list[str]:
    """Requests through shop -> cart -> stock and shop -> users; the way to stock takes the given time."""
    rows = []
    for n in range(count):
        at = n * 10.0
        rows += [
            row(n, "a", "", "shop", at, 0.1 + way_to_stock),
            row(n, "b", "a", "shop", at + 0.001, 0.05 + way_to_stock),
            row(n, "c", "b", "cart", at + 0.002, 0.045 + way_to_stock),
            row(n, "d", "c", "cart", at + 0.003, 0.02 + way_to_stock),
            row(n, "e", "d", "stock", at + 0.004 + way_to_stock / 2, 0.01),
            row(n, "f", "a", "shop", at + 0.06 + way_to_stock, 0.02),
            row(n, "g", "f", "users", at + 0.061 + way_to_stock, 0.015),
        ]
    return rows


def test_a_slow_network_is_the_callees_not_that_of_those_who_wait(tmp_path: Path) -> None:
    """Of a chain that is slow from top to bottom, the link that loses the time is named."""
    (tmp_path / "traces.csv").write_text("\n".join([HEAD, *calls(12, 1.5)]) + "\n")

    signals = read(tmp_path)

    assert signals.dependencies == (("cart", "stock"), ("shop", "cart"), ("shop", "users"))
    (late,) = [finding for finding in signals.findings if finding.role == "cause"]
    assert (late.component, late.category) == ("stock", Category.LATENCY)
    assert (tmp_path / "traces.csv").read_text().split("\n")[late.span.line - 1] == late.text


def test_fast_traces_say_nothing(tmp_path: Path) -> None:
    """When every call is quick there are dependencies and no findings."""
    (tmp_path / "traces.csv").write_text("\n".join([HEAD, *calls(12, 0.001)]) + "\n")

    signals = read(tmp_path)

    assert signals.findings == ()
    assert len(signals.dependencies) == 3


def test_jaeger_errors_begin_where_no_callee_failed(tmp_path: Path) -> None:
    """Of caller and callee that both failed, the callee is reported."""
    error = [{"key": "error", "type": "bool", "value": True}]
    top = {"traceID": "1", "spanID": "aa", "operationName": "GET /", "startTime": 1773489600000000, "duration": 9000}
    low = {"traceID": "1", "spanID": "bb", "operationName": "SELECT", "startTime": 1773489600001000, "duration": 5000}
    spans = [
        top | {"processID": "p1", "references": [], "tags": error},
        low
        | {"processID": "p2", "references": [{"refType": "CHILD_OF", "traceID": "1", "spanID": "aa"}], "tags": error},
    ]
    processes = {"p1": {"serviceName": "web"}, "p2": {"serviceName": "orders-db"}}
    document = {"data": [{"traceID": "1", "spans": spans, "processes": processes}]}
    (tmp_path / "jaeger.json").write_text(json.dumps(document, indent=1))

    signals = read(tmp_path)

    assert [finding.component for finding in signals.findings] == ["orders-db"]
    assert signals.dependencies == (("web", "orders-db"),)
    assert '"bb"' in signals.findings[0].text


def test_opentelemetry_lines_are_read(tmp_path: Path) -> None:
    """The collector's file export, one document a line, gives services, status and message."""
    span = {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "parentSpanId": "",
        "name": "charge",
        "startTimeUnixNano": "1773489600000000000",
        "endTimeUnixNano": "1773489600500000000",
        "status": {"code": 2, "message": "card refused"},
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "payment"}}]}
    document = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}
    (tmp_path / "otlp.json").write_text(json.dumps(document) + "\n" + json.dumps(document) + "\n")

    (found,) = read(tmp_path).findings

    assert found.component == "payment"
    assert "card refused" in found.why


def test_a_log_that_names_spans_is_no_trace(tmp_path: Path) -> None:
    """JSON log lines with trace ids stay logs."""
    line = json.dumps({"log": "hello", "traceID": "1", "spanID": "2", "time": "2026-03-14T12:00:00Z"})
    (tmp_path / "app.log").write_text(f"{line}\n" * 3)

    assert read(tmp_path).files == ()
