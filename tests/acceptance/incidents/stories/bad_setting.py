# ruff: noqa: E501 - log lines are as long as programs write them
"""One value: a timeout meant as 30 seconds is set to 30 milliseconds.

The configuration of `gateway` is synchronised at 14:47; from then on it gives up on `search` before any answer can come.
`search` itself is as fast as ever, which its own log and its metrics say.
"""

from generator import formats as f
from generator.scene import Scene, seconds, utc
from stories.signals import Metrics, deploy, requests

START, CHANGE, END = utc("2026-09-02 14:25:00"), utc("2026-09-02 14:47:03"), utc("2026-09-02 15:05:00")
BROKE = CHANGE + seconds(8)


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("bad-setting")
    deploy(scene, START + seconds(95), "banner 2.2.0 rolled out, 2/2 pods ready")
    log = scene.log("gateway/config-sync.log")
    log.add(
        CHANGE,
        f.logfmt(
            CHANGE,
            "info",
            "configuration changed",
            service="gateway",
            setting="routes.search.timeout",
            old="30s",
            new="30ms",
            by="m.okafor",
        ),
    )
    after = CHANGE + seconds(2)
    log.add(after, f.logfmt(after, "info", "configuration reloaded", service="gateway", revision="8841"))
    requests(scene, "search", START, END, 7000, "query answered", 140)
    log = scene.log("gateway/gateway.log")
    for at in scene.arrivals(START, END, 6000):
        fields = {
            "service": "gateway",
            "path": scene.pick(("/search", "/search", "/account")),
            "request_id": scene.hex(12),
        }
        if at >= BROKE and fields["path"] == "/search":
            log.add(
                at,
                f.logfmt(
                    at, "error", "upstream request timeout", **fields, upstream="search", status=504, timeout="30ms"
                ),
            )
        else:
            log.add(at, f.logfmt(at, "info", "proxied", **fields, status=200, took_ms=scene.latency(150)))
    metrics = Metrics(scene, START, END)
    metrics.add("gateway", "http_5xx_per_second", lambda at: 6.2 if at >= BROKE else 0.02)
    metrics.add("search", "request_duration_seconds_p95", lambda at: 0.21)
    metrics.add("search", "cpu_utilization_percent", lambda at: 37)
    metrics.as_table("metrics/metrics.csv")
    return scene
