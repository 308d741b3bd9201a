"""Only victims are in the evidence, and none of them says why.

From 15:20 on a third of the orders fail with an internal error whose text has been cut away by a gateway. Nothing was
deployed, no resource is short, no dependency complains. Whoever names a cause here has invented it.
"""

from generator import formats as f
from generator.scene import Scene, utc
from stories.signals import Metrics, requests

START, BROKE, END = utc("2026-06-25 15:00:00"), utc("2026-06-25 15:20:30"), utc("2026-06-25 15:40:00")


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("cause-outside")
    for service in ("storefront", "orders", "profile"):
        requests(scene, service, START, END, 9000, "request done", 45)
        log = scene.log(f"{service}/{service}.log")
        for at in scene.arrivals(BROKE, END, 31_000):
            fields = {"service": service, "request_id": scene.hex(12), "status": 500}
            log.add(at, f.logfmt(at, "error", "request failed", **fields, detail="internal error (details suppressed)"))
    metrics = Metrics(scene, START, END)
    for service in ("storefront", "orders", "profile"):
        metrics.add(service, "cpu_utilization_percent", lambda at: 31)
        metrics.add(service, "memory_working_set_percent", lambda at: 52)
        metrics.add(service, "requests_per_second", lambda at: 40)
    metrics.as_table("metrics/metrics.csv")
    return scene
