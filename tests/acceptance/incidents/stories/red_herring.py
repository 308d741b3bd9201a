# ruff: noqa: E501 - log lines are as long as programs write them
"""A loud victim and a quiet cause.

`ledger-db` runs out of connections at 10:14 because a report holds them all; it says so three times and its gauge stands
at 100 of 100. `checkout` says nothing but errors, hundreds of them, and `search` was released four minutes before.
"""

from generator import formats as f
from generator.scene import Scene, ms, seconds, utc
from stories.signals import Deployments, Metrics, requests

START, BROKE, END = utc("2026-07-07 09:50:00"), utc("2026-07-07 10:14:08"), utc("2026-07-07 10:32:00")


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("red-herring")
    Deployments(scene).add(BROKE - seconds(244), "search", "6.1.0", "6.2.0", commit="91ce0f2")
    requests(scene, "search", START, END, 9000, "query answered", 40)
    requests(scene, "checkout", START, BROKE, 5000, "order placed", 90)
    _victim(scene)
    _ledger(scene)
    metrics = Metrics(scene, START, END)
    metrics.add("ledger-db", "pg_connections_used_percent", lambda at: 98.5 if at >= BROKE else 34, 1)
    metrics.add("ledger-db", "cpu_utilization_percent", lambda at: 21)
    for service in ("checkout", "search", "ledger"):
        metrics.add(service, "cpu_utilization_percent", lambda at: 30)
    metrics.add("checkout", "http_5xx_per_second", lambda at: 3.1 if at >= BROKE + seconds(20) else 0.01)
    metrics.as_table("metrics/metrics.csv")
    return scene


def _victim(scene: Scene) -> None:
    log = scene.log("checkout/checkout.log")
    for at in scene.arrivals(BROKE + seconds(9), END, 5200):
        fields = {"service": "checkout", "request_id": scene.hex(12)}
        log.add(
            at, f.logfmt(at, "error", "order failed", **fields, upstream="ledger", error="context deadline exceeded")
        )
        log.add(at + ms(1), f.logfmt(at + ms(1), "error", "responded 503 Service Unavailable", **fields, status=503))


def _ledger(scene: Scene) -> None:
    requests(scene, "ledger", START, BROKE, 6000, "entry booked", 25)
    log = scene.log("ledger/ledger.log")
    for at in scene.arrivals(BROKE + seconds(6), END, 95_000):
        log.add(
            at, f.logfmt(at, "warn", "waiting for a connection", service="ledger", pool="ledger-db", waited_ms=5000)
        )
    database = scene.log("ledger-db/postgresql.log")
    for at in scene.ticks(START + seconds(40), END, 300):
        database.add(at, f.postgres(at, 61, "", "LOG", "checkpoint complete: wrote 411 buffers (2.5%)"))
    at = BROKE - seconds(51)
    database.add(
        at, f.postgres(at, 2210, "report@ledger", "LOG", "duration: 48211.301 ms  statement: SELECT * FROM entries")
    )
    for offset in (0, 271, 604):
        at = BROKE + seconds(offset)
        database.add(at, f.postgres(at, 2380 + offset, "ledger@ledger", "FATAL", "sorry, too many clients already"))
