"""A live Prometheus as evidence: against a real one, and against servers that are gone, slow, huge or hostile."""

import csv
import io
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Collection
from responder.evidence.prometheus.client import PrometheusClient, without_credentials
from responder.evidence.prometheus.interface import Window
from responder.evidence.prometheus.kept import KeptMetrics
from responder.evidence.prometheus.queries import plan
from responder.evidence.prometheus.source import Limits, PrometheusSource
from responder.safety.redact import NullRedactor, Redactor
from tests.evidence.prometheus_server import BROKE, ENDED, PASSWORD, USER, serve

WINDOW = Window(BROKE, ENDED, 15)
LOG = Artifact("app.log", 3, lambda: io.BytesIO(b"ok\n"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("prometheus")) as url:
        yield url


def source(url: str, **options: Any) -> PrometheusSource:
    given = {"extent": lambda _: (BROKE, ENDED), "match": "", "redactor": NullRedactor(), **options}
    return PrometheusSource(lambda: PrometheusClient(url, timeout_seconds=2, most_bytes=200_000), **given)


def rows(collection: Collection) -> list[dict[str, str]]:
    (table,) = [artifact for artifact in collection.artifacts if artifact.path == "prometheus/metrics.csv"]
    return list(csv.DictReader(io.TextIOWrapper(table.open())))


@pytest.mark.prometheus
def test_a_real_server_is_asked_for_golden_signals(server: str) -> None:
    """Counters come as rates, failed requests apart, histograms as a quantile, memory as a share of its limit."""
    told = source(server).extend(Collection((LOG,)), ENDED)

    assert told.skipped == ()
    assert [artifact.path for artifact in told.artifacts] == ["app.log", "prometheus/metrics.csv"]
    last = {row["metric"]: float(row["value"]) for row in rows(told)}
    assert last == {
        "container_memory_utilization_percent": pytest.approx(99),
        "http_request_duration_seconds_p95": pytest.approx(2.36, abs=0.1),
        "http_requests_errors_per_second": pytest.approx(4, abs=0.1),
        "http_requests_per_second": pytest.approx(14, abs=0.1),
    }


@pytest.mark.prometheus
def test_the_half_hour_before_is_asked_for_as_well(server: str) -> None:
    """What was normal is in the table: from thirty minutes before the first record of the files on."""
    first = min(row["timestamp"] for row in rows(source(server).extend(Collection((LOG,)), ENDED)))

    assert first == (BROKE - timedelta(minutes=30)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.mark.prometheus
def test_matchers_narrow_what_is_asked(server: str) -> None:
    """Only series that the matchers select are asked for; none at all is said, not silently empty."""
    narrowed = source(server, match='namespace="shop"').extend(Collection((LOG,)), ENDED)
    nothing = source(server, match='namespace="other"').extend(Collection((LOG,)), ENDED)

    assert {row["container"] for row in rows(narrowed)} == {"orders-db"}
    assert nothing.artifacts == (LOG,)
    assert "no metric worth asking for" in nothing.skipped[0].reason


@pytest.mark.prometheus
def test_bounds_are_said(server: str) -> None:
    """What is beyond the limits of a run is named, and the rest is kept."""
    told = source(server, limits=Limits(series=2)).extend(Collection((LOG,)), ENDED)

    assert len({row["metric"] for row in rows(told)}) == 2
    assert [gap.reason for gap in told.skipped] == ["1 of its 1 series are beyond the limit of one run"] * 2


@pytest.mark.prometheus
def test_a_password_in_the_address_opens_and_is_never_shown(tmp_path: Path) -> None:
    """Basic authentication works from the address; without it the refusal is a gap that names no address."""
    with serve(tmp_path, with_password=True) as url:
        inside = url.replace("://", f"://{USER}:{PASSWORD}@")
        seen: list[Mapping[str, Any]] = []

        allowed = source(inside, record=seen.append).extend(Collection((LOG,)), ENDED)
        refused = source(url).extend(Collection((LOG,)), ENDED)
        wrong = source(inside.replace(PASSWORD, "wrong-horse")).extend(Collection((LOG,)), ENDED)

    assert rows(allowed)
    assert refused.artifacts == wrong.artifacts == (LOG,)
    assert refused.skipped[0].reason == "it answered 401: it wants other credentials"
    assert "wrong-horse" not in str(wrong.skipped)
    assert PASSWORD not in str(seen)


@pytest.mark.prometheus
def test_what_was_told_is_kept_and_read_back(server: str, tmp_path: Path) -> None:
    """A run keeps the table with its digest, so it is the same evidence when the server is gone; a change shows."""
    folder = tmp_path / "prometheus"
    told = source(server, folder=folder, limits=Limits(series=2)).extend(Collection((LOG,)), ENDED)

    again = KeptMetrics(folder).extend(Collection((LOG,)), ENDED)

    assert rows(again) == rows(told)
    assert again.skipped == told.skipped
    (folder / "metrics.csv").write_text("timestamp,metric,value\n")
    with pytest.raises(EvidenceError, match="was changed"):
        KeptMetrics(folder).extend(Collection((LOG,)), ENDED)


def test_a_server_that_is_gone_is_a_gap() -> None:
    """Nobody listens: the files stay, and the report says what was not asked."""
    told = source("http://127.0.0.1:9").extend(Collection((LOG,)), ENDED)

    assert told.artifacts == (LOG,)
    assert told.skipped[0].path == "prometheus"
    assert "cannot be reached" in told.skipped[0].reason


def test_without_files_and_server_there_is_no_evidence() -> None:
    """With nothing else to read, a silent server is the error."""
    with pytest.raises(EvidenceError, match="prometheus was the only source"):
        source("http://127.0.0.1:9").extend(Collection(()), ENDED)


@pytest.fixture
def answering() -> Iterator[Any]:
    """A server that gives whatever a test says, by the last part of the path."""
    servers: list[ThreadingHTTPServer] = []

    def start(answers: Mapping[str, tuple[int, bytes]]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = answers[self.path.partition("?")[0].rpartition("/")[2]]
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/prefix"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def success(data: object) -> tuple[int, bytes]:
    return 200, json.dumps({"status": "success", "data": data}).encode()


NAMES = success(["http_errors_total", "up"])


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ((500, b"<html>oops</html>"), "something that is not JSON"),
        ((422, b'{"status":"error","error":"query timed out"}'), "query timed out"),
        ((200, b'{"status":"success","data":[1]}'), "holds no series"),
        ((200, b'{"status":"success","data":{"result":"' + b"x" * 300_000 + b'"}}'), "larger than 200,000 bytes"),
        ((302, b""), "redirects are not followed"),
        ((200, b"[" * 100_000), "something that is not JSON"),
    ],
)
def test_a_bad_answer_is_a_gap(answering: Any, reply: tuple[int, bytes], said: str) -> None:
    """Whatever comes back instead of series is told and costs nothing else."""
    told = source(answering({"values": NAMES, "query_range": reply})).extend(Collection((LOG,)), ENDED)

    assert told.artifacts == (LOG,)
    assert said in told.skipped[0].reason


def test_odd_samples_and_labels_are_borne(answering: Any) -> None:
    """What is no number is no sample; labels lose control characters and secrets, and cannot break the table."""
    secret = "ghp_" + "a1B2" * 9
    at = BROKE.timestamp()
    points = [[at, "1"], [at + 15, "NaN"], [at + 30, "+Inf"], "x", [1], [at, None], [1e300, "1"], [at + 45, "2.5"]]
    result = [
        {"metric": {"app": 'a,"b\n\x1b[31m', "pod": secret}, "values": points},
        {"metric": "none", "values": 7},
        3,
    ]
    url = answering({"values": NAMES, "query_range": success({"result": result})})

    told = rows(source(url, redactor=Redactor()).extend(Collection((LOG,)), ENDED))

    assert {row["value"] for row in told} == {"1", "2.5"}
    assert {row["app"] for row in told} == {'a,"b  [31m'}
    assert all(secret not in row["pod"] and "REDACTED" in row["pod"] for row in told)


def test_a_name_cannot_become_a_query() -> None:
    """Names come from the server: one that is no name is not asked for."""
    queries, left = plan(["http_errors_total", "up} or vector(1)", 'x"y', "errors:rate5m"], WINDOW, "", 10)

    assert left == 0
    assert {query.metric for query in queries} == {"http_errors_per_second", "http_errors_errors_per_second"} | {
        "errors:rate5m"
    }
    assert all("vector" not in query.promql for query in queries)


def test_too_many_metrics_are_counted() -> None:
    """The most telling ones are asked for, and how many are not is said."""
    names = [f"app_{n}_errors_total" for n in range(30)] + [f"app_{n}_queue_length" for n in range(30)]

    queries, left = plan(names, WINDOW, "", 40)

    assert left == 20
    assert sum(query.metric.endswith("_per_second") for query in queries) == 30


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://oncall:s3cret@metrics.example:9090/prom/?x=1", "https://metrics.example:9090/prom/"),
        ("http://[::1]:9090", "http://[::1]:9090"),
    ],
)
def test_an_address_is_shown_without_credentials(url: str, shown: str) -> None:
    """User, password and query are cut off."""
    assert without_credentials(url) == shown
