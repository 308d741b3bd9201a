"""Readers that are loaded late miss nothing that those who are always there would take."""

import json
from io import BytesIO

import pytest

from responder.evidence.interface import Artifact
from responder.triage.signals.changes import ChangeReader
from responder.triage.signals.flows import FlowReader
from responder.triage.signals.interface import SignalReader, Signals
from responder.triage.signals.kubernetes import KubernetesReader
from responder.triage.signals.metrics import MetricReader
from responder.triage.signals.readers import read_signals
from responder.triage.signals.topology import TopologyReader
from responder.triage.signals.traces import TraceReader

AT = "2026-05-04T11:58:00Z"
FORMS = {
    "git log": "commit 6f1c2d3e4b5a69788796a5b4c3d2e1f001122334\nAuthor: Ada <a@b.example>\n"
    "Date:   Mon May 4 11:58:00 2026 +0200\n\n    Halve the pool\n",
    "git log, a line each": f"6f1c2d3 {AT} Halve the pool\n7a1c2d3 {AT} Raise the limit\n",
    "after blank lines": f"\n\n6f1c2d3 {AT} Halve the pool\n7a1c2d3 {AT} Raise the limit\n",
    "difference": "--- a/cart.yaml\n+++ b/cart.yaml\n@@ -1 +1 @@\n-pool: 50\n+pool: 5\n",
    "difference below a message": "Halve the pool\n\ndiff --git a/cart.yaml b/cart.yaml\n--- a/cart.yaml\n"
    "+++ b/cart.yaml\n@@ -1 +1 @@\n-pool: 50\n+pool: 5\n",
    "helm history": "REVISION\tUPDATED                 \tSTATUS  \tCHART     \tAPP VERSION\tDESCRIPTION\n"
    "7       \tMon May  4 11:58:00 2026\tdeployed\tshop-4.1.0\t1.2        \tUpgrade complete\n",
    "deployments": json.dumps([{"service": "cart", "version": "1.2", "deployedAt": AT}]),
    "deployments, a table": f"time,service,version,deployed_at\n{AT},cart,1.2,{AT}\n{AT},cart,1.3,{AT}\n",
    "scrape": '# TYPE http_requests_total counter\nhttp_requests_total{app="cart",code="503"} 7\n',
    "query result": json.dumps({"metric": {"__name__": "cpu", "pod": "cart"}, "values": [[1777895880, "1"]]}),
    "metrics, a table": "timestamp,cart_cpu_usage,cart_latency\n1777895880,1,2\n1777895940,1,2\n",
    "metrics by semicolons": "\ntimestamp;cart_cpu_usage;cart_latency\n1777895880;1;2\n1777895940;1;2\n",
    "spans, a table": "TraceID,SpanID,ParentID,ServiceName,OperationName,StartTimeUnixNano,EndTimeUnixNano\n"
    "t1,a,,cart,work,1773489600000000000,1773489600000100000\nt1,b,a,db,work,1773489600000000000,1773489600000100000\n",
    "spans": json.dumps([{"traceId": "1", "id": "2", "timestamp": 1773489600000000, "duration": 9,
                         "localEndpoint": {"serviceName": "cart"}}]),
    "pods": "NAME    READY   STATUS             RESTARTS   AGE\ncart-0  0/1     CrashLoopBackOff   9          3h\n",
    "arrows": "cart -> stock\n",
    "log": f"{AT} ERROR cannot reach the stock\n",
}  # fmt: skip


def artifact(text: str) -> Artifact:
    return Artifact("graph.txt", len(text), lambda: BytesIO(text.encode()))


@pytest.mark.parametrize("form", FORMS)
def test_what_a_reader_takes_it_is_loaded_for(form: str) -> None:
    """All of them together say of each form what they say when all are there from the start."""
    always: tuple[SignalReader, ...] = (
        *(KubernetesReader(), ChangeReader(), TopologyReader()),
        *(MetricReader(), TraceReader(), FlowReader()),
    )

    found = read_signals([artifact(FORMS[form])])

    assert list(found) == [reader.read([artifact(FORMS[form])]) for reader in always]
    assert any(signals.files for signals in found) is (form != "log")


def test_requests_are_followed_by_their_spans() -> None:
    """A log that names spans is followed, however it writes the word."""
    steps = [(n, place) for n in range(40) for place in ((40, 52) if n < 20 else (40,))]
    lines = [f"2026-03-14T12:00:{n:02}Z INFO o.s.Orders#{place} SpanID: {n:016x} done\n" for n, place in steps]

    found = read_signals([artifact("".join(lines))])

    assert found[-1] == FlowReader().read([artifact("".join(lines))])
    assert found[-1].findings


def test_good_times_alone_are_nothing_to_tell() -> None:
    """What is compared with is looked at too, and reported by nobody."""
    calm = [artifact(FORMS["metrics, a table"])]

    assert read_signals([artifact("all is well\n")], calm=calm) == (Signals(),) * 6
