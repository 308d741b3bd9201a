"""It is over: a primary failed, its standby took over, and the last forty minutes are quiet.

`ledger-db-1` is killed for want of memory at 03:02; the standby is promoted at 03:05. What happened is still asked.
"""

from generator import formats as f
from generator.scene import Scene, seconds, utc
from stories.signals import EVENTS, Metrics, requests

START, BROKE, PROMOTED, END = (utc(f"2026-03-17 {at}") for at in ("02:35:00", "03:02:10", "03:05:30", "03:50:00"))


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("recovered")
    requests(scene, "ledger", START, BROKE, 10_000, "entry booked", 25)
    requests(scene, "ledger", PROMOTED + seconds(12), END, 10_000, "entry booked", 26)
    log = scene.log("ledger/ledger.log")
    for at in scene.arrivals(BROKE + seconds(1), PROMOTED + seconds(6), 5000):
        log.add(
            at,
            f.logfmt(
                at, "error", "entry not booked", service="ledger", upstream="ledger-db", error="connection refused"
            ),
        )
    at = PROMOTED + seconds(9)
    log.add(at, f.logfmt(at, "info", "connected again, no entry lost", service="ledger", upstream="ledger-db"))
    events = scene.log(EVENTS, head=f.events_head())
    events.add(
        BROKE,
        f.event(
            BROKE,
            "Warning",
            "OOMKilling",
            "pod/ledger-db-1",
            "Memory cgroup out of memory: Killed process 311 (postgres)",
        ),
    )
    at = PROMOTED
    events.add(at, f.event(at, "Normal", "Promoted", "pod/ledger-db-0", "standby ledger-db-0 promoted to primary"))
    log = scene.log("ledger-db-0/postgresql.log")
    log.add(PROMOTED, f.postgres(PROMOTED, 71, "", "LOG", "received promote request"))
    at = PROMOTED + seconds(2)
    log.add(at, f.postgres(at, 1, "", "LOG", "database system is ready to accept connections"))
    metrics = Metrics(scene, START, END)
    metrics.add("ledger-db-1", "memory_working_set_percent", _memory, 1)
    metrics.add("ledger", "http_5xx_per_second", lambda at: 4.0 if BROKE <= at < PROMOTED + seconds(10) else 0.01)
    metrics.as_table("metrics/metrics.csv")
    return scene


def _memory(at: object) -> float:
    if at < BROKE - seconds(360):
        return 61
    return 99 if at < BROKE else 12
