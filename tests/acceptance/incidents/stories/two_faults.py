# ruff: noqa: E501 - log lines are as long as programs write them
"""Two faults in one morning that have nothing to do with each other.

`images` runs into its memory limit from 06:31 on and is killed again and again. Eleven minutes later the disk of
`mail-queue` is full. The services that use one do not use the other.
"""

from generator import formats as f
from generator.scene import Scene, seconds, utc
from stories.signals import EVENTS, Metrics, requests

START, FIRST, SECOND, END = (utc(f"2026-08-18 {at}") for at in ("06:05:00", "06:31:14", "06:42:40", "07:00:00"))


def scene() -> Scene:
    """Write the whole incident."""
    scene = Scene("two-faults")
    requests(scene, "gallery", START, END, 9000, "page rendered", 60)
    requests(scene, "newsletter", START, SECOND, 9000, "mail queued", 12)
    log = scene.log("gallery/gallery.log")
    for at in scene.arrivals(FIRST + seconds(2), END, 16_000):
        log.add(
            at,
            f.logfmt(
                at, "error", "thumbnail missing", service="gallery", upstream="images", error="connection refused"
            ),
        )
    log = scene.log("newsletter/newsletter.log")
    for at in scene.arrivals(SECOND + seconds(1), END, 14_000):
        log.add(
            at,
            f.logfmt(
                at,
                "error",
                "mail not queued",
                service="newsletter",
                upstream="mail-queue",
                error="452 insufficient storage",
            ),
        )
    _images(scene)
    _queue(scene)
    metrics = Metrics(scene, START, END)
    metrics.add("images", "memory_working_set_percent", lambda at: 99.2 if at >= FIRST - seconds(120) else 58, 1)
    metrics.add("mail-queue", "filesystem_used_percent", lambda at: 100 if at >= SECOND else 91, 0)
    for service in ("gallery", "newsletter"):
        metrics.add(service, "memory_working_set_percent", lambda at: 44)
    metrics.as_query_result("metrics/saturation.json")
    return scene


def _images(scene: Scene) -> None:
    requests(scene, "images", START, FIRST, 11_000, "image scaled", 130)
    events = scene.log(EVENTS, head=f.events_head())
    for number in range(5):
        at = FIRST + seconds(number * 340)
        events.add(
            at,
            f.event(
                at,
                "Warning",
                "OOMKilling",
                "pod/images-6c8f7d9b5-k2x7p",
                "Memory cgroup out of memory: Killed process 4411 (images)",
            ),
        )
        late = at + seconds(20)
        events.add(
            late,
            f.event(
                late, "Warning", "BackOff", "pod/images-6c8f7d9b5-k2x7p", "Back-off restarting failed container images"
            ),
        )


def _queue(scene: Scene) -> None:
    log = scene.log("mail-queue/mail.log")
    for at in scene.arrivals(START, SECOND, 21_000):
        log.add(
            at,
            f.syslog(
                at,
                "mail-queue",
                "postfix/qmgr[711]",
                f"{scene.hex(10).upper()}: from=<news@shop.example>, size={scene.between(900, 9000)}, nrcpt=1 (queue active)",
            ),
        )
    for at in [SECOND, *scene.arrivals(SECOND + seconds(3), END, 30_000)]:
        log.add(
            at, f.syslog(at, "mail-queue", "postfix/cleanup[802]", "fatal: write queue file: No space left on device")
        )
