# ruff: noqa: E501 - log lines are as long as programs write them
"""The resolver of the network stops answering, and three services fall over one after the other.

CoreDNS forwards every name outside the cluster to 10.60.0.2. From 18:41:07 UTC that address does not answer. catalog
needs `catalog-db.int.example` and fails first; cart asks catalog for prices and fails with it; storefront asks both.
Names inside the cluster still resolve. At 18:57:40 the resolver answers again and all recover by themselves.

Misleading on purpose: a Redis fail-over 25 minutes earlier, NXDOMAIN noise from search domains all day, and storefront,
the loudest of all, which has no fault but its friends.
"""

from datetime import datetime

from generator import formats as f
from generator.scene import Scene, ms, seconds, utc

START = utc("2026-03-03 18:08:00")
BROKEN = utc("2026-03-03 18:41:07.140")
REPAIRED = utc("2026-03-03 18:57:40")
END = utc("2026-03-03 19:12:00")

JAVA_TRACE = """java.sql.SQLTransientConnectionException: catalog-db - Connection is not available, request timed out after 5000ms.
\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)
\tat com.shop.catalog.PriceRepository.prices(PriceRepository.java:52)
\tat com.shop.catalog.PriceController.get(PriceController.java:29)
Caused by: org.postgresql.util.PSQLException: The connection attempt failed.
\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:354)
\t... 20 common frames omitted
Caused by: java.net.UnknownHostException: catalog-db.int.example: Temporary failure in name resolution
\tat java.base/java.net.Inet6AddressImpl.lookupAllHostAddr(Native Method)
\t... 26 common frames omitted"""


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("dns-failure-cascade")
    _coredns(scene)
    _catalog(scene)
    _cart(scene)
    _storefront(scene)
    _mailer(scene)
    _events(scene)
    return scene


def _coredns(scene: Scene) -> None:
    for number, pod in enumerate(scene.pod("coredns", "76f75df574") for _ in range(2)):
        log = scene.log(f"coredns/{pod}.log")
        at = START + seconds(11)
        log.add(at, f"{f.stamp(at)} [INFO] plugin/reload: Running configuration SHA512 = 8e1b6c0f")
        for at in scene.arrivals(START, END, 46_000):
            name = scene.pick(
                ("catalog.shop.svc.cluster.local.", "cart.shop.svc.cluster.local.", "redis.shop.svc.cluster.local.")
            )
            log.add(at, _answer(scene, at, name, "NOERROR qr,aa,rd 106"))
        for at in scene.arrivals(START, END, 170_000):
            name = scene.pick(
                ("catalog-db.int.example.shop.svc.cluster.local.", "smtp.mail.example.svc.cluster.local.")
            )
            log.add(at, _answer(scene, at, name, "NXDOMAIN qr,aa,rd 168"))
        first = BROKEN + ms(1466 * number)
        log.add(first, _timeout(scene, first, number, "catalog-db.int.example.", "A"))
        for at in scene.arrivals(BROKEN + seconds(2), REPAIRED, 5200):
            name = scene.pick(("catalog-db.int.example.",) * 4 + ("smtp.mail.example.", "api.fx.example."))
            log.add(at, _timeout(scene, at, number, name, scene.pick(("A", "A", "AAAA"))))


def _answer(scene: Scene, at: datetime, name: str, result: str) -> str:
    client = f"10.42.{scene.between(1, 6)}.{scene.between(2, 90)}:{scene.between(32_000, 60_000)}"
    question = f'"A IN {name} udp {len(name) + 23} false 512"'
    took = f"0.000{scene.between(100, 400)}s"
    return f"{f.stamp(at)} [INFO] {client} - {scene.between(1000, 60_000)} {question} {result} {took}"


def _timeout(scene: Scene, at: datetime, number: int, name: str, kind: str) -> str:
    path = f"10.42.{number + 1}.4:{scene.between(33_000, 60_000)}->10.60.0.2:53"
    return f"{f.stamp(at)} [ERROR] plugin/errors: 2 {name} {kind}: read udp {path}: i/o timeout"


def _catalog(scene: Scene) -> None:
    log = scene.log("catalog/catalog.log")
    for at in scene.arrivals(START, END, 13_000):
        thread = f"http-nio-8080-exec-{scene.between(1, 30)}"
        if BROKEN + ms(2600) < at < REPAIRED + seconds(5) and scene.chance(88):
            text = f"prices of {scene.between(1, 12)} products are not available, answering 503"
            log.add(at, f.logback(at, "ERROR", thread, "c.s.catalog.PriceController", text, JAVA_TRACE))
        else:
            text = f"prices of {scene.between(1, 12)} products in {scene.latency(22)} ms"
            log.add(at, f.logback(at, "INFO", thread, "c.s.catalog.PriceController", text))
    at = REPAIRED + seconds(4)
    log.add(
        at,
        f.logback(
            at,
            "INFO",
            "catalog-db housekeeper",
            "com.zaxxer.hikari.pool.HikariPool",
            "catalog-db - Pool stats (total=10, active=1, idle=9, waiting=0)",
        ),
    )


def _cart(scene: Scene) -> None:
    log = scene.log("cart/cart.log")
    for at in scene.arrivals(START, END, 11_000):
        fields = {"basket": scene.hex(8), "trace_id": scene.hex(16)}
        if BROKEN + seconds(8) < at < REPAIRED + seconds(11) and scene.chance(85):
            text = "prices failed: Request failed with status code 503"
            log.add(
                at,
                f.json_line(at, "error", "cart", text, upstream="catalog", url="http://catalog:8080/prices", **fields),
            )
            again = at + ms(scene.between(40, 400))
            log.add(
                again,
                f.json_line(
                    again, "warn", "cart", "circuit breaker open", upstream="catalog", failures=scene.between(5, 40)
                ),
            )
        else:
            log.add(at, f.json_line(at, "info", "cart", "basket priced", **fields, took_ms=scene.latency(31)))
    at = utc("2026-03-03 18:15:52.410")
    for offset, level, text in (
        (0, "error", "redis: connection lost: ECONNRESET 10.60.4.11:6379"),
        (310, "warn", "redis: reconnecting, attempt 1"),
        (2890, "warn", "redis: +switch-master sessions 10.60.4.11 6379 10.60.4.12 6379"),
        (3120, "info", "redis: connected to 10.60.4.12:6379, 0 commands lost"),
    ):
        log.add(at + ms(offset), f.json_line(at + ms(offset), level, "cart", text))


def _storefront(scene: Scene) -> None:
    log = scene.log("storefront/storefront.log")
    for at in scene.arrivals(START, END, 6500):
        path = scene.pick(("/", "/p/{}", "/p/{}", "/cart", "/search?q=lamp")).format(scene.between(1000, 9999))
        fields = {"path": path, "request_id": scene.hex(12)}
        if BROKEN + seconds(12) < at < REPAIRED + seconds(14) and scene.chance(80):
            upstream = scene.pick(("cart", "cart", "catalog"))
            error = scene.pick(
                (
                    f"GET http://{upstream}:8080/: 503 Service Unavailable",
                    f"GET http://{upstream}:8080/: context deadline exceeded",
                )
            )
            log.add(at, f.logfmt(at, "error", "page failed", **fields, upstream=upstream, status=503, error=error))
            if scene.chance(40):
                log.add(at + ms(2), f.logfmt(at + ms(2), "error", "rendered error page", **fields, status=503))
        else:
            log.add(at, f.logfmt(at, "info", "page", **fields, status=200, took_ms=scene.latency(95)))
    for at in scene.arrivals(START, END, 900_000):
        log.add(at, f.logfmt(at, "warn", "slow template", template="product.html", took_ms=scene.between(310, 800)))


def _mailer(scene: Scene) -> None:
    log = scene.log("mailer/mailer.log")
    for at in scene.ticks(START + seconds(25), END, 60):
        if BROKEN < at < REPAIRED:
            trace = (
                "Traceback (most recent call last):\n"
                '  File "/srv/mailer/mailer/send.py", line 71, in deliver\n'
                "    with smtplib.SMTP(self._host, 587, timeout=10) as smtp:\n"
                '  File "/usr/local/lib/python3.12/socket.py", line 963, in getaddrinfo\n'
                "    for res in _socket.getaddrinfo(host, port, family, type, proto, flags):\n"
                "socket.gaierror: [Errno -3] Temporary failure in name resolution"
            )
            text = f"{scene.between(1, 9)} mails kept in the queue"
            log.add(at, f.python_log(at, "ERROR", "mailer.send", text, trace))
        else:
            log.add(at, f.python_log(at, "INFO", "mailer.send", f"{scene.between(1, 30)} mails delivered"))


def _events(scene: Scene) -> None:
    events = scene.log("kubernetes/events.txt", head=f.events_head())
    for at, kind, reason, thing, text in (
        (utc("2026-03-03 18:15:53"), "Normal", "Scheduled", "pod/redis-sentinel-0", "Successfully assigned shop/redis-sentinel-0 to node-c2"),
        (utc("2026-03-03 18:22:10"), "Normal", "ScalingReplicaSet", "deployment/storefront", "Scaled up replica set storefront-7bd to 5"),
        (utc("2026-03-03 18:42:01"), "Warning", "Unhealthy", "pod/catalog-6f6b9-x7k2p", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
        (utc("2026-03-03 18:42:31"), "Warning", "Unhealthy", "pod/catalog-6f6b9-m4zqd", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
        (utc("2026-03-03 18:43:18"), "Warning", "Unhealthy", "pod/cart-5cc8d-9wvbn", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
        (utc("2026-03-03 18:58:02"), "Normal", "Pulled", "pod/report-cron-4418", 'Image "reports:3.3.1" already present'),
    ):  # fmt: skip
        events.add(at, f.event(at, kind, reason, thing, text))
