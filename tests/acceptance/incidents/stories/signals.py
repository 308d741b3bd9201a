"""Signals that are no logs, as the tools export them: metric tables and query results, spans, events, deployments."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from generator import formats as f
from generator.scene import Scene, ms, seconds

__all__ = ["EVENTS", "Deployments", "Metrics", "Trace", "deploy", "noisy", "requests", "spans"]

EVENTS = "kubernetes/events.txt"
Level = Callable[[datetime], float]


def noisy(scene: Scene, level: float, percent: int = 5) -> float:
    """A measurement around `level`."""
    return round(level * scene.between(100 - percent, 100 + percent) / 100, 4)


class Metrics:
    """Measurements of several components at the same moments."""

    def __init__(self, scene: Scene, start: datetime, end: datetime, every_seconds: int = 30) -> None:
        self._scene = scene
        self._moments = [start + seconds(n) for n in range(0, int((end - start).total_seconds()), every_seconds)]
        self._series: list[tuple[str, str, list[tuple[datetime, float]]]] = []

    def add(self, component: str, metric: str, level: Level, percent: int = 5, until: datetime | None = None) -> None:
        """One series around `level`, up to `until`."""
        points = [(at, noisy(self._scene, level(at), percent)) for at in self._moments if until is None or at < until]
        self._series.append((component, metric, points))

    def as_table(self, path: str) -> None:
        """A long CSV: one row a measurement."""
        table = self._scene.log(path, head="timestamp,service,metric,value")
        for component, metric, points in self._series:
            for at, value in points:
                table.add(at, f"{f.stamp(at, fraction=False)},{component},{metric},{value:g}")

    def as_wide_table(self, path: str, metric: str) -> None:
        """A CSV with a column a component, as dashboards export one panel."""
        chosen = [(component, points) for component, name, points in self._series if name == metric]
        table = self._scene.log(path, head=",".join(["Time", *(f"{component} {metric}" for component, _ in chosen)]))
        for place, at in enumerate(self._moments):
            cells = [f"{points[place][1]:g}" if place < len(points) else "" for _, points in chosen]
            table.add(at, ",".join([f"{at:%Y-%m-%d %H:%M:%S}", *cells]))

    def as_query_result(self, path: str, label: str = "app") -> None:
        """The answer of Prometheus to a range query, one sample a line."""
        log = self._scene.log(path, head='{"status":"success","data":{"resultType":"matrix","result":[')
        first = self._moments[0]
        for number, (component, metric, points) in enumerate(self._series):
            name = json.dumps({"__name__": metric, label: component})
            values = ",\n".join(f'[{at.timestamp():.0f},"{value:g}"]' for at, value in points)
            comma = "," if number + 1 < len(self._series) else "]}}"
            log.add(first, f'{{"metric":{name},"values":[\n{values}]}}{comma}')


class Deployments:
    """Records of a deployment service, as JSON lines."""

    def __init__(self, scene: Scene, path: str = "deployments/deployments.jsonl") -> None:
        self._log = scene.log(path)

    def add(self, at: datetime, service: str, old: str, new: str, **more: object) -> None:
        """One finished deployment."""
        record = {"timestamp": f.stamp(at, fraction=False), "event": "deployment", "service": service}
        self._log.add(at, json.dumps({**record, "from_version": old, "to_version": new, "status": "succeeded", **more}))


def deploy(scene: Scene, at: datetime, text: str, path: str = "deploy/deploy.log") -> None:
    """One line of a deployer."""
    scene.log(path).add(at, f.logfmt(at, "info", text, service="deploy"))


def requests(
    scene: Scene, service: str, start: datetime, end: datetime, every_ms: int, message: str, took_ms: int
) -> None:
    """Ordinary requests of a service in logfmt."""
    log = scene.log(f"{service}/{service}.log")
    for at in scene.arrivals(start, end, every_ms):
        fields = {"request_id": scene.hex(12), "status": 200, "took_ms": scene.latency(took_ms)}
        log.add(at, f.logfmt(at, "info", message, service=service, **fields))


class Trace:
    """One request through several services, each with a clock of its own."""

    def __init__(self, scene: Scene, offsets: dict[str, int] | None = None) -> None:
        self.id = scene.hex(32)
        self._scene = scene
        self._offsets = offsets or {}
        self.spans: list[dict[str, object]] = []

    def span(
        self, service: str, operation: str, start: datetime, took_ms: int, parent: str = "", error: str = ""
    ) -> str:
        """Add one span as the service's own clock stamps it; gives its id."""
        name = self._scene.hex(16)
        begun = start + ms(self._offsets.get(service, 0))
        micros = int(begun.timestamp()) * 1_000_000 + begun.microsecond
        tags = [{"key": "error", "value": True}, {"key": "error.message", "value": error}] if error else []
        references = [{"refType": "CHILD_OF", "traceID": self.id, "spanID": parent}] if parent else []
        self.spans.append({
            "traceID": self.id, "spanID": name, "operationName": operation, "references": references,
            "startTime": micros, "duration": took_ms * 1000, "tags": tags, "process": {"serviceName": service},
        })  # fmt: skip
        return name


def spans(scene: Scene, traces: Sequence[Trace], path: str = "traces/spans.jsonl") -> None:
    """Write the spans of traces, one JSON object a line as collectors export them."""
    for trace in traces:
        for span in trace.spans:
            at = datetime.fromtimestamp(int(str(span["startTime"])) // 1_000_000)  # noqa: DTZ006 - sorts, is not shown
            scene.log(path).add(at, json.dumps(span, separators=(",", ":")))
