"""Scrapes in text form: counters as rates, shares of limits, times of files, and what is missing among the metrics."""

import json
from io import BytesIO
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from responder.evidence import FileSource
from responder.evidence.interface import Artifact
from responder.incident import Category
from responder.triage import QUIET_SALIENCE, Finding, default_engine
from responder.triage.signals.interface import Signals
from responder.triage.signals.metrics import MetricReader
from responder.triage.signals.metrics.derived import derived
from responder.triage.signals.metrics.series import Sample, Series

HEAD = "# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n"


def read(folder: Path, calm: Path | None = None) -> Signals:
    source = FileSource()
    return MetricReader().read(
        source.collect([folder]).artifacts, calm=source.collect([calm]).artifacts if calm else ()
    )


def loud(signals: Signals) -> list[Finding]:
    return [finding for finding in signals.findings if finding.salience >= QUIET_SALIENCE]


def scrapes(folder: Path, failed: list[int], name: str = "cart-2026-05-12T14-{:02d}-00Z.prom") -> None:
    """One file a minute; `failed` is how many requests failed in it."""
    total = 0
    for minute, count in enumerate(failed):
        total += count
        (folder / name.format(minute)).write_text(
            f'{HEAD}http_requests_total{{app="cart",code="200"}} {minute * 1000}\n'
            f'http_requests_total{{app="cart",code="503"}} {total}\n'
        )


def test_counters_of_several_scrapes_become_rates(tmp_path: Path) -> None:
    """What only ever grows is no trouble; that it grows forty times as fast is, in the file where that begins."""
    scrapes(tmp_path, [1, 1, 1, 1, 1, 1, 60, 60, 60], "cart-20260512T14{:02d}00.prom")

    (found,) = loud(read(tmp_path))

    assert (found.component, found.captures["metric"]) == ("cart", "http_requests_errors_total")
    assert found.span.path == "cart-20260512T140600.prom"
    assert found.timestamp is not None
    assert f"{found.timestamp:%Y-%m-%d %H:%M}" == "2026-05-12 14:06"
    assert (tmp_path / found.span.path).read_text().split("\n")[found.span.line - 1] == found.text


def test_without_any_time_the_order_of_files_counts(tmp_path: Path) -> None:
    """Files that do not say when they were taken are compared in order; no finding invents a time."""
    scrapes(tmp_path, [1, 1, 1, 1, 1, 1, 60, 60, 60], "scrape-{}.txt")

    signals = read(tmp_path)

    (found,) = loud(signals)
    assert found.timestamp is None
    assert all("nothing says when" in file.notes[-1] for file in signals.files)


def test_a_full_disk_is_seen_as_a_share(tmp_path: Path) -> None:
    """The names of the node exporter: free bytes by size, of the file system that matters."""
    for minute, free in enumerate([60, 60, 60, 60, 2, 1, 0]):
        (tmp_path / f"node-a_20260512T14{minute:02d}00.prom").write_text(
            "# TYPE node_filesystem_avail_bytes gauge\n"
            f'node_filesystem_avail_bytes{{device="/dev/sda1",fstype="ext4",mountpoint="/"}} {free}e9\n'
            'node_filesystem_avail_bytes{device="tmpfs",fstype="tmpfs",mountpoint="/run"} 0\n'
            'node_filesystem_size_bytes{device="/dev/sda1",fstype="ext4",mountpoint="/"} 1e11\n'
        )

    top = read(tmp_path).findings[0]

    assert top.captures["metric"] == "node_filesystem_utilization_percent"
    assert (top.category, top.role) == (Category.DISK, "cause")
    assert top.timestamp is not None
    assert top.timestamp.minute == 4


def test_a_calm_folder_says_what_is_normal(tmp_path: Path) -> None:
    """The same series of a good day decides what is unusual, and nothing of that day is reported."""
    now, good = tmp_path / "now", tmp_path / "good"
    for folder, values in ((now, [80, 82, 81]), (good, [20, 22, 21, 19, 20, 23, 21, 20])):
        folder.mkdir()
        rows = [f"2026-05-12T14:{n:02d}:00Z,api,{value}" for n, value in enumerate(values)]
        (folder / "latency.csv").write_text("\n".join(["timestamp,service,request_latency_ms", *rows]) + "\n")

    alone, compared = read(now), read(now, good)

    assert loud(alone) == []
    (found,) = loud(compared)
    assert (found.component, found.captures["before"]) == ("api", "20.5")
    assert [file.path for file in compared.files] == ["latency.csv"]


def test_metrics_that_end_early_are_said(tmp_path: Path) -> None:
    """A component whose samples stop while those of others go on is a gap, with the time of its last one."""
    rows = [f"2026-05-12T14:{n:02d}:00Z,{who},40" for n in range(30) for who in ("a", "b") if who == "a" or n < 20]
    (tmp_path / "cpu.csv").write_text("\n".join(["timestamp,service,cpu_percent", *rows]) + "\n")

    signals = read(tmp_path)

    assert signals.measured == ("a", "b")
    (gap,) = signals.gaps
    assert gap.startswith("The metrics of `b` end at 14:19:00 UTC, 10 minutes before")


def test_what_recovered_during_the_incident_may_be_its_cause(tmp_path: Path) -> None:
    """A peak that ended while others were still in trouble stays a suspect; one that ended before does not."""
    calm, peak = [10.0] * 10, [400.0] * 3
    columns = {
        "early": [*calm[:3], *peak, *calm, *calm[:4]],
        "during": [*calm, *peak, *calm[:7]],
        "still": [*calm, *[400.0] * 10],
    }
    rows = [
        ",".join([f"2026-05-12T14:{n:02d}:00Z", *(f"{values[n]:g}" for values in columns.values())]) for n in range(20)
    ]
    header = ",".join(["timestamp", *(f"{name} latency_ms" for name in columns)])
    (tmp_path / "latency.csv").write_text("\n".join([header, *rows]) + "\n")

    found = loud(read(tmp_path))

    assert [finding.component for finding in found] == ["still", "during"]


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=40))
def test_a_rate_is_never_negative(growth: list[int]) -> None:
    """Whatever a counter does, restarts among it, its rate says how much was counted."""
    total, samples = 0, []
    for n, value in enumerate(growth):
        total = 0 if value % 17 == 0 else total + value
        samples.append(Sample(1_780_000_000.0 + 15 * n, float(total), n + 1))

    (series,) = derived([Series("x.prom", "api", "requests_total", tuple(samples))])

    values = [sample.value for sample in series.samples]
    assert all(value >= 0 for value in values)
    assert len(values) in (len(growth), len(growth) - 1)


@given(st.text(max_size=300))
def test_any_text_is_borne(text: str) -> None:
    """A scrape of nonsense is read to its end without an error."""
    raw = (HEAD + text).encode("utf-8", "replace")
    MetricReader().read([Artifact("x.prom", len(raw), lambda: BytesIO(raw))])


def test_an_instant_query_tells_what_is_full_or_down(tmp_path: Path) -> None:
    """One moment shows no change; a disk without room and a target that is down show themselves."""
    result = [
        {"metric": {"__name__": "disk_used_percent", "app": "db"}, "value": [1780000000, "98.5"]},
        {"metric": {"__name__": "disk_used_percent", "app": "api"}, "value": [1780000000, "61"]},
        {"metric": {"__name__": "up", "job": "queue", "instance": "10.0.0.4:9100"}, "value": [1780000000, "0"]},
        {"metric": {"__name__": "up", "job": "web"}, "value": [1780000000, "1"]},
    ]
    document = {"status": "success", "data": {"resultType": "vector", "result": result}}
    (tmp_path / "now.json").write_text(json.dumps(document))

    signals = read(tmp_path)

    assert [finding.summary for finding in loud(signals)] == [
        "disk_used_percent of db is at 98.5: it is saturated",
        "up of queue is at 0",
    ]
    assert signals.measured == ("api", "db", "queue", "web")


def test_units_stand_in_headers_or_a_column(tmp_path: Path) -> None:
    """`cpu (%)` is a share with a limit, and so is a row whose unit is `%`; the name stays without it."""
    times = [f"2026-05-12T14:{n:02d}:00Z" for n in range(12)]
    values = [*[30] * 8, 97, 98, 99, 99]
    wide = ["timestamp,service,cpu (%)", *(f"{at},api,{v}" for at, v in zip(times, values, strict=True))]
    long = ["timestamp,service,metric,unit,value", *(f"{at},db,cpu,%,{v}" for at, v in zip(times, values, strict=True))]
    (tmp_path / "wide.csv").write_text("\n".join(wide) + "\n")
    (tmp_path / "long.csv").write_text("\n".join(long) + "\n")

    found = loud(read(tmp_path))

    assert sorted((f.component, f.captures["metric"], f.captures["unit"], f.role) for f in found) == [
        ("api", "cpu", "%", "cause"),
        ("db", "cpu", "%", "cause"),
    ]


def test_a_baseline_folder_serves_every_signal(tmp_path: Path) -> None:
    """`--baseline` with metrics and logs of a good day: the engine compares both, and reports nothing of it."""
    now, good = tmp_path / "now", tmp_path / "good"
    for folder, latency in ((now, [80, 82, 81, 83]), (good, [20, 22, 21, 19, 20, 23])):
        folder.mkdir()
        rows = [f"2026-05-12T14:{n:02d}:00Z,api,{value}" for n, value in enumerate(latency)]
        (folder / "latency.csv").write_text("\n".join(["timestamp,service,request_latency_ms", *rows]) + "\n")
        (folder / "api.log").write_text("2026-05-12T14:00:01Z ERROR api cache: refresh failed, using the old one\n")
    source, engine = FileSource(), default_engine()
    artifacts, calm = source.collect([now]).artifacts, source.collect([good]).artifacts

    alone, compared = engine.triage(artifacts), engine.triage(artifacts, baseline=calm)

    assert [(f.component, f.span.path) for f in compared.findings if f.salience >= QUIET_SALIENCE] == [
        ("api", "latency.csv")
    ]
    assert [f.span.path for f in alone.findings if f.salience >= QUIET_SALIENCE] == ["api.log"]
    assert len(compared.files) == len(alone.files) == 2
