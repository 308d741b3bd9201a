"""A real Prometheus on loopback with an hour of samples in it, started by the tests that need one."""

import contextlib
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["BEGAN", "BROKE", "ENDED", "PASSWORD", "USER", "samples", "serve"]

BEGAN = datetime(2026, 5, 12, 13, 0, tzinfo=UTC)
BROKE = datetime(2026, 5, 12, 13, 40, tzinfo=UTC)
ENDED = datetime(2026, 5, 12, 14, 0, tzinfo=UTC)
"""The hour that the server knows, and when `orders-db` begins to run out of memory in it."""
USER, PASSWORD = "oncall", "correct-horse-battery"
_HASH = "$2b$04$aTFhaASO6NdYh7amsQSg5.xHU7X7cv8DKgS/wNdH8mJ0RmQpK48ou"
_CHECKOUT = 'app="checkout",instance="10.0.0.7:9090",job="kubernetes-pods"'
_STEP = timedelta(seconds=15)
_SECONDS_TO_START = 30


def samples() -> str:
    """The hour in OpenMetrics text, which `promtool` turns into a database."""
    return "\n".join([*_requests(), *_errors(), *_buckets(), *_memory(), *_ignored(), "# EOF", ""])


def _moments() -> Iterator[tuple[float, int, bool]]:
    """Seconds since 1970, the number of the sample, and whether it is after the fault."""
    at, number = BEGAN, 0
    while at <= ENDED:
        yield at.timestamp(), number, at >= BROKE
        at, number = at + _STEP, number + 1


def _requests() -> Iterator[str]:
    yield "# TYPE http_requests counter"
    for at, number, _ in _moments():
        yield f'http_requests_total{{{_CHECKOUT},code="200"}} {number * 150} {at}'


def _errors() -> Iterator[str]:
    failed = 0
    for at, _, late in _moments():
        failed += 60 if late else 0
        yield f'http_requests_total{{{_CHECKOUT},code="503"}} {failed} {at}'


def _buckets() -> Iterator[str]:
    yield "# TYPE http_request_duration_seconds histogram"
    for bound, before, after in (("0.1", 140, 20), ("0.5", 149, 40), ("2.5", 150, 150), ("+Inf", 150, 150)):
        total = 0
        for at, _, late in _moments():
            total += after if late else before
            yield f'http_request_duration_seconds_bucket{{{_CHECKOUT},le="{bound}"}} {total} {at}'


def _memory() -> Iterator[str]:
    labels = 'container="orders-db",pod="orders-db-0",namespace="shop",job="cadvisor"'
    yield "# TYPE container_memory_working_set_bytes gauge"
    for at, number, late in _moments():
        used = 990_000_000 if late else 400_000_000 + 1000 * (number % 7)
        yield f"container_memory_working_set_bytes{{{labels}}} {used} {at}"
    yield "# TYPE container_spec_memory_limit_bytes gauge"
    for at, _, _ in _moments():
        yield f"container_spec_memory_limit_bytes{{{labels}}} 1000000000 {at}"


def _ignored() -> Iterator[str]:
    yield "# TYPE go_gc_cycles counter"
    for at, number, _ in _moments():
        yield f'go_gc_cycles_total{{app="checkout"}} {number} {at}'


@contextlib.contextmanager
def serve(folder: Path, *, with_password: bool = False) -> Iterator[str]:
    """Run a server over the samples until the block ends, and say where it listens."""
    database, port = folder / "data", _free_port()
    if not database.exists():
        _fill(folder, database)
    (folder / "config.yml").write_text("global: {scrape_interval: 1h}\n")
    (folder / "web.yml").write_text(f"basic_auth_users: {{{USER}: {_HASH}}}\n" if with_password else "{}\n")
    with (folder / "prometheus.log").open("wb") as log:
        server = subprocess.Popen(
            ["prometheus", f"--config.file={folder / 'config.yml'}", f"--web.config.file={folder / 'web.yml'}",
             f"--storage.tsdb.path={database}", "--storage.tsdb.retention.time=100y",
             f"--web.listen-address=127.0.0.1:{port}"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip
        try:
            _wait_until_ready(server, f"http://127.0.0.1:{port}/-/ready", folder / "prometheus.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def _fill(folder: Path, database: Path) -> None:
    text = folder / "samples.txt"
    text.write_text(samples())
    done = subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", text, database], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_ready(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError as error:
            if error.code == 401:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"Prometheus did not start:\n{log.read_text()[-4000:]}")
