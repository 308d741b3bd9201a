"""What every incident is written with: one dice, one clock, files that sort themselves by time.

Only integers are drawn from the dice: whole milliseconds, counts, choices. So the same seed gives the same bytes on
every machine and Python.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

__all__ = ["Log", "Scene", "ms", "seconds", "utc"]

T = TypeVar("T")

_HEX = "0123456789abcdef"
_POD_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def utc(text: str) -> datetime:
    """`2026-05-12 14:03:12.418` as an aware time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def seconds(count: float) -> timedelta:
    """A duration of `count` seconds."""
    return timedelta(seconds=count)


def ms(count: int) -> timedelta:
    """A duration of `count` milliseconds."""
    return timedelta(milliseconds=count)


class Log:
    """One file of records. Records may be added in any order; they are written by time, ties as added."""

    def __init__(self, head: str = "") -> None:
        self._head = head
        self._records: list[tuple[datetime, int, str]] = []

    def add(self, at: datetime, text: str) -> None:
        """Add one record, of one line or several."""
        self._records.append((at, len(self._records), text))

    def text(self) -> str:
        """The whole file."""
        lines = [self._head] if self._head else []
        lines += [text for _, _, text in sorted(self._records)]
        return "\n".join(lines) + "\n"


class Scene:
    """One incident in the making."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.dice = random.Random(slug)  # noqa: S311 - noise for a demo, and it must repeat
        self._logs: dict[str, Log] = {}

    def log(self, path: str, *, head: str = "") -> Log:
        """The file at `path` below the incident's `logs` folder, made when first asked for."""
        return self._logs.setdefault(path, Log(head))

    def arrivals(self, start: datetime, end: datetime, every_ms: int) -> Iterator[datetime]:
        """Moments from `start` to `end`, `every_ms` milliseconds apart on average and irregular."""
        at = start + ms(self.dice.randrange(every_ms))
        while at < end:
            yield at
            at += ms(1 + self.dice.randrange(2 * every_ms))

    def ticks(self, start: datetime, end: datetime, every_seconds: int) -> Iterator[datetime]:
        """Moments from `start` to `end`, `every_seconds` apart, each late by up to 40 ms as timers are."""
        at = start
        while at < end:
            yield at + ms(self.dice.randrange(40))
            at += seconds(every_seconds)

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return options[self.dice.randrange(len(options))]

    def chance(self, percent: int) -> bool:
        """True in `percent` of a hundred calls."""
        return self.dice.randrange(100) < percent

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.dice.randrange(high - low + 1)

    def latency(self, typical_ms: int) -> int:
        """A latency in ms: mostly around `typical_ms`, sometimes several times that."""
        value = typical_ms * self.between(60, 150) // 100
        return value * self.between(2, 5) if self.chance(4) else value

    def hex(self, length: int) -> str:
        """A random id of `length` hex digits."""
        return "".join(self.pick(_HEX) for _ in range(length))

    def pod(self, deployment: str, replica_set: str) -> str:
        """A pod name as Kubernetes makes them."""
        return f"{deployment}-{replica_set}-" + "".join(self.pick(_POD_ALPHABET) for _ in range(5))

    def write(self, folder: Path) -> None:
        """Write all files below `folder / slug / logs`, removing files of an earlier version there."""
        root = folder / self.slug / "logs"
        wanted = {root / path for path in self._logs}
        for old in sorted(root.rglob("*")) if root.exists() else []:
            if old.is_file() and old not in wanted:
                old.unlink()
        for path, log in self._logs.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(log.text().encode())
