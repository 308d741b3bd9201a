# ruff: noqa: E501 - log lines are as long as programs write them
"""Names no longer resolve, and every service blames somebody else.

`coredns` loses its upstream at 08:33. The three services complain about a database, a mail provider and a payment
provider; the metrics of `coredns` count SERVFAIL.
"""

from generator import formats as f
from generator.scene import Scene, seconds, utc
from stories.signals import Deployments, Metrics, requests

START, BROKE, END = utc("2026-11-03 08:10:00"), utc("2026-11-03 08:33:12"), utc("2026-11-03 08:52:00")
CALLS = (
    ("accounts", "accounts-db.int.example", "getaddrinfo EAI_AGAIN accounts-db.int.example"),
    ("notify", "smtp.mail.example", "socket.gaierror: [Errno -3] Temporary failure in name resolution"),
    ("payments", "api.pay.example", "dial tcp: lookup api.pay.example on 10.96.0.10:53: server misbehaving"),
)


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("dns-outage")
    Deployments(scene).add(BROKE - seconds(1320), "payments", "4.0.1", "4.0.2", commit="c0ffee1")
    for service, host, error in CALLS:
        requests(scene, service, START, BROKE, 9000, "request done", 45)
        log = scene.log(f"{service}/{service}.log")
        for at in scene.arrivals(BROKE + seconds(2), END, 11_000):
            log.add(at, f.logfmt(at, "error", "call failed", service=service, host=host, error=error))
    log = scene.log("coredns/coredns.log")
    for at in scene.arrivals(START, BROKE, 45_000):
        log.add(
            at,
            f'{f.stamp(at)} [INFO] 10.42.2.9:41001 - 3 "A IN smtp.mail.example. udp 35 false 512" NOERROR qr,rd,ra 68 0.004s',
        )
    for at in [BROKE, *scene.arrivals(BROKE + seconds(4), END, 24_000)]:
        name = scene.pick([host for _, host, _ in CALLS])
        log.add(
            at, f"{f.stamp(at)} [ERROR] plugin/errors: 2 {name}. A: read udp 10.42.1.4:52211->10.0.0.2:53: i/o timeout"
        )
    metrics = Metrics(scene, START, END)
    metrics.add("coredns", "coredns_dns_responses_servfail_per_second", lambda at: 7.5 if at >= BROKE else 0.01)
    for service, _, _ in CALLS:
        metrics.add(service, "http_5xx_per_second", lambda at: 2.2 if at >= BROKE + seconds(30) else 0.01)
        metrics.add(service, "cpu_utilization_percent", lambda at: 25)
    metrics.as_query_result("metrics/golden_signals.json")
    return scene
