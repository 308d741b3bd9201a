"""A stopwatch for promises about time, on a machine that may have other things to do.

"Within a second" is promised of what this program does, and on a machine where ten want two processors it gets a fifth
of that second. So time counts in full while there is a processor for everybody who wants one, and by the share of each
while there is not: a quiet machine is held to the second, a busy one to as much work. Time that others take in other
ways, such as a quota or a slow disk, counts in full.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["Stopwatch"]

_LOOK_SECONDS = 0.01


class Stopwatch:
    """Runs from when it is made; it must be looked at often, since the share is taken at each look."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._counted = 0.0

    def seconds(self) -> float:
        """What has counted so far, and the beginning of the next stretch."""
        now = time.monotonic()
        self._counted += (now - self._since) * _share()
        self._since = now
        return self._counted

    def wait_for(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until something holds or the time is over; whether it holds."""
        while not (held := holds()) and self.seconds() < seconds:
            time.sleep(_LOOK_SECONDS)
        return held


def _share() -> float:
    """How much of a processor each gets that wants one; this process, which only looks, is not counted."""
    try:
        running = Path("/proc/loadavg").read_text(encoding="ascii").split()[3].partition("/")[0]
    except OSError:
        return 1.0
    return min(1.0, (os.cpu_count() or 1) / max(1, int(running) - 1))
