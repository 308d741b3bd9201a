# ruff: noqa: E501 - log lines are as long as programs write them
"""A short stall that retries turn into an outage.

`orders` is told at 17:40 to try each call to `tax` up to 12 times, at once. At 18:05 `tax` stalls for a few seconds, and
the retries never let it come back: nine times the requests, its processors at their limit, its threads used up.
"""

from generator import formats as f
from generator.scene import Scene, ms, seconds, utc
from stories.signals import Metrics, deploy, requests

START, CHANGE, BROKE, END = (utc(f"2026-02-24 {at}") for at in ("17:30:00", "17:58:30", "18:05:20", "18:24:00"))


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("retry-storm")
    deploy(scene, CHANGE, "orders configuration changed: tax.retry.max_attempts 2 -> 12 (by t.brandt)")
    requests(scene, "orders", START, BROKE, 9000, "order placed", 70)
    requests(scene, "tax", START, BROKE, 9000, "tax computed", 14)
    log = scene.log("orders/orders.log")
    for at in scene.arrivals(BROKE + seconds(4), END, 9000):
        for attempt in range(1, scene.between(3, 5)):
            again = at + ms(attempt)
            log.add(
                again,
                f.logfmt(again, "warn", f"retrying tax, attempt {attempt + 8} of 12", service="orders", upstream="tax"),
            )
        done = at + ms(40)
        log.add(
            done,
            f.logfmt(
                done,
                "error",
                "order failed after 12 attempts",
                service="orders",
                upstream="tax",
                error="context deadline exceeded",
            ),
        )
    log = scene.log("tax/tax.log")
    log.add(BROKE, f.logfmt(BROKE, "warn", "garbage collection paused for 6104 ms", service="tax"))
    for at in scene.arrivals(BROKE + seconds(6), END, 12_000):
        log.add(
            at,
            f.logfmt(
                at, "error", "request rejected: thread pool exhausted", service="tax", active=200, max=200, queued=1000
            ),
        )
    metrics = Metrics(scene, START, END)
    metrics.add("tax", "requests_per_second", lambda at: 370 if at >= BROKE + seconds(10) else 41)
    metrics.add("tax", "cpu_utilization_percent", lambda at: 99 if at >= BROKE + seconds(10) else 38, 1)
    metrics.add("orders", "requests_per_second", lambda at: 40)
    metrics.add("orders", "cpu_utilization_percent", lambda at: 30)
    metrics.as_table("metrics/metrics.csv")
    return scene
