"""A node goes, and with it one pod of each of four services, which complain about one another.

The kubelet of `node-c3` stops answering at 02:11; its pods are evicted five minutes later and are scheduled elsewhere.
"""

from generator import formats as f
from generator.scene import Scene, seconds, utc
from stories.signals import EVENTS, Metrics, requests

START, BROKE, END = utc("2026-10-11 01:50:00"), utc("2026-10-11 02:11:20"), utc("2026-10-11 02:30:00")
PODS = ("orders-7d9c4b6f5-x2lkp", "billing-5b8f6d7c9-m4zqd", "session-cache-0", "mailer-6f5d8c7b4-p9wvr")


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("lost-node")
    for service, upstream in (("storefront", "orders"), ("orders", "billing"), ("account", "session-cache")):
        requests(scene, service, START, END, 9000, "request done", 50)
        log = scene.log(f"{service}/{service}.log")
        for at in scene.arrivals(BROKE + seconds(7), BROKE + seconds(420), 15_000):
            log.add(
                at,
                f.logfmt(
                    at,
                    "error",
                    "call failed",
                    service=service,
                    upstream=upstream,
                    error="dial tcp 10.42.3.17:8080: connect: no route to host",
                ),
            )
    _events(scene)
    metrics = Metrics(scene, START, END)
    for node in ("node-c1", "node-c2"):
        metrics.add(node, "node_cpu_utilization_percent", lambda at: 41)
    metrics.add("node-c3", "node_cpu_utilization_percent", lambda at: 43, until=BROKE)
    metrics.as_query_result("metrics/nodes.json", label="node")
    return scene


def _events(scene: Scene) -> None:
    events = scene.log(EVENTS, head=f.events_head())
    at = BROKE - seconds(640)
    events.add(
        at,
        f.event(
            at,
            "Normal",
            "Scheduled",
            "pod/report-29014-x9k2j",
            "Successfully assigned shop/report-29014-x9k2j to node-c1",
        ),
    )
    at = BROKE
    events.add(at, f.event(at, "Normal", "NodeNotReady", "node/node-c3", "Node node-c3 status is now: NodeNotReady"))
    for number, pod in enumerate(PODS):
        at = BROKE + seconds(1 + number)
        events.add(at, f.event(at, "Warning", "NodeNotReady", f"pod/{pod}", "Node is not ready"))
        at = BROKE + seconds(300 + number)
        events.add(
            at, f.event(at, "Normal", "TaintManagerEviction", f"pod/{pod}", f"Marking for deletion Pod shop/{pod}")
        )
    at = BROKE + seconds(310)
    events.add(
        at,
        f.event(
            at,
            "Normal",
            "Scheduled",
            "pod/orders-7d9c4b6f5-8kq2w",
            "Successfully assigned shop/orders-7d9c4b6f5-8kq2w to node-c1",
        ),
    )
    log = scene.log("node-c3/syslog")
    for at in scene.ticks(START + seconds(11), BROKE - seconds(30), 60):
        log.add(at, f.syslog(at, "node-c3", "systemd[1]", "Started Session of user collectd."))
    at = BROKE - seconds(44)
    log.add(at, f.syslog(at, "node-c3", "kernel", "INFO: task kubelet:1123 blocked for more than 120 seconds."))
    at = BROKE - seconds(41)
    log.add(at, f.syslog(at, "node-c3", "kernel", "nvme nvme0: I/O 212 QID 4 timeout, reset controller"))
