# ruff: noqa: E501 - log lines are as long as programs write them
"""By its own clock the victim failed first: it is more than three minutes behind the others.

`stock-db` fills its disk at 16:24:30; `stock` and `cart` fail because of it. The clock of `cart` is 200 seconds behind, so
its first error is stamped 16:21, before anything else went wrong. The spans of one request, stamped by each service,
give the clock away.
"""

from generator import formats as f
from generator.scene import Scene, ms, seconds, utc
from stories.signals import Metrics, Trace, requests, spans

START, BROKE, END = utc("2026-12-08 16:05:00"), utc("2026-12-08 16:24:30"), utc("2026-12-08 16:40:00")
OFFSETS = {"cart": -200_000}


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("skewed-clock")
    late = ms(OFFSETS["cart"])
    requests(scene, "shop", START, END, 10_000, "page rendered", 60)
    requests(scene, "cart", START + late, END + late, 10_000, "basket shown", 40)
    requests(scene, "stock", START, BROKE, 9000, "stock read", 20)
    log = scene.log("cart/cart.log")
    for at in scene.arrivals(BROKE + seconds(2) + late, END + late, 8000):
        log.add(
            at,
            f.logfmt(
                at,
                "error",
                "basket failed",
                service="cart",
                upstream="stock",
                status=503,
                error="503 Service Unavailable",
            ),
        )
    log = scene.log("stock/stock.log")
    for at in scene.arrivals(BROKE + seconds(1), END, 12_000):
        log.add(
            at,
            f.logfmt(
                at,
                "error",
                "stock not read",
                service="stock",
                upstream="stock-db",
                error="the database system is not accepting connections",
            ),
        )
    log = scene.log("stock-db/postgresql.log")
    for at in scene.ticks(START + seconds(30), BROKE, 180):
        log.add(at, f.postgres(at, 61, "", "LOG", "checkpoint complete: wrote 812 buffers (4.9%)"))
    log.add(
        BROKE,
        f.postgres(BROKE, 61, "", "PANIC", 'could not write to file "pg_wal/xlogtemp.61": No space left on device'),
    )
    after = BROKE + ms(310)
    log.add(after, f.postgres(after, 1, "", "LOG", "terminating any other active server processes"))
    traces = [_trace(scene, START + seconds(20 + 30 * n)) for n in range(65)]
    spans(scene, [trace for trace in traces if trace.spans])
    metrics = Metrics(scene, START, END)
    metrics.add("stock-db", "filesystem_used_percent", lambda at: 100 if at >= BROKE else 84, 0)
    metrics.as_table("metrics/metrics.csv")
    return scene


def _trace(scene: Scene, at: object) -> Trace:
    trace = Trace(scene, OFFSETS)
    if at < BROKE:
        shop = trace.span("shop", "GET /cart", at, 80)
        cart = trace.span("cart", "GET /baskets", at + ms(8), 60, shop)
        trace.span("stock", "GET /stock", at + ms(20), 30, cart)
    elif at < END:
        shop = trace.span("shop", "GET /cart", at, 70, error="502")
        cart = trace.span("cart", "GET /baskets", at + ms(8), 50, shop, "503")
        trace.span("stock", "GET /stock", at + ms(20), 20, cart, "the database system is not accepting connections")
    return trace
