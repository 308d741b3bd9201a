# ruff: noqa: E501, S608 - log lines are as long as programs write them, and the queries in them are not run
"""A configuration change with one unreadable value takes pricing down while its code stays the same.

Revision 1187 of `pricing-config` changes a timeout from `250ms` to `250 msec`. The rolling restart allows half of the
pods to be away; the new ones do not start, and when the old ones are drained at 11:21:50 nobody answers. Revision 1186
is restored at 11:36.

Misleading on purpose: a burst of slow queries before, an image pull that failed once and was retried, and checkout,
which only sees "no healthy upstream".
"""

from datetime import datetime

from generator import formats as f
from generator.scene import Scene, ms, seconds, utc

START = utc("2026-05-28 10:48:00")
CHANGED = utc("2026-05-28 11:20:14")
FIRST_CRASH = utc("2026-05-28 11:20:31.612")
NONE_LEFT = utc("2026-05-28 11:21:50")
RESTORED = utc("2026-05-28 11:36:02")
READY = utc("2026-05-28 11:36:41")
END = utc("2026-05-28 11:54:00")

BANNER = """

***************************
APPLICATION FAILED TO START
***************************

Description:

Failed to bind properties under 'pricing.fx.timeout' to java.time.Duration:

    Property: pricing.fx.timeout
    Value: "250 msec"
    Origin: URL [file:/etc/pricing/application.yaml] - 41:14
    Reason: failed to convert java.lang.String to java.time.Duration (caused by java.lang.IllegalArgumentException: '250 msec' is not a valid duration)

Action:

Update your application's configuration
"""


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("bad-config-rollout")
    old = [scene.pod("pricing", "6d5b7c9f8") for _ in range(2)]
    new = [scene.pod("pricing", "f49c7d8bb") for _ in range(2)]
    back = scene.pod("pricing", "6d5b7c9f8")
    _changes(scene, old, new, back)
    _serving(scene, old[0], START, NONE_LEFT)
    for pod, first in zip(new, (FIRST_CRASH, FIRST_CRASH + ms(4380)), strict=True):
        _crashing(scene, pod, first)
    _start(scene, back, RESTORED + seconds(16))
    _serving(scene, back, READY, END)
    _checkout(scene)
    _edge(scene)
    return scene


def _changes(scene: Scene, old: list[str], new: list[str], back: str) -> None:
    log = scene.log("argocd/sync.log")
    for at, level, text in (
        (utc("2026-05-28 10:59:12"), "info", 'msg="sync succeeded" app=search revision=2b90fe1 images=search:4.9.0'),
        (
            CHANGED,
            "info",
            'msg="sync started" app=pricing revision=r1187 author=t.silva message="pricing: loosen fx timeout for the new provider"',
        ),
        (
            CHANGED + seconds(1),
            "info",
            'msg="configured" app=pricing kind=ConfigMap name=pricing-config diff="pricing.fx.timeout: 250ms -> 250 msec"',
        ),
        (
            CHANGED + seconds(2),
            "info",
            'msg="configured" app=pricing kind=Deployment name=pricing image=pricing:3.14.1 (unchanged) restart=config-hash',
        ),
        (
            utc("2026-05-28 11:30:20"),
            "warning",
            'msg="health degraded" app=pricing revision=r1187 reason="Deployment pricing exceeded its progress deadline"',
        ),
        (
            RESTORED,
            "info",
            'msg="sync started" app=pricing revision=r1186 author=t.silva message="Revert pricing: loosen fx timeout"',
        ),
        (
            RESTORED + seconds(1),
            "info",
            'msg="configured" app=pricing kind=ConfigMap name=pricing-config diff="pricing.fx.timeout: 250 msec -> 250ms"',
        ),
        (READY + seconds(3), "info", 'msg="sync succeeded" app=pricing revision=r1186'),
    ):
        log.add(at, f'time="{f.stamp(at, fraction=False)}" level={level} {text}')
    events = scene.log("kubernetes/events.txt", head=f.events_head())
    rows = [
        (utc("2026-05-28 10:58:40"), "Warning", "Failed", "pod/search-7f8-kw2zp", 'Failed to pull image "registry.shop.example/search:4.9.0": rpc error: code = Unknown desc = i/o timeout'),
        (utc("2026-05-28 10:58:59"), "Normal", "Pulled", "pod/search-7f8-kw2zp", 'Successfully pulled image "registry.shop.example/search:4.9.0" in 6.2s'),
        (CHANGED + seconds(3), "Normal", "ScalingReplicaSet", "deployment/pricing", "Scaled up replica set pricing-f49c7d8bb to 2"),
        (CHANGED + seconds(4), "Normal", "ScalingReplicaSet", "deployment/pricing", "Scaled down replica set pricing-6d5b7c9f8 to 1"),
        (CHANGED + seconds(5), "Normal", "Killing", f"pod/{old[1]}", "Stopping container pricing"),
        (NONE_LEFT - seconds(2), "Normal", "Evicted", f"pod/{old[0]}", "Pod evicted by node-drain of node-d4 (weekly patching)"),
        (utc("2026-05-28 11:30:16"), "Warning", "ProgressDeadlineExceeded", "deployment/pricing", 'ReplicaSet "pricing-f49c7d8bb" has timed out progressing'),
        (RESTORED + seconds(2), "Normal", "ScalingReplicaSet", "deployment/pricing", "Scaled up replica set pricing-6d5b7c9f8 to 2"),
        (RESTORED + seconds(5), "Normal", "Started", f"pod/{back}", "Started container pricing"),
    ]  # fmt: skip
    for pod in new:
        rows += [
            (
                CHANGED + seconds(after),
                "Warning",
                "BackOff",
                f"pod/{pod}",
                "Back-off restarting failed container pricing",
            )
            for after in (38, 61, 112, 204, 381, 702)
        ]
    for at, kind, reason, thing, text in rows:
        events.add(at, f.event(at, kind, reason, thing, text))


def _start(scene: Scene, pod: str, at: datetime) -> None:
    log = scene.log(f"pricing/{pod}.log")
    text = f"Starting PricingApplication v3.14.1 using Java 21.0.3 on {pod} with PID 1"
    log.add(at, f.logback(at, "INFO", "main", "c.s.pricing.PricingApplication", text))
    at += ms(640)
    log.add(
        at, f.logback(at, "INFO", "main", "c.s.pricing.PricingApplication", "Reading /etc/pricing/application.yaml")
    )


def _serving(scene: Scene, pod: str, start: datetime, end: datetime) -> None:
    log = scene.log(f"pricing/{pod}.log")
    for at in scene.arrivals(start, end, 12_000):
        thread = f"http-nio-8080-exec-{scene.between(1, 30)}"
        text = scene.pick(
            (
                f"price list {scene.between(1, 40)} served to checkout in {scene.latency(18)} ms",
                f"{scene.between(1, 30)} prices converted EUR->{scene.pick(('SEK', 'CHF', 'PLN', 'GBP'))} in {scene.latency(60)} ms",
                f"cache hit ratio {scene.between(92, 99)}% over the last minute",
            )
        )
        log.add(at, f.logback(at, "INFO", thread, "c.s.pricing.PriceController", text))
    if start == START:
        for at in scene.arrivals(utc("2026-05-28 10:56:00"), utc("2026-05-28 11:01:00"), 34_000):
            text = f"slow query: {scene.between(1100, 3900)} ms for select * from price_rules where valid_to is null"
            log.add(at, f.logback(at, "WARN", "http-nio-8080-exec-3", "c.s.pricing.SlowQueries", text))
        text = "Commencing graceful shutdown. Waiting for active requests to complete"
        log.add(end, f.logback(end, "INFO", "SpringApplicationShutdownHook", "o.s.b.w.e.tomcat.GracefulShutdown", text))
    else:
        text = "Started PricingApplication in 6.204 seconds (process running for 6.71)"
        log.add(start, f.logback(start, "INFO", "main", "c.s.pricing.PricingApplication", text))


def _crashing(scene: Scene, pod: str, first: datetime) -> None:
    log = scene.log(f"pricing/{pod}.log")
    for offset in (0, 24, 61, 118, 210, 388, 709):
        crash = first + seconds(offset)
        _start(scene, pod, crash - ms(2900))
        log.add(
            crash,
            f.logback(
                crash,
                "ERROR",
                "main",
                "o.s.b.d.LoggingFailureAnalysisReporter",
                "Application run failed",
                BANNER.strip("\n"),
            ),
        )


def _checkout(scene: Scene) -> None:
    log = scene.log("checkout/checkout.log")
    for at in scene.arrivals(START, END, 12_000):
        fields = {"basket": scene.hex(8), "trace_id": scene.hex(16)}
        if NONE_LEFT + seconds(1) < at < READY:
            text = "no price for basket: 503 no healthy upstream"
            log.add(at, f.json_line(at, "error", "checkout", text, upstream="pricing", **fields))
            if scene.chance(50):
                again = at + ms(scene.between(90, 700))
                log.add(
                    again,
                    f.json_line(again, "error", "checkout", "order abandoned", **fields, reason="pricing unavailable"),
                )
        else:
            log.add(
                at,
                f.json_line(at, "info", "checkout", "order placed", **fields, total_cents=scene.between(900, 48_000)),
            )


def _edge(scene: Scene) -> None:
    log = scene.log("envoy/access.log")
    for at in scene.arrivals(START, END, 5200):
        path = scene.pick(("/checkout", "/checkout", "/prices", "/p/{}", "/p/{}", "/cart")).format(
            scene.between(1000, 9999)
        )
        down = NONE_LEFT < at < READY and path in ("/checkout", "/prices")
        status, flags, took = (503, "UH", scene.between(0, 2)) if down else (200, "-", scene.latency(70))
        if not down and scene.chance(1):
            status = 404
        upstream = '"-"' if down else f'"10.44.2.{scene.between(4, 9)}:8080"'
        size = 19 if down else scene.between(300, 40_000)
        log.add(
            at,
            f'[{f.stamp(at)}] "GET {path} HTTP/2" {status} {flags} 0 {size} {took} "203.0.113.{scene.between(2, 250)}" "{scene.hex(8)}-{scene.hex(4)}" {upstream}',
        )
