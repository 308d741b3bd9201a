# ruff: noqa: E501 - log lines are as long as programs write them
"""A release keeps every feature vector it ever computed, until the kernel ends the process.

recommender 5.8.0 goes out at 09:12 UTC with a cache that has no bound. Its two pods grow by about 12 MB a minute; the
first reaches its limit of 1 GiB at 10:11:32, the second eight minutes later. Both start again and grow again; the
release is taken back at 10:46 and memory stays flat.

Misleading on purpose: a corrected memory error of the hardware before the release, a certificate that expires in three
weeks, a Kafka rebalance, and storefront and gateway, which complain loudest about a recommender that is gone.
"""

from datetime import datetime, timedelta

from generator import formats as f
from generator.scene import Scene, ms, seconds, utc

START = utc("2026-04-21 08:47:00")
DEPLOY = utc("2026-04-21 09:12:04")
FIRST_KILL = utc("2026-04-21 10:11:32.206")
SECOND_KILL = utc("2026-04-21 10:19:47.881")
ROLLBACK = utc("2026-04-21 10:46:10")
END = utc("2026-04-21 11:05:00")

LIMIT_MB = 1024


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("memory-leak-oom")
    old = [scene.pod("recommender", "5f7b9d6c4") for _ in range(2)]
    new = [scene.pod("recommender", "7c4d8f9b5") for _ in range(2)]
    back = scene.pod("recommender", "5f7b9d6c4")
    _deployment(scene, new)
    _flat(scene, old[0], "5.7.2", START, DEPLOY + seconds(40))
    _leaking(scene, new[0], "node-b3", DEPLOY + seconds(12), FIRST_KILL)
    _leaking(scene, new[0], "node-b3", FIRST_KILL + seconds(3), ROLLBACK + seconds(25))
    _leaking(scene, new[1], "node-b7", DEPLOY + seconds(34), SECOND_KILL)
    _leaking(scene, new[1], "node-b7", SECOND_KILL + seconds(3), ROLLBACK + seconds(41))
    _flat(scene, back, "5.7.2", ROLLBACK + seconds(14), END)
    _kernel(scene, "node-b3", FIRST_KILL, 48211, new[0])
    _kernel(scene, "node-b7", SECOND_KILL, 51877, new[1])
    _gateway(scene)
    _storefront(scene)
    return scene


def _down(at: datetime) -> bool:
    """Whether a pod is missing: from each kill until its replacement is ready."""
    return any(kill <= at < kill + seconds(22) for kill in (FIRST_KILL, SECOND_KILL))


def _deployment(scene: Scene, new: list[str]) -> None:
    deploy = scene.log("deploy/deploy.log")
    for at, text in (
        (utc("2026-04-21 08:55:31"), "storefront 12.0.4 -> 12.0.5 requested by ci"),
        (utc("2026-04-21 08:56:20"), "storefront 12.0.5 rolled out, 3/3 pods ready"),
        (DEPLOY, "recommender 5.7.2 -> 5.8.0 requested by l.haas"),
        (
            DEPLOY + seconds(1),
            'recommender 5.8.0 change: "keep feature vectors in process to save Redis calls" (3be2f10)',
        ),
        (DEPLOY + seconds(1), 'recommender 5.8.0 change: "bump otel to 1.26" (c0117aa)'),
        (DEPLOY + seconds(47), "recommender 5.8.0 rolled out, 2/2 pods ready"),
        (ROLLBACK, "recommender 5.8.0 -> 5.7.2 rollback requested by l.haas"),
        (ROLLBACK + seconds(44), "recommender 5.7.2 rolled out, 2/2 pods ready"),
    ):
        deploy.add(at, f"{f.stamp(at, fraction=False)} INFO deployer: {text}")
    events = scene.log("kubernetes/events.txt", head=f.events_head())
    rows = [
        (utc("2026-04-21 08:55:34"), "Normal", "ScalingReplicaSet", "deployment/storefront", "Scaled up replica set storefront-66d5 to 3"),
        (utc("2026-04-21 09:03:12"), "Warning", "FailedScheduling", "pod/report-cron-29083-x8k", "0/9 nodes are available: 9 Insufficient cpu. preemption: not helpful"),
        (utc("2026-04-21 09:03:58"), "Normal", "Scheduled", "pod/report-cron-29083-x8k", "Successfully assigned shop/report-cron-29083-x8k to node-b9"),
        (DEPLOY + seconds(3), "Normal", "ScalingReplicaSet", "deployment/recommender", "Scaled up replica set recommender-7c4d8f9b5 to 1"),
        (DEPLOY + seconds(6), "Normal", "Pulled", f"pod/{new[0]}", 'Successfully pulled image "registry.shop.example/recommender:5.8.0" in 2.4s'),
        (DEPLOY + seconds(26), "Normal", "ScalingReplicaSet", "deployment/recommender", "Scaled up replica set recommender-7c4d8f9b5 to 2"),
        (ROLLBACK + seconds(2), "Normal", "ScalingReplicaSet", "deployment/recommender", "Scaled up replica set recommender-5f7b9d6c4 to 1"),
        (ROLLBACK + seconds(26), "Normal", "Killing", f"pod/{new[0]}", "Stopping container recommender"),
        (ROLLBACK + seconds(42), "Normal", "Killing", f"pod/{new[1]}", "Stopping container recommender"),
    ]  # fmt: skip
    for kill, pod, node in ((FIRST_KILL, new[0], "node-b3"), (SECOND_KILL, new[1], "node-b7")):
        rows += [
            (kill + seconds(1), "Warning", "OOMKilling", f"node/{node}", "Memory cgroup out of memory: Killed process (recommender)"),
            (kill + seconds(2), "Warning", "OOMKilled", f"pod/{pod}", "Container recommender was terminated: OOMKilled, exit code 137, limit 1Gi"),
            (kill + seconds(3), "Normal", "Started", f"pod/{pod}", "Started container recommender"),
            (kill + seconds(9), "Warning", "Unhealthy", f"pod/{pod}", "Readiness probe failed: Get \"http://10.20.4.31:9000/ready\": dial tcp 10.20.4.31:9000: connect: connection refused"),
        ]  # fmt: skip
    for at, kind, reason, thing, text in rows:
        events.add(at, f.event(at, kind, reason, thing, text))


def _answers(scene: Scene, pod: str, start: datetime, end: datetime) -> None:
    log = scene.log(f"recommender/{pod}.log")
    for at in scene.arrivals(start, end, 36_000):
        fields = {"pod": pod, "user": scene.between(1000, 99_000), "trace_id": scene.hex(16)}
        if scene.chance(3):
            log.add(at, f.json_line(at, "warn", "recommender", "model cold for segment, used fallback", **fields))
        else:
            fields |= {"items": scene.between(6, 24), "took_ms": scene.latency(45)}
            log.add(at, f.json_line(at, "info", "recommender", "recommendations served", **fields))


def _stats(scene: Scene, pod: str, at: datetime, heap: int, rss: int, cached: int) -> None:
    line = f.json_line(
        at,
        "info",
        "recommender",
        "runtime stats",
        pod=pod,
        heap_mb=heap,
        rss_mb=rss,
        limit_mb=LIMIT_MB,
        feature_cache_entries=cached,
        goroutines=scene.between(61, 78),
        gc_pause_ms=scene.between(1, 3 + heap // 120),
    )
    scene.log(f"recommender/{pod}.log").add(at, line)


def _hello(scene: Scene, pod: str, at: datetime, version: str, cache: str) -> None:
    log = scene.log(f"recommender/{pod}.log")
    log.add(at, f.json_line(at, "info", "recommender", "starting", pod=pod, version=version, gomaxprocs=2))
    at += ms(140)
    log.add(at, f.json_line(at, "info", "recommender", "feature cache ready", pod=pod, backend=cache))


def _flat(scene: Scene, pod: str, version: str, start: datetime, end: datetime) -> None:
    if start != START:
        _hello(scene, pod, start, version, "redis://features:6379/2")
    _answers(scene, pod, start + seconds(15), end)
    for at in scene.ticks(start + seconds(20), end, 60):
        heap = scene.between(188, 214)
        _stats(scene, pod, at, heap, heap + scene.between(70, 82), 0)
    if end != END:
        line = f.json_line(
            end, "info", "recommender", "received SIGTERM, draining", pod=pod, in_flight=scene.between(0, 3)
        )
        scene.log(f"recommender/{pod}.log").add(end, line)


def _leaking(scene: Scene, pod: str, node: str, start: datetime, end: datetime) -> None:
    _hello(scene, pod, start, "5.8.0", "memory (max_entries=0)")
    _answers(scene, pod, start + seconds(15), end)
    for at in scene.ticks(start + seconds(20), end, 60):
        minutes = (at - start) / timedelta(minutes=1)
        heap = 205 + int(minutes * 12.1) + scene.between(-6, 6)
        _stats(scene, pod, at, heap, heap + 82 + scene.between(0, 9), int(minutes * 24_310) + scene.between(0, 900))
        if heap > 760:
            text = "garbage collector is busy"
            line = f.json_line(at + ms(700), "warn", "recommender", text, pod=pod, cpu_share=f"{heap // 24}%")
            scene.log(f"recommender/{pod}.log").add(at + ms(700), line)


def _kernel(scene: Scene, node: str, kill: datetime, pid: int, pod: str) -> None:
    log = scene.log(f"{node}/kern.log")
    booted = kill - seconds(1_893_021)

    def say(at: datetime, text: str) -> None:
        uptime = (at - booted) // timedelta(milliseconds=1)
        log.add(
            at, f.syslog(at, node, "kernel", f"[{uptime // 1000}.{uptime % 1000:03d}{scene.between(100, 999)}] {text}")
        )

    if node == "node-b3":
        at = utc("2026-04-21 08:52:19.400")
        say(
            at,
            "EDAC MC0: 1 CE memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0 (channel:1 slot:0 page:0x1c4a30 offset:0x8c0 grain:32 syndrome:0x0)",
        )
        say(at + ms(1), "mce: [Hardware Error]: Machine check events logged")
    for at in scene.arrivals(START, END, 700_000):
        veth = scene.hex(8)
        say(
            at,
            f"cni0: port {scene.between(3, 40)}(veth{veth}) entered {scene.pick(('blocking', 'forwarding', 'disabled'))} state",
        )
    uid = f"{scene.hex(8)}_{scene.hex(4)}_{scene.hex(4)}_{scene.hex(4)}_{scene.hex(12)}"
    group = f"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{uid}.slice"
    rss = scene.between(259_000, 260_900)
    for text in (
        "recommender invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=968",
        f"CPU: 3 PID: {pid + 14} Comm: recommender Not tainted 5.15.0-105-generic #115-Ubuntu",
        "Call Trace:",
        " <TASK>",
        " dump_stack_lvl+0x4a/0x63",
        " oom_kill_process.cold+0xb/0x10",
        " mem_cgroup_out_of_memory+0x13b/0x150",
        " </TASK>",
        f"memory: usage {LIMIT_MB * 1024}kB, limit {LIMIT_MB * 1024}kB, failcnt {scene.between(4000, 9000)}",
        f"Memory cgroup stats for {group}:",
        f"anon {rss * 4096} file 4354048 kernel_stack 688128 pagetables 2351104 sock 81920",
        "Tasks state (memory values in pages):",
        "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
        f"[ {pid - 52} ] 65535 {pid - 52}      243        1    28672        0          -998 pause",
        f"[ {pid} ]  1000 {pid}   611208   {rss}  2351104        0           968 recommender",
        f"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg={group},task=recommender,pid={pid},uid=1000",
        f"Memory cgroup out of memory: Killed process {pid} (recommender) total-vm:2444832kB, anon-rss:{rss * 4}kB, file-rss:4252kB, shmem-rss:0kB, UID:1000 pgtables:2296kB oom_score_adj:968",
    ):  # fmt: skip
        say(kill, text)
    say(kill + ms(31), f"oom_reaper: reaped process {pid} (recommender), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB")


def _gateway(scene: Scene) -> None:
    log = scene.log("gateway/gateway.log")
    at = utc("2026-04-21 09:00:00.012")
    log.add(at, f.logfmt(at, "warn", "certificate expires soon", host="shop.example", days_left=21))
    for at in scene.arrivals(START, END, 18_000):
        path = scene.pick(("/api/recommendations", "/api/recommendations", "/api/cart", "/api/search", "/api/products"))
        fields = {"path": path, "trace_id": scene.hex(16)}
        log.add(at, f.logfmt(at, "info", "proxied", **fields, status=200, took_ms=scene.latency(70)))
    for kill in (FIRST_KILL, SECOND_KILL):
        for at in scene.arrivals(kill + ms(40), kill + seconds(22), 600):
            error = scene.pick(
                (
                    "dial tcp 10.20.4.31:9000: connect: connection refused",
                    "dial tcp 10.20.4.31:9000: connect: connection refused",
                    "read tcp 10.20.1.5:44120->10.20.4.31:9000: read: connection reset by peer",
                    "EOF",
                )
            )
            if at < kill + ms(300):
                error = "read tcp 10.20.1.5:44120->10.20.4.31:9000: read: connection reset by peer"
            fields = {"path": "/api/recommendations", "upstream": "recommender", "trace_id": scene.hex(16)}
            log.add(at, f.logfmt(at, "error", "upstream failed", **fields, status=502, error=error))


def _storefront(scene: Scene) -> None:
    log = scene.log("storefront/storefront.log")
    at = utc("2026-04-21 09:40:55.301")
    log.add(
        at, f.json_line(at, "warn", "storefront", "kafka: consumer group rebalancing", group="views", generation=418)
    )
    at += seconds(4)
    log.add(at, f.json_line(at, "info", "storefront", "kafka: joined group", group="views", generation=419))
    for at in scene.arrivals(START, END, 22_000):
        page = scene.pick(("/", "/p/{}", "/p/{}", "/c/shoes", "/c/garden")).format(scene.between(1000, 9999))
        took = scene.latency(110)
        log.add(at, f.json_line(at, "info", "storefront", "page rendered", page=page, status=200, took_ms=took))
    for kill in (FIRST_KILL, SECOND_KILL):
        for at in scene.arrivals(kill + ms(95), kill + seconds(23), 900):
            text = "recommendations failed: 502 Bad Gateway"
            line = f.json_line(at, "error", "storefront", text, page="/", status=500, trace_id=scene.hex(16))
            log.add(at, line)
