"""A metric as a value: whose it is, what it measures, and its samples with the line each stands on."""

import re
from typing import Literal, NamedTuple

from msgspec import Struct

from responder.incident import Category
from responder.patterns import lazy

__all__ = ["Nature", "Sample", "Series", "Signal", "nature_of"]

Signal = Literal["latency", "errors", "traffic", "saturation", "lag", "other"]
"""The golden signals, and how far a copy is behind its original."""


class Sample(NamedTuple):
    """One measurement."""

    at: float
    """Seconds since 1970."""
    value: float
    line: int
    """1-based, in the file of the series."""
    path: str = ""
    """The file, where it is not that of the series."""


class Series(Struct, frozen=True):
    """One metric of one component."""

    path: str
    component: str | None
    metric: str
    samples: tuple[Sample, ...]
    """By time."""
    statistic: str = ""
    """`Average`, `p99`, `Sum`, ... where the export says so."""
    unit: str = ""
    timed: bool = True
    """False: nothing says when; the samples are numbered in the order of their files."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes a series of another file the same series."""
        return self.component or "", self.metric, self.statistic


class Nature(Struct, frozen=True):
    """What a metric's name says about it."""

    signal: Signal
    category: Category = Category.UNKNOWN
    rises: bool | None = True
    """Which direction is trouble: up, down (None: either)."""
    limit: float | None = None
    """The value at which nothing is left, when the name states a scale: 100 for a percentage."""
    full: float = 0.9
    """Share of the limit from which on it is as good as reached."""


_WORDS = lazy(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_RESOURCES: tuple[tuple[str, Category], ...] = (
    (r"\bcpu\b|\bload(?: average| avg| ?1\b)", Category.CPU),
    (r"\bmem(?:ory)?\b|\bheap\b|\brss\b|\bswap\b|working set", Category.MEMORY),
    (r"\bdisk\b|\bstorage\b|\bfilesystem\b|\bfs\b|\bvolume\b|\binode", Category.DISK),
    (r"\bconn(?:ection)?s?\b|\bpool\b|\bsessions\b", Category.CONNECTIONS),
    (r"\bthreads?\b|\bgoroutines\b|\bworkers\b", Category.THREADS),
    (r"\bfds?\b|\bdescriptors?\b|\bopen files\b", Category.FILE_DESCRIPTORS),
)
_SCARCE = lazy(r"\bfree(?:able)?\b|\bavailable\b|\bidle\b|\bremaining\b|\bheadroom\b")
_SHARE = lazy(r"%|\bpercent(?:age)?\b|\bpct\b|\butili[sz]ation\b|\bratio\b")
_THROTTLED = lazy(r"\bcfs throttled\b")
_HELD_BACK = 0.25
"""Share of its periods in which a container is held back, from which on common alerts of clusters fire."""


def nature_of(metric: str, unit: str = "") -> Nature:
    """Read a metric's name: `CPUUtilization`, `http_server_requests_seconds_p99`, `availability`."""
    name = " ".join(_WORDS.findall(metric)).lower()
    if re.fullmatch(r"(?:[a-z]+ )?up", name):
        return Nature("errors", rises=False)
    share = bool(_SHARE.search(f"{metric.lower()} {name} {unit.lower()}"))
    if re.search(r"\bavailability\b|\bsuccess\b|\bapdex\b|\buptime\b", name):
        return Nature("errors", rises=False)
    if re.search(r"\blag\b|\bbehind\b|\bdelay seconds\b", name):
        return Nature("lag", Category.DISK)
    if re.search(r"\blatency\b|\bduration\b|\bresponse time\b|\brtt\b|\belapsed\b|\bp ?(?:50|90|95|99)\b", name):
        return Nature("latency", Category.LATENCY)
    if re.search(r"\berrors?\b|\b5 ?xx\b|\bfail(?:ed|ures?)?\b|\bexceptions?\b|\bdropped\b|\btimeouts?\b", name):
        return Nature("errors")
    if re.search(r"\bread\b|\bwrite\b|\biops\b|\bthroughput\b|\bbytes (?:in|out)\b|\bnetwork\b|\bsyscall", name):
        disk = re.search(r"\biops\b|\bwrite (?:throughput|bytes)\b", name)
        return Nature("traffic", Category.DISK if disk else Category.UNKNOWN, rises=None)
    if share and _THROTTLED.search(name):
        return Nature("saturation", Category.CPU, limit=100.0, full=_HELD_BACK)
    for pattern, category in _RESOURCES:
        if re.search(pattern, name):
            rises = not _SCARCE.search(name)
            return Nature("saturation", category, rises, 100.0 if share and rises else None)
    if re.search(r"\bqueue\b|\bbacklog\b|\bpending\b|\bthrottl", name):
        return Nature("saturation")
    if re.search(r"\brequests?\b|\brps\b|\bqps\b|\bops\b|\bworkload\b|\bhits\b|\binvocations\b|\bcalls\b", name):
        return Nature("traffic", rises=None)
    return Nature("other", rises=None)
