"""What Prometheus answered, as one table: a row a sample, a column a label, so that a line says it all."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from responder.evidence.interface import Skipped
from responder.evidence.prometheus.interface import FOLDER
from responder.evidence.prometheus.queries import OWNERS
from responder.safety.interface import TextRedactor

__all__ = ["Table"]

_MOST_LABEL = 200

Labels = tuple[str, ...]


class Table:
    """Series under construction.

    Args:
        redactor: Takes secrets out of label values.
        most_series: What comes after so many series is left out.
        most_bytes: About how long the table may get.
    """

    def __init__(self, redactor: TextRedactor, most_series: int, most_bytes: int) -> None:
        self._redactor = redactor
        self._most_series = most_series
        self._most_bytes = most_bytes
        self._series = 0
        self._bytes = 0
        self._rows: list[tuple[float, str, Labels, str]] = []
        self._shown: dict[str, str] = {}

    @property
    def empty(self) -> bool:
        """Whether no sample came in."""
        return not self._rows

    def add(self, metric: str, answer: Sequence[Mapping[str, Any]]) -> Skipped | None:
        """Take the series of one answer; says what did not fit."""
        path = f"{FOLDER}/{metric}"
        for place, series in enumerate(sorted(answer, key=lambda item: str(item.get("metric")))):
            if self._series >= self._most_series or self._bytes >= self._most_bytes:
                left = len(answer) - place
                return Skipped(path, f"{left} of its {len(answer)} series are beyond the limit of one run")
            labels = series.get("metric")
            known = labels if isinstance(labels, dict) else {}
            owners = tuple(self._clean(str(known.get(name, ""))) for name in OWNERS)
            points = series.get("values")
            rows = [
                (at, metric, owners, value)
                for point in (points if isinstance(points, list) else ())
                if (sample := _sample(point)) is not None
                for at, value in (sample,)
            ]
            self._series += 1
            self._bytes += len(rows) * (30 + len(metric) + sum(map(len, owners)))
            self._rows += rows
        return None

    def csv(self) -> bytes:
        """The table, by metric, owner and time; no column that is empty."""
        if not self._rows:
            return b""
        used = [place for place in range(len(OWNERS)) if any(row[2][place] for row in self._rows)]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["timestamp", "metric", *(OWNERS[place] for place in used), "value"])
        for at, metric, owners, value in sorted(self._rows, key=lambda row: (row[1], row[2], row[0])):
            stamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            writer.writerow([stamp, metric, *(owners[place] for place in used), value])
        return text.getvalue().encode()

    def _clean(self, value: str) -> str:
        if value not in self._shown:
            plain = "".join(character if character.isprintable() else " " for character in value[:_MOST_LABEL])
            self._shown[value] = self._redactor.redact(plain)
        return self._shown[value]


def _sample(point: object) -> tuple[float, str] | None:
    """Moment and value of one point; what is not a number is no sample."""
    if not isinstance(point, list) or len(point) != 2:
        return None
    try:
        at, value = float(point[0]), float(point[1])
    except (TypeError, ValueError):
        return None
    plausible = 0 < at < 4_102_444_800
    return (at, f"{value:.6g}") if plausible and math.isfinite(value) else None
