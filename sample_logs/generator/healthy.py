# ruff: noqa: E501, S608 - log lines are as long as programs write them, and the queries in them are not run
"""An ordinary hour of a healthy shop, written to frighten anybody who only searches for words.

A release goes out and its pods are replaced gracefully, a worker loses a connection and gets it back, an export fails
once and succeeds on its retry, people ask for pages that do not exist, smoke tests with alarming names pass, and every
summary says "errors=0". Nothing is wrong.
"""

from datetime import datetime

from generator import formats as f
from generator.scene import Scene, ms, seconds, utc
from generator.web import visit

START = utc("2026-06-16 07:00:00")
DEPLOY = utc("2026-06-16 07:24:10")
END = utc("2026-06-16 08:00:00")

PATHS = (
    ("GET", "/"),
    ("GET", "/products/{n}"),
    ("GET", "/products/{n}"),
    ("GET", "/help/error-codes"),
    ("GET", "/cart"),
    ("POST", "/cart/items"),
    ("POST", "/checkout"),
)


def scene() -> Scene:
    """Write the whole hour."""
    scene = Scene("healthy")
    _deployment(scene)
    _front_door(scene)
    _api(scene)
    _worker(scene)
    _database(scene)
    _smoke_tests(scene)
    _host(scene)
    return scene


def _deployment(scene: Scene) -> None:
    deploy = scene.log("deploy/deploy.log")
    for at, text in (
        (DEPLOY, "api 7.3.1 -> 7.4.0 requested by ci (pipeline 90217)"),
        (DEPLOY + seconds(2), 'api 7.4.0 change: "clearer error messages for failed payments"'),
        (DEPLOY + seconds(4), "api 7.4.0 rolling update, 2 replicas, maxSurge=1 maxUnavailable=0"),
        (DEPLOY + seconds(41), "api 7.4.0 1/2 pods updated and ready"),
        (DEPLOY + seconds(78), "api 7.4.0 2/2 pods updated and ready"),
        (DEPLOY + seconds(140), "api 7.4.0 verified: error rate 0.0%, p95 84 ms, 0 restarts, 0 failed probes"),
    ):
        deploy.add(at, f"{f.stamp(at, fraction=False)} INFO deployer: {text}")
    events = scene.log("kubernetes/events.txt", head=f.events_head())
    for at, reason, thing, text in (
        (DEPLOY + seconds(5), "ScalingReplicaSet", "deployment/api", "Scaled up replica set api-6cf9 to 1"),
        (
            DEPLOY + seconds(9),
            "Pulled",
            "pod/api-6cf9-2kx7d",
            'Successfully pulled image "registry.shop.example/api:7.4.0" in 1.8s',
        ),
        (DEPLOY + seconds(42), "Killing", "pod/api-58bd-mm4qt", "Stopping container api"),
        (DEPLOY + seconds(43), "ScalingReplicaSet", "deployment/api", "Scaled up replica set api-6cf9 to 2"),
        (DEPLOY + seconds(79), "Killing", "pod/api-58bd-vz9cw", "Stopping container api"),
        (utc("2026-06-16 07:45:00"), "Completed", "job/error-report-29091", "Job completed"),
    ):
        events.add(at, f.event(at, "Normal", reason, thing, text))


def _front_door(scene: Scene) -> None:
    log = scene.log("nginx/access.log")
    for at in scene.arrivals(START, END, 5500):
        seen = visit(scene, PATHS)
        path, status = seen.path, 200
        if scene.chance(5):
            path = scene.pick(("/favicon.png", "/wp-login.php", "/.env", "/products/0", "/apple-touch-icon.png"))
            status = 404
        elif scene.chance(3):
            status = 304
        size = {200: scene.between(400, 48_000), 304: 0, 404: 153}[status]
        log.add(
            at,
            f.nginx_access(
                at, seen.client, f"{seen.method} {path} HTTP/1.1", status, size, scene.latency(60), seen.agent
            ),
        )


def _api(scene: Scene) -> None:
    for pod, start, end in (
        ("api-58bd-mm4qt", START, DEPLOY + seconds(42)),
        ("api-6cf9-2kx7d", DEPLOY + seconds(11), END),
    ):
        log = scene.log(f"api/{pod}.log")
        if start != START:
            _hello(scene, pod, start)
        for at in scene.arrivals(start + seconds(31 if start != START else 0), end, 9500):
            fields = {"pod": pod, "request_id": scene.hex(12), "took_ms": scene.latency(42)}
            text = scene.pick(
                ("basket read", "order placed", "product read", "product read", "error page catalogue read")
            )
            log.add(at, f.json_line(at, "info", "api", text, **fields, error=None))
        for at in scene.ticks(start + seconds(60), end, 60):
            fields = {
                "requests": scene.between(290, 410),
                "errors": 0,
                "error_rate": 0.0,
                "timeouts": 0,
                "p95_ms": scene.between(71, 96),
            }
            log.add(at, f.json_line(at, "info", "api", "last minute", pod=pod, **fields))
        if end != END:
            _goodbye(scene, pod, end)


def _hello(scene: Scene, pod: str, at: datetime) -> None:
    log = scene.log(f"api/{pod}.log")
    for offset, text, fields in (
        (0, "starting", {"version": "7.4.0"}),
        (220, "error handler registered", {"handlers": ["NotFound", "ValidationError", "FatalError"]}),
        (390, "connected", {"database": "shop-db", "pool": 10}),
        (700, "self test: failure injection disabled", {}),
        (810, "ready", {"port": 8080}),
    ):
        log.add(at + ms(offset), f.json_line(at + ms(offset), "info", "api", text, pod=pod, **fields))


def _goodbye(scene: Scene, pod: str, at: datetime) -> None:
    log = scene.log(f"api/{pod}.log")
    for offset, text, fields in (
        (0, "received SIGTERM, graceful shutdown", {"in_flight": 2}),
        (340, "listener closed, no new connections accepted", {}),
        (905, "drained", {"in_flight": 0, "aborted": 0}),
        (960, "exit", {"code": 0}),
    ):
        log.add(at + ms(offset), f.json_line(at + ms(offset), "info", "api", text, pod=pod, **fields))


def _worker(scene: Scene) -> None:
    log = scene.log("worker/worker.log")
    for at in scene.arrivals(START, END, 14_000):
        job = scene.between(70_000, 79_999)
        text = scene.pick(
            (
                f"job {job} done in {scene.latency(800)} ms",
                f"job {job} done in {scene.latency(300)} ms, 0 errors",
                f"mail for order {job} sent",
            )
        )
        log.add(at, f.python_log(at, "INFO", "worker", text))
    for at, level, logger, text in (
        (
            utc("2026-06-16 07:12:41.100"),
            "WARNING",
            "worker.queue",
            "connection to queue lost (ConnectionResetError), reconnecting",
        ),
        (
            utc("2026-06-16 07:12:41.930"),
            "INFO",
            "worker.queue",
            "reconnected to queue after 1 attempt, no message lost",
        ),
        (
            utc("2026-06-16 07:38:05.210"),
            "ERROR",
            "worker.export",
            "export 7719 failed: upload timed out, retry 1 of 3 in 5 s",
        ),
        (utc("2026-06-16 07:38:12.774"), "INFO", "worker.export", "export 7719 succeeded on retry 1"),
        (
            utc("2026-06-16 07:45:00.020"),
            "INFO",
            "worker.cron",
            "error report: 0 errors, 0 fatal, 0 panics in the last 24 h",
        ),
    ):
        log.add(at, f.python_log(at, level, logger, text))


def _database(scene: Scene) -> None:
    log = scene.log("shop-db/postgresql.log")
    for at in scene.ticks(START + seconds(12), END - seconds(290), 300):
        took = scene.between(180, 269)
        log.add(at, f.postgres(at, 64, "", "LOG", "checkpoint starting: time"))
        text = f"checkpoint complete: wrote {scene.between(900, 2900)} buffers (0.4%); 0 WAL file(s) added, 0 removed, 2 recycled; write={took}.114 s, sync=0.021 s, total={took}.2 s"
        log.add(at + seconds(took), f.postgres(at + seconds(took), 64, "", "LOG", text))
    for at in scene.arrivals(START, END, 200_000):
        text = f"duration: {scene.between(1002, 1400)}.{scene.between(100, 999)} ms  statement: SELECT count(*) FROM error_codes e JOIN translations t USING (code)"
        log.add(at, f.postgres(at, 2100 + scene.between(1, 90), "api@shop", "LOG", text))


def _smoke_tests(scene: Scene) -> None:
    log = scene.log("deploy/smoke-tests.log")
    at = DEPLOY + seconds(90)
    for name in ("test_error_handling", "test_payment_failure_is_reported", "test_timeout_then_retry", "test_out_of_stock", "test_fatal_error_page", "test_500_is_logged"):  # fmt: skip
        at += ms(scene.between(200, 1900))
        log.add(at, f"{f.stamp(at)} {name} ... ok")
    at += ms(60)
    log.add(at, f"{f.stamp(at)} 6 passed, 0 failed, 0 errors in 7.1 s")


def _host(scene: Scene) -> None:
    log = scene.log("node-e1/syslog")
    for at in scene.arrivals(START, END, 75_000):
        process, text = scene.pick(
            (
                ("systemd[1]", "Finished Daily apt download activities."),
                ("systemd[1]", "apport-autoreport.service: Deactivated successfully."),
                ("kernel", "[88123.402211] Bluetooth: hci0: no firmware needed"),
                ("CRON[9127]", "(root) CMD (/usr/local/sbin/check-errors --quiet)"),
                ("check-errors[9130]", "no failed units, 0 errors"),
                ("kubelet[1188]", "I0616 kubelet.go:2461] pod crash-reporter is ready"),
            )
        )
        log.add(at, f.syslog(at, "node-e1", process, text))
