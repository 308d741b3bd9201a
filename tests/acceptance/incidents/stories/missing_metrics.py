# ruff: noqa: E501 - log lines are as long as programs write them
"""The component at fault has no metrics, and those of another end in the middle.

`broker` refuses publishers when its file descriptors are used up. Its exporter was never installed; the exporter of
`orders` stops at 20:29, before anything happens. A reader who trusts the dashboards sees a quiet system.
"""

from generator import formats as f
from generator.scene import Scene, seconds, utc
from stories.signals import Metrics, requests

START, BROKE, END = utc("2026-04-07 20:10:00"), utc("2026-04-07 20:36:45"), utc("2026-04-07 20:55:00")


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("missing-metrics")
    for service in ("orders", "shipping"):
        requests(scene, service, START, END, 9000, "request done", 50)
        log = scene.log(f"{service}/{service}.log")
        for at in scene.arrivals(BROKE + seconds(2), END, 14_000):
            log.add(
                at,
                f.logfmt(
                    at,
                    "error",
                    "event not published",
                    service=service,
                    broker="broker",
                    error="connection reset by peer",
                ),
            )
    log = scene.log("broker/broker.log")
    for at in scene.arrivals(START, BROKE, 25_000):
        log.add(
            at,
            f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} [info] <0.{scene.between(200, 999)}.0> accepting AMQP connection",
        )
    for at in [BROKE, *scene.arrivals(BROKE + seconds(3), END, 45_000)]:
        log.add(
            at,
            f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} [error] <0.311.0> accept failed: emfile (Too many open files)",
        )
    metrics = Metrics(scene, START, END)
    metrics.add("orders", "cpu_utilization_percent", lambda at: 33, until=utc("2026-04-07 20:29:00"))
    metrics.add("shipping", "cpu_utilization_percent", lambda at: 29)
    metrics.add("orders-db", "cpu_utilization_percent", lambda at: 22)
    metrics.as_wide_table("metrics/cpu.csv", "cpu_utilization_percent")
    return scene
