"""A release throws where the old one did not; the next service to complain is the one that calls it.

`cart` 3.8.0 goes out at 11:02 and fails for baskets with a voucher. `storefront` turns that into 502s, and `vouchers`,
which was released too, does its work.
"""

from generator import formats as f
from generator.scene import Scene, seconds, utc
from stories.signals import Deployments, Metrics, requests

START, DEPLOY, END = utc("2026-05-19 10:40:00"), utc("2026-05-19 11:02:10"), utc("2026-05-19 11:25:00")
BROKE = DEPLOY + seconds(25)
TRACE = """java.lang.NullPointerException: Cannot invoke "com.shop.cart.Voucher.percent()" because "voucher" is null
\tat com.shop.cart.Totals.discount(Totals.java:88)
\tat com.shop.cart.CartController.total(CartController.java:41)"""


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("bad-release")
    deployments = Deployments(scene)
    deployments.add(DEPLOY - seconds(900), "vouchers", "1.19.2", "1.20.0", commit="77ab01e")
    deployments.add(DEPLOY, "cart", "3.7.4", "3.8.0", commit="0d4c5b1")
    requests(scene, "vouchers", START, END, 12_000, "voucher checked", 8)
    requests(scene, "storefront", START, END, 8000, "page rendered", 70)
    log = scene.log("storefront/storefront.log")
    for at in scene.arrivals(BROKE + seconds(3), END, 12_000):
        log.add(
            at,
            f.logfmt(
                at,
                "error",
                "basket not shown",
                service="storefront",
                upstream="cart",
                status=502,
                error="500 Internal Server Error",
            ),
        )
    log = scene.log("cart/cart.log")
    for at in scene.arrivals(START, END, 9000):
        thread = f"http-nio-8080-exec-{scene.between(1, 20)}"
        if at >= BROKE and scene.chance(55):
            log.add(at, f.logback(at, "ERROR", thread, "c.s.cart.CartController", "total of basket failed", TRACE))
        else:
            log.add(
                at, f.logback(at, "INFO", thread, "c.s.cart.CartController", f"total of {scene.between(1, 9)} items")
            )
    metrics = Metrics(scene, START, END)
    metrics.add("cart", "http_server_errors_per_second", lambda at: 1.9 if at >= BROKE else 0.002)
    metrics.add("storefront", "http_server_errors_per_second", lambda at: 1.7 if at >= BROKE else 0.004)
    for service in ("cart", "storefront", "vouchers"):
        metrics.add(service, "request_duration_seconds_p95", lambda at: 0.12)
    metrics.as_query_result("metrics/golden_signals.json", label="service")
    return scene
