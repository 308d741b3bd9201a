"""Nothing is wrong. The words are: error, failed, fatal, panic, timeout, killed, refused, all in lines of success."""

from generator import formats as f
from generator.scene import Scene, seconds, utc
from stories.signals import EVENTS, Deployments, Metrics, requests

START, END = utc("2026-07-21 12:00:00"), utc("2026-07-21 12:45:00")
LINES = (
    ("fraud", "FatalErrorHandler registered, panic recovery enabled"),
    ("fraud", "batch done: 412 checked, 0 failed, 0 errors, error_rate=0.000"),
    ("fraud", "circuit breaker for scoring closed, 0 timeouts in 60 s"),
    ("search", 'query answered q="kernel panic after failed update" hits=81'),
    ("search", "loaded synonyms: crash, dead, killed, fatal, refused"),
    ("jobs", "retry policy: 3 attempts on timeout or connection refused"),
    ("jobs", "job error-report-mailer finished, exit code 0"),
    ("jobs", "deleted 0 dead letters, 0 poison messages, no exception"),
)


def scene() -> Scene:
    """Write the whole evidence."""
    scene = Scene("scary-words")
    Deployments(scene).add(START + seconds(700), "search", "8.0.1", "8.0.2", commit="5eed5ed")
    for service in ("fraud", "search", "jobs"):
        requests(scene, service, START, END, 12_000, "request done", 35)
    for at in scene.arrivals(START, END, 13_000):
        service, text = scene.pick(LINES)
        scene.log(f"{service}/{service}.log").add(at, f.logfmt(at, "info", text, service=service))
    events = scene.log(EVENTS, head=f.events_head())
    at = START + seconds(705)
    events.add(at, f.event(at, "Normal", "Killing", "pod/search-7c9d8b6f5-2xk4p", "Stopping container search"))
    at = START + seconds(712)
    events.add(at, f.event(at, "Normal", "Started", "pod/search-5f6b7c8d9-q8wzl", "Started container search"))
    metrics = Metrics(scene, START, END)
    for service in ("fraud", "search", "jobs"):
        metrics.add(service, "http_5xx_per_second", lambda at: 0.02, 40)
        metrics.add(service, "request_duration_seconds_p95", lambda at: 0.2, 12)
        metrics.add(service, "cpu_utilization_percent", lambda at: 35, 20)
    metrics.as_query_result("metrics/golden_signals.json")
    return scene
