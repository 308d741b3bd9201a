# ruff: noqa: E501, S608 - log lines are as long as programs write them, and the queries in them are not run
"""A release multiplies a connection pool by ten, and the database everybody shares runs out of slots.

orders-db allows 400 connections, three of them reserved. Six pods of checkout 2.40.3 hold 20 each, orders and the
reports hold about 60. Release 2.41.0 starts with 200 a pod: the first new pod fits, the second takes the last slot at
14:03:12.418 UTC. From then on whoever needs a new connection is refused: orders at once, the old checkout pods as
their connections reach their maximum age, the third new pod at its start.

Misleading on purpose: the payment provider answered 502 for two minutes 40 minutes before, an autovacuum of the
biggest table is slow, and web, which only passes errors on, is by far the loudest.
"""

from datetime import datetime

from generator import formats as f
from generator.scene import Scene, ms, seconds, utc
from generator.web import visit

START = utc("2026-05-12 13:14:00")
BLIP = utc("2026-05-12 13:22:07")
BLIP_END = utc("2026-05-12 13:24:31")
DEPLOY = utc("2026-05-12 13:58:21")
STARVED = utc("2026-05-12 14:03:12.418")
END = utc("2026-05-12 14:13:30")

REFUSED = "remaining connection slots are reserved for non-replication superuser connections"
PATHS = (
    ("GET", "/"),
    ("GET", "/products/{n}"),
    ("GET", "/cart"),
    ("POST", "/cart/items"),
    ("GET", "/account/orders/{n}"),
    ("POST", "/checkout"),
    ("POST", "/checkout"),
    ("GET", "/static/app.4f2a1c.js"),
)

REFUSED_IN_PYTHON = f"""Traceback (most recent call last):
  File "/usr/local/lib/python3.11/site-packages/sqlalchemy/engine/base.py", line 145, in __init__
    self._dbapi_connection = engine.raw_connection()
  File "/usr/local/lib/python3.11/site-packages/sqlalchemy/pool/base.py", line 896, in __connect
    self.dbapi_connection = connection = pool._invoke_creator(self)
  File "/srv/orders/orders/store.py", line 61, in open_session
    return Session(bind=engine.connect())
  File "/usr/local/lib/python3.11/site-packages/psycopg2/__init__.py", line 122, in connect
    conn = _connect(dsn, connection_factory=connection_factory, **kwasync)
sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at "orders-db" (10.42.7.20), \
port 5432 failed: FATAL:  {REFUSED}"""

NO_CONNECTION_IN_JAVA = """java.sql.SQLTransientConnectionException: orders-pool - Connection is not available, \
request timed out after {waited}ms (total={total}, active={total}, idle=0, waiting={waiting})
\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:686)
\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:179)
\tat com.zaxxer.hikari.HikariDataSource.getConnection(HikariDataSource.java:99)
\tat com.shop.checkout.reserve.ReservationRepository.reserve(ReservationRepository.java:74)
\tat com.shop.checkout.CheckoutController.submit(CheckoutController.java:118)
\t... 61 common frames omitted"""

POOL_INIT_FAILED = f"""com.zaxxer.hikari.pool.HikariPool$PoolInitializationException: Failed to initialize pool: FATAL: {REFUSED}
\tat com.zaxxer.hikari.pool.HikariPool.throwPoolInitializationException(HikariPool.java:596)
\tat com.zaxxer.hikari.pool.HikariPool.<init>(HikariPool.java:115)
\tat com.shop.checkout.CheckoutApplication.main(CheckoutApplication.java:31)
Caused by: org.postgresql.util.PSQLException: FATAL: {REFUSED}
\tat org.postgresql.core.v3.ConnectionFactoryImpl.doAuthentication(ConnectionFactoryImpl.java:693)
\tat org.postgresql.Driver.connect(Driver.java:279)
\t... 4 common frames omitted"""


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("postgres-connection-starvation")
    old = [scene.pod("checkout", "6c9d7f5b8") for _ in range(6)]
    new = [scene.pod("checkout", "84b7c6d9f") for _ in range(3)]
    _deployment(scene, old, new)
    _database(scene)
    _connections(scene)
    _orders(scene)
    _checkout_old(scene, old[5])
    _checkout_first(scene, new[0])
    _checkout_second(scene, new[1])
    _checkout_third(scene, new[2])
    _web(scene)
    _front_door(scene)
    return scene


def _deployment(scene: Scene, old: list[str], new: list[str]) -> None:
    deploy = scene.log("deploy/deploy.log")
    for at, text in (
        (utc("2026-05-12 13:31:02"), "search-indexer 1.18.4 -> 1.18.5 requested by ci (pipeline 88121)"),
        (utc("2026-05-12 13:31:40"), "search-indexer 1.18.5 rolled out, 2/2 pods ready"),
        (DEPLOY, "checkout 2.40.3 -> 2.41.0 requested by m.okafor (pipeline 88140)"),
        (DEPLOY + seconds(1), 'checkout 2.41.0 change: "reserve stock in one statement" (f31c9d2)'),
        (
            DEPLOY + seconds(1),
            'checkout 2.41.0 change: "raise orders-pool maximumPoolSize 20 -> 200 for sale" (a90be14)',
        ),
        (DEPLOY + seconds(1), 'checkout 2.41.0 change: "log basket size" (77d0c3e)'),
        (
            DEPLOY + seconds(4),
            "checkout 2.41.0 rolling update, 6 replicas, maxSurge=1 maxUnavailable=0, canary pause 240s",
        ),
        (utc("2026-05-12 13:58:56"), "checkout 2.41.0 1/6 pods updated and ready, pausing 240s"),
        (utc("2026-05-12 14:02:57"), "checkout 2.41.0 canary healthy (error rate 0.0%), continuing"),
        (utc("2026-05-12 14:03:19"), "checkout 2.41.0 2/6 pods updated and ready"),
        (utc("2026-05-12 14:08:21"), "checkout 2.41.0 progress deadline exceeded, 2/6 pods updated, rollout paused"),
    ):
        level = "WARN" if "exceeded" in text else "INFO"
        deploy.add(at, f"{f.stamp(at, fraction=False)} {level} deployer: {text}")

    events = scene.log("kubernetes/events.txt", head=f.events_head())
    for at, kind, reason, thing, text in (
        (utc("2026-05-12 13:20:14"), "Normal", "ScalingReplicaSet", "deployment/web", "Scaled up replica set web-5d8c9 to 4"),
        (utc("2026-05-12 13:31:09"), "Normal", "Pulled", "pod/search-indexer-58f4d-2xkpl", 'Image "search-indexer:1.18.5" already present'),
        (utc("2026-05-12 13:44:50"), "Warning", "Unhealthy", "pod/search-indexer-58f4d-2xkpl", "Readiness probe failed: Get \"http://10.42.5.9:8080/ready\": context deadline exceeded"),
        (DEPLOY + seconds(5), "Normal", "ScalingReplicaSet", "deployment/checkout", "Scaled up replica set checkout-84b7c6d9f to 1"),
        (DEPLOY + seconds(9), "Normal", "Pulled", f"pod/{new[0]}", 'Successfully pulled image "registry.shop.example/checkout:2.41.0" in 3.1s'),
        (utc("2026-05-12 13:58:57"), "Normal", "ScalingReplicaSet", "deployment/checkout", "Scaled down replica set checkout-6c9d7f5b8 to 5"),
        (utc("2026-05-12 13:58:58"), "Normal", "Killing", f"pod/{old[0]}", "Stopping container checkout"),
        (utc("2026-05-12 14:02:58"), "Normal", "ScalingReplicaSet", "deployment/checkout", "Scaled up replica set checkout-84b7c6d9f to 2"),
        (utc("2026-05-12 14:03:20"), "Normal", "ScalingReplicaSet", "deployment/checkout", "Scaled down replica set checkout-6c9d7f5b8 to 4"),
        (utc("2026-05-12 14:03:21"), "Normal", "Killing", f"pod/{old[1]}", "Stopping container checkout"),
        (utc("2026-05-12 14:03:21"), "Normal", "ScalingReplicaSet", "deployment/checkout", "Scaled up replica set checkout-84b7c6d9f to 3"),
        (utc("2026-05-12 14:04:02"), "Warning", "BackOff", f"pod/{new[2]}", "Back-off restarting failed container checkout"),
        (utc("2026-05-12 14:05:31"), "Warning", "BackOff", f"pod/{new[2]}", "Back-off restarting failed container checkout"),
        (utc("2026-05-12 14:05:12"), "Warning", "Unhealthy", f"pod/{old[5]}", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
        (utc("2026-05-12 14:08:21"), "Warning", "ProgressDeadlineExceeded", "deployment/checkout", 'ReplicaSet "checkout-84b7c6d9f" has timed out progressing'),
        (utc("2026-05-12 14:10:44"), "Warning", "BackOff", f"pod/{new[2]}", "Back-off restarting failed container checkout"),
    ):  # fmt: skip
        events.add(at, f.event(at, kind, reason, thing, text))


def _database(scene: Scene) -> None:
    log = scene.log("orders-db/postgresql.log")
    number = scene.between(400, 900)
    for at in scene.ticks(START + seconds(48), END, 300):
        took = scene.between(180, 269)
        buffers = scene.between(1400, 5200)
        log.add(at, f.postgres(at, 71, "", "LOG", "checkpoint starting: time"))
        log.add(
            at + seconds(took),
            f.postgres(
                at + seconds(took),
                71,
                "",
                "LOG",
                f"checkpoint complete: wrote {buffers} buffers ({buffers * 100 // 524288}.{buffers % 10}%); 0 WAL "
                f"file(s) added, 0 removed, {scene.between(1, 5)} recycled; write={took - 1}.{scene.between(100, 900)} s, "
                f"sync=0.0{scene.between(11, 90)} s, total={took}.{scene.between(10, 99)} s",
            ),
        )
    for at in scene.arrivals(START, END, 21_000):
        took = scene.between(1004, 2890)
        order = scene.between(4_100_000, 4_190_000)
        query, who = scene.pick(
            (
                (f"SELECT * FROM order_items WHERE order_id = {order} ORDER BY position", "orders@orders"),
                (
                    f"SELECT count(*) FROM orders WHERE customer_id = {order % 81_000} AND state <> 'done'",
                    "orders@orders",
                ),
                ("SELECT date_trunc('hour', created_at), sum(total) FROM orders GROUP BY 1", "reports@orders"),
                (f"UPDATE stock SET reserved = reserved + 1 WHERE sku = 'SKU-{order % 9999:04d}'", "checkout@orders"),
            )
        )
        text = f"duration: {took}.{scene.between(100, 999)} ms  statement: {query}"
        log.add(at, f.postgres(at, 18_000 + scene.between(1, 900), who, "LOG", text))
    for at in scene.arrivals(START, END, 260_000):
        number += 1
        who = scene.pick(("orders@orders", "checkout@orders"))
        text = 'duplicate key value violates unique constraint "idempotency_keys_pkey"'
        detail = f"DETAIL:  Key (key)=({scene.hex(8)}-{scene.hex(4)}) already exists."
        log.add(at, f.postgres(at, 18_000 + number % 900, who, "ERROR", text, detail))
    at = utc("2026-05-12 13:52:40.117")
    log.add(
        at,
        f.postgres(
            at,
            20417,
            "",
            "LOG",
            'automatic vacuum of table "orders.public.order_events": index scans: 1\n'
            "\tpages: 0 removed, 1918230 remain, 0 skipped due to pins, 604112 skipped frozen\n"
            "\ttuples: 2210441 removed, 88120934 remain, 190233 are dead but not yet removable\n"
            "\tsystem usage: CPU: user: 61.20 s, system: 18.84 s, elapsed: 1260.31 s",
        ),
    )
    at = utc("2026-05-12 13:41:03.550")
    log.add(
        at,
        f.postgres(
            at, 20417, "", "WARNING", 'autovacuum of table "orders.public.order_events" is still running after 600 s'
        ),
    )
    _refusals(scene)


def _refusals(scene: Scene) -> None:
    log = scene.log("orders-db/postgresql.log")
    pid = 21_873
    moments = [STARVED, STARVED + ms(207), STARVED + ms(611)]
    moments += list(scene.arrivals(STARVED + ms(900), END, 2900))
    for at in moments:
        early = at < STARVED + ms(300)
        who = (
            "checkout@orders"
            if early
            else scene.pick(("checkout@orders",) * 3 + ("orders@orders", "orders@orders", "reports@orders"))
        )
        log.add(at, f.postgres(at, pid, who, "FATAL", REFUSED))
        pid += scene.between(1, 4)


def _connections(scene: Scene) -> None:
    log = scene.log("orders-db/exporter.log")
    old, first, second = 6 * 20, 0, 0
    for at in scene.ticks(START, END, 30):
        if at > utc("2026-05-12 13:58:58"):
            old, first = 5 * 20, 200
        if at > STARVED - seconds(4):
            second = min(200, 41 + int((at - STARVED).total_seconds()) // 8)
            old = 397 - 200 - second - 56
        orders = 44 + scene.between(-3, 4) if second == 0 else 45
        reports = scene.between(7, 10) if second == 0 else 10
        checkout = old + first + second
        total = checkout + orders + reports + 1
        log.add(
            at,
            f.logfmt(
                at,
                "info",
                "pg_stat_activity",
                instance="orders-db:5432",
                max_connections=400,
                superuser_reserved=3,
                connections=total,
                checkout=checkout,
                orders=orders,
                reports=reports,
                active=scene.between(9, 22),
                idle=total - 22,
                longest_idle_in_transaction_s=scene.between(0, 3),
            ),
        )


def _orders(scene: Scene) -> None:
    log = scene.log("orders/orders.log")
    for at in scene.arrivals(START, END, 13_000):
        order = scene.between(4_180_000, 4_199_999)
        request = scene.hex(12)
        if at < STARVED or scene.chance(25):
            text = scene.pick(
                (
                    f"order {order} created customer={order % 81_000} items={scene.between(1, 7)} request_id={request}",
                    f"GET /v1/orders/{order} 200 in {scene.latency(35)} ms request_id={request}",
                    f"order {order} state reserved -> paid request_id={request}",
                )
            )
            log.add(at, f.python_log(at, "INFO", "orders.api", text))
            continue
        text = f"POST /v1/orders failed request_id={request}"
        log.add(at, f.python_log(at, "ERROR", "orders.api", text, REFUSED_IN_PYTHON))
        log.add(at + ms(3), f.python_log(at + ms(3), "WARNING", "orders.api", f"answered 503 request_id={request}"))
    for at in scene.arrivals(START, END, 420_000):
        text = f"slow response from orders-db: {scene.between(1010, 2400)} ms for list_orders"
        log.add(at, f.python_log(at, "WARNING", "orders.store", text))
    for at in scene.ticks(START + seconds(17), END, 120):
        text = f"outbox: {scene.between(11, 60)} events published, 0 failed"
        log.add(at, f.python_log(at, "INFO", "orders.outbox", text))


def _start_up(scene: Scene, pod: str, at: datetime, version: str, pool: int) -> None:
    log = scene.log(f"checkout/{pod}.log")
    for offset, logger, text in (
        (
            0,
            "c.s.checkout.CheckoutApplication",
            f"Starting CheckoutApplication v{version} using Java 21.0.3 on {pod} with PID 1",
        ),
        (812, "c.s.c.config.Profiles", 'The following 1 profile is active: "production"'),
        (
            1964,
            "c.s.c.config.DataSourceConfig",
            f"orders-pool: jdbc:postgresql://orders-db:5432/orders user=checkout maximumPoolSize={pool} minimumIdle={pool} maxLifetime=600000",
        ),
        (2010, "com.zaxxer.hikari.HikariDataSource", "orders-pool - Starting..."),
    ):
        log.add(at + ms(offset), f.logback(at + ms(offset), "INFO", "main", logger, text))


def _started(scene: Scene, pod: str, at: datetime) -> None:
    log = scene.log(f"checkout/{pod}.log")
    log.add(at, f.logback(at, "INFO", "main", "com.zaxxer.hikari.HikariDataSource", "orders-pool - Start completed."))
    at += ms(4130)
    text = "Started CheckoutApplication in 7.418 seconds (process running for 8.02)"
    log.add(at, f.logback(at, "INFO", "main", "c.s.checkout.CheckoutApplication", text))


def _paid(scene: Scene, pod: str, at: datetime) -> None:
    basket = scene.hex(8)
    thread = f"http-nio-8080-exec-{scene.between(1, 40)}"
    text = scene.pick(
        (
            f"basket {basket} checked out total={scene.between(9, 420)}.{scene.between(10, 99)} EUR in {scene.latency(240)} ms",
            f"basket {basket} reserved {scene.between(1, 6)} items in {scene.latency(40)} ms",
            f"payment authorised basket={basket} provider=paygate in {scene.latency(310)} ms",
        )
    )
    scene.log(f"checkout/{pod}.log").add(at, f.logback(at, "INFO", thread, "c.s.checkout.CheckoutService", text))


def _checkout_old(scene: Scene, pod: str) -> None:
    log = scene.log(f"checkout/{pod}.log")
    for at in scene.arrivals(START, END, 15_000):
        if at < STARVED + seconds(95) or scene.chance(20):
            if BLIP <= at <= BLIP_END:
                _provider_failed(scene, pod, at)
            else:
                _paid(scene, pod, at)
            continue
        thread = f"http-nio-8080-exec-{scene.between(1, 40)}"
        trace = NO_CONNECTION_IN_JAVA.format(
            waited=30000 + scene.between(0, 9), total=scene.between(1, 6), waiting=scene.between(8, 96)
        )
        text = f"basket {scene.hex(8)} could not be reserved, answering 503"
        log.add(at, f.logback(at, "ERROR", thread, "c.s.checkout.CheckoutController", text, trace))
    for at in scene.ticks(START + seconds(33), END, 60):
        total = 20 if at < STARVED else max(1, 20 - int((at - STARVED).total_seconds()) // 7)
        active = scene.between(1, 4) if at < STARVED else total
        waiting = 0 if at < STARVED + seconds(60) else scene.between(12, 90)
        text = f"orders-pool - Pool stats (total={total}, active={active}, idle={total - active}, waiting={waiting})"
        log.add(at, f.logback(at, "INFO", "orders-pool housekeeper", "com.zaxxer.hikari.pool.HikariPool", text))


def _provider_failed(scene: Scene, pod: str, at: datetime) -> None:
    log = scene.log(f"checkout/{pod}.log")
    thread = f"http-nio-8080-exec-{scene.between(1, 40)}"
    basket = scene.hex(8)
    trace = (
        "com.shop.checkout.pay.ProviderException: POST https://api.paygate.example/v3/authorise: 502 Bad Gateway\n"
        "\tat com.shop.checkout.pay.PaygateClient.authorise(PaygateClient.java:93)\n"
        "\tat com.shop.checkout.CheckoutService.pay(CheckoutService.java:201)"
    )
    text = f"payment failed basket={basket} attempt=1"
    log.add(at, f.logback(at, "ERROR", thread, "c.s.checkout.CheckoutService", text, trace))
    retry = at + ms(scene.between(900, 2600))
    text = f"payment authorised basket={basket} provider=paygate attempt=2 in {scene.latency(700)} ms"
    log.add(retry, f.logback(retry, "INFO", thread, "c.s.checkout.CheckoutService", text))


def _checkout_first(scene: Scene, pod: str) -> None:
    _start_up(scene, pod, DEPLOY + seconds(13), "2.41.0", 200)
    _started(scene, pod, DEPLOY + ms(28_300))
    for at in scene.arrivals(utc("2026-05-12 13:58:57"), END, 12_000):
        if at > STARVED and scene.chance(45):
            text = f"orders answered 503 for basket {scene.hex(8)}, giving up after 3 attempts"
            thread = f"http-nio-8080-exec-{scene.between(1, 40)}"
            line = f.logback(at, "ERROR", thread, "c.s.checkout.CheckoutService", text)
            scene.log(f"checkout/{pod}.log").add(at, line)
        else:
            _paid(scene, pod, at)
    for at in scene.ticks(utc("2026-05-12 13:59:31"), END, 60):
        active = scene.between(1, 5)
        text = f"orders-pool - Pool stats (total=200, active={active}, idle={200 - active}, waiting=0)"
        line = f.logback(at, "INFO", "orders-pool housekeeper", "com.zaxxer.hikari.pool.HikariPool", text)
        scene.log(f"checkout/{pod}.log").add(at, line)


def _checkout_second(scene: Scene, pod: str) -> None:
    _start_up(scene, pod, utc("2026-05-12 14:03:04.310"), "2.41.0", 200)
    _started(scene, pod, utc("2026-05-12 14:03:12.015"))
    for at in scene.arrivals(utc("2026-05-12 14:03:20"), END, 14_000):
        _paid(scene, pod, at)
    for at in scene.ticks(utc("2026-05-12 14:03:42"), END, 60):
        total = min(200, 41 + int((at - STARVED).total_seconds()) // 8)
        text = f"orders-pool - Pool stats (total={total}, active={scene.between(2, 6)}, idle={total - 6}, waiting=0)"
        line = f.logback(at, "INFO", "orders-pool housekeeper", "com.zaxxer.hikari.pool.HikariPool", text)
        scene.log(f"checkout/{pod}.log").add(at, line)


def _checkout_third(scene: Scene, pod: str) -> None:
    log = scene.log(f"checkout/{pod}.log")
    for at in (
        utc("2026-05-12 14:03:28.102"),
        utc("2026-05-12 14:04:15.377"),
        utc("2026-05-12 14:05:44.950"),
        utc("2026-05-12 14:10:58.206"),
    ):
        _start_up(scene, pod, at, "2.41.0", 200)
        failed = at + ms(3040)
        text = "orders-pool - Exception during pool initialization."
        log.add(failed, f.logback(failed, "ERROR", "main", "com.zaxxer.hikari.pool.HikariPool", text, POOL_INIT_FAILED))
        failed += ms(160)
        log.add(failed, f.logback(failed, "ERROR", "main", "o.s.boot.SpringApplication", "Application run failed"))


def _web(scene: Scene) -> None:
    log = scene.log("web/web.log")
    for at in scene.arrivals(START, END, 9000):
        seen = visit(scene, PATHS)
        request = scene.hex(12)
        fields = {"method": seen.method, "path": seen.path, "request_id": request}
        line = f.logfmt(at, "info", "request", **fields, status=200, took_ms=scene.latency(60))
        log.add(at, line)
    for at in scene.arrivals(STARVED + ms(740), END, 4200):
        request = scene.hex(12)
        if at < STARVED + seconds(60) or scene.chance(55):
            problem = {
                "upstream": "orders",
                "status": 503,
                "error": "POST http://orders:8000/v1/orders: 503 Service Unavailable",
            }
        else:
            problem = {
                "upstream": "checkout",
                "status": 503,
                "error": "POST http://checkout:8080/checkout: 503 Service Unavailable",
            }
        if scene.chance(20) and at > STARVED + seconds(60):
            problem["status"] = 504
            problem["error"] = f"{problem['error'].partition(': 503')[0]}: context deadline exceeded"
        log.add(at, f.logfmt(at, "error", "upstream failed", request_id=request, **problem))
        if scene.chance(30):
            again = at + ms(scene.between(200, 800))
            log.add(again, f.logfmt(again, "error", "request failed", request_id=request, status=503, path="/checkout"))
    for at in scene.arrivals(START, END, 500_000):
        log.add(
            at,
            f.logfmt(
                at,
                "warn",
                "session cookie rejected",
                reason="bad signature",
                client=f"198.51.100.{scene.between(2, 250)}",
            ),
        )


def _front_door(scene: Scene) -> None:
    access = scene.log("nginx/access.log")
    error = scene.log("nginx/error.log")
    connection = 918_000
    for at in scene.arrivals(START, END, 6500):
        seen = visit(scene, PATHS)
        connection += scene.between(1, 9)
        status, took = 200, scene.latency(80)
        if seen.path == "/products/10404" or scene.chance(1):
            status = 404
        if at > STARVED + ms(800) and seen.path == "/checkout" and scene.chance(85):
            status, took = scene.pick(((503, scene.latency(70)), (503, 30_000 + scene.between(2, 40)), (504, 60_000)))
        if at > STARVED + ms(800) and seen.path.startswith("/account/orders") and scene.chance(60):
            status = 503
        size = scene.between(400, 48_000) if status == 200 else 197
        request = f"{seen.method} {seen.path} HTTP/1.1"
        access.add(at, f.nginx_access(at, seen.client, request, status, size, took, seen.agent))
        if status == 504:
            text = (
                f"upstream timed out (110: Connection timed out) while reading response header from upstream, client: "
                f'{seen.client}, server: shop.example, request: "{request}", upstream: "http://10.42.2.8:8080{seen.path}"'
            )
            error.add(at, f.nginx_error(at, "error", connection, text))
    for at in scene.arrivals(START, END, 600_000):
        text = f'open() "/usr/share/nginx/html/wp-login.php" failed (2: No such file or directory), client: 192.0.2.{scene.between(2, 250)}, server: shop.example, request: "GET /wp-login.php HTTP/1.1"'
        error.add(at, f.nginx_error(at, "error", scene.between(918_000, 921_000), text))
