"""Clocks that are wrong: estimated by calls between services, corrected everywhere, and said."""

import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from responder.evidence import FileSource
from responder.triage import default_engine
from responder.triage.signals.traces import TraceReader
from responder.triage.signals.traces.clocks import clock_errors
from responder.triage.signals.traces.spans import Forest, TraceSpan

START = 1773489600.0


def span(trace: int, name: str, parent: str, service: str, start: float, seconds: float) -> TraceSpan:
    return TraceSpan(str(trace), name, parent, service, "work", start, seconds, False, "t.json", 1)


def calls(count: int, **ahead: float) -> list[TraceSpan]:
    """Requests shop -> cart -> stock; `ahead` is how far a service's clock is ahead."""
    spans = []
    for n in range(count):
        at = START + 10 * n
        spans += [
            span(n, "a", "", "shop", at + ahead.get("shop", 0), 0.1),
            span(n, "b", "a", "cart", at + 0.01 + ahead.get("cart", 0), 0.07),
            span(n, "c", "b", "stock", at + 0.02 + ahead.get("stock", 0), 0.03),
        ]
    return spans


@example("cart", 21_102.5)
@given(st.sampled_from(["shop", "cart", "stock"]), st.floats(-86_400, 86_400).filter(lambda s: abs(s) > 6))
@settings(max_examples=40)
def test_the_one_whose_clock_differs_is_wrong(service: str, seconds: float) -> None:
    """Of three services the two that agree are right, whoever calls whom, and the error is that of the third."""
    (name, error), *others = clock_errors(Forest.of(calls(8, **{service: seconds}))).items()

    assert others == []
    assert name == service
    assert abs(error.seconds - seconds) < 0.2


def test_small_differences_and_queues_are_no_clocks() -> None:
    """Two seconds are ordinary; work that waits each time for a different while was queued."""
    queued = [
        item
        for n in range(20)
        for item in (
            span(n, "a", "", "shop", START + 10 * n, 0.1),
            span(n, "b", "a", "mail", START + 10 * n + n * 7, 1),
        )
    ]

    assert clock_errors(Forest.of(calls(8, cart=2.0))) == {}
    assert clock_errors(Forest.of(queued)) == {}
    assert clock_errors(Forest.of(calls(4, cart=300.0))) == {}


def test_logs_of_a_wrong_clock_are_put_right(tmp_path: Path) -> None:
    """A record moves by the error of its writer's clock; its quotation stays, and the assumption is noted."""
    (tmp_path / "cart").mkdir()
    (tmp_path / "cart" / "cart.log").write_text("2026-03-14T11:56:40.000Z ERROR cart failed: stock answered 503\n")
    spans = [
        {
            "traceId": item.trace, "spanId": item.id, "parentSpanId": item.parent, "name": item.operation,
            "startTimeUnixNano": int(item.start * 1e9), "endTimeUnixNano": int((item.start + item.seconds) * 1e9),
            "resource": {"service": item.service}, "process": {"serviceName": item.service},
        }
        for item in calls(8, cart=-200.0)
    ]  # fmt: skip
    (tmp_path / "spans.jsonl").write_text("\n".join(map(json.dumps, spans)) + "\n")

    triage = default_engine().triage(FileSource().collect([tmp_path]).artifacts)

    (found,) = [finding for finding in triage.findings if finding.span.path == "cart/cart.log"]
    assert found.timestamp == datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
    assert "11:56:40" in found.text
    assert "200 s behind" in found.why
    (log,) = [file for file in triage.files if file.path == "cart/cart.log"]
    assert "the clock of `cart` is 200 s behind the others" in log.notes[-1]


def test_calm_traces_say_what_is_usual(tmp_path: Path) -> None:
    """What failed as often on a good day is no news; with a calm even a single link can be late."""
    head = "TraceID,SpanID,ParentID,ServiceName,OperationName,StartTime,Duration,StatusCode"
    now, good = tmp_path / "now", tmp_path / "good"
    for folder, way in ((now, 900), (good, 2)):
        folder.mkdir()
        rows = []
        for n in range(8):
            at = 1773489600000 + 10_000 * n
            rows += [
                f"{n},a{n},,shop,GET /,{at},{20 + way},200",
                f"{n},b{n},a{n},cart,GET /cart,{at + way // 2},20,500",
            ]
        (folder / "traces.csv").write_text("\n".join([head, *rows]) + "\n")
    source = FileSource()

    alone = TraceReader().read(source.collect([now]).artifacts)
    compared = TraceReader().read(source.collect([now]).artifacts, calm=source.collect([good]).artifacts)

    assert [finding.kind for finding in alone.findings] == ["error"]
    assert [(finding.kind, finding.role) for finding in compared.findings] == [("trend", "cause")]
    assert [file.path for file in compared.files] == ["traces.csv"]
