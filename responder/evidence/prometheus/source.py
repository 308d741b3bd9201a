"""Asks a Prometheus about the incident, and keeps what it said as one table: the evidence that citations point at."""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Collection, Skipped
from responder.evidence.prometheus.client import Answer, PrometheusClient, Unreachable
from responder.evidence.prometheus.interface import FOLDER, Window
from responder.evidence.prometheus.kept import Kept, joined, keep
from responder.evidence.prometheus.queries import Query, plan
from responder.evidence.prometheus.tables import Table
from responder.safety.interface import TextRedactor

__all__ = ["Limits", "PrometheusSource"]

Extent = tuple[datetime, datetime]


class Limits(Struct, frozen=True):
    """How much is asked for; beyond it things are said to be left out."""

    metrics: int = 80
    series: int = 3000
    table_bytes: int = 24_000_000
    seconds: float = 45.0
    """For all questions together."""
    at_once: int = 4
    points: int = 120
    """Samples of one series, about."""
    before: timedelta = timedelta(minutes=30)
    """Asked for before the first record of the files: what was normal."""
    after: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(hours=6)
    without_times: timedelta = timedelta(hours=1)


class PrometheusSource:
    """The `LiveSource` over a running server.

    Args:
        client: Opens a connection; called once, when the time to ask about is known.
        extent: The first and last time that artifacts tell of, None when they tell none.
        match: Label matchers that every question is narrowed by, such as `namespace="shop"`.
        redactor: Takes secrets out of label values before anything is kept.
        folder: Where the run keeps what was told; None keeps it in memory.
        record: Told what was asked and kept, for the journal.
        limits: How much is asked for.
        clock: A monotonic clock in seconds.
    """

    def __init__(
        self,
        client: Callable[[], PrometheusClient],
        *,
        extent: Callable[[Sequence[Artifact]], Extent | None],
        match: str,
        redactor: TextRedactor,
        folder: Path | None = None,
        record: Callable[[Mapping[str, Any]], object] = lambda data: None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._extent = extent
        self._match = match
        self._redactor = redactor
        self._folder = folder
        self._record = record
        self._limits = limits or Limits()
        self._clock = clock

    def extend(self, files: Collection, now: datetime) -> Collection:
        """See `LiveSource.extend`."""
        window = self._window(self._extent(files.artifacts), now)
        with self._client() as client:
            kept = self._ask(client, window)
        digest = hashlib.sha256(kept.table).hexdigest()
        self._record({
            "source": FOLDER, "from": window.start, "to": window.end, "step_seconds": window.step_seconds,
            "bytes": len(kept.table), "sha256": digest, "not_told": [f"{s.path}: {s.reason}" for s in kept.skipped],
        })  # fmt: skip
        if self._folder is not None:
            keep(kept, self._folder)
        return joined(files, kept, self._folder)

    def _window(self, extent: Extent | None, now: datetime) -> Window:
        limits = self._limits
        if extent is None or extent[0] > now:
            start, end = now - limits.without_times, now
        else:
            end = min(extent[1] + limits.after, now)
            start = max(extent[0] - limits.before, end - limits.longest)
        step = max(15, round((end - start).total_seconds() / limits.points))
        return Window(start, end, step)

    def _ask(self, client: PrometheusClient, window: Window) -> Kept:
        began = self._clock()
        span = f"between {window.start:%Y-%m-%d %H:%M} and {window.end:%H:%M} UTC"
        try:
            queries, left = plan(client.names(window, self._match), window, self._match, self._limits.metrics)
        except EvidenceError as error:
            return Kept(b"", (Skipped(FOLDER, str(error), error.hint),))
        skipped = [Skipped(FOLDER, f"{left} of its metrics were not asked for, being too many")] if left else []
        if not queries:
            hint = "is it the right server, and does RESPONDER_PROMETHEUS_MATCH select anything?"
            return Kept(b"", (Skipped(FOLDER, f"it has no metric worth asking for {span}", hint),))
        until, gone = began + self._limits.seconds, threading.Event()
        table = Table(self._redactor, self._limits.series, self._limits.table_bytes)
        with ThreadPoolExecutor(self._limits.at_once) as pool:
            told = pool.map(lambda query: self._one(client, query, window, until, gone), queries)
            for query, answer in zip(queries, told, strict=True):
                problem = answer if isinstance(answer, Skipped) else table.add(query.metric, answer)
                skipped += [problem] if problem else []
        if table.empty and not skipped:
            skipped.append(Skipped(FOLDER, f"it told no samples {span}"))
        return Kept(table.csv(), _summed(skipped))

    def _one(
        self, client: PrometheusClient, query: Query, window: Window, until: float, gone: threading.Event
    ) -> Sequence[Answer] | Skipped:
        path = f"{FOLDER}/{query.metric}"
        if gone.is_set():
            return Skipped(path, "the server had gone away")
        if self._clock() > until:
            return Skipped(path, f"the {self._limits.seconds:g} s for all questions were over")
        try:
            return client.range(query.promql, window)
        except Unreachable as error:
            gone.set()
            return Skipped(FOLDER, str(error), error.hint)
        except EvidenceError as error:
            return Skipped(path, str(error), error.hint)


def _summed(skipped: Sequence[Skipped]) -> tuple[Skipped, ...]:
    """Each reason once: a server that went away would else be told for every question after it."""
    return tuple(dict.fromkeys(skipped))
