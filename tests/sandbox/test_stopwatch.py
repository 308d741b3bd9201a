"""Seconds that are counted by the share of a processor there was."""

import os
import subprocess
import sys
import time

from responder.sandbox.checks.stopwatch import Stopwatch

_BUSY = "import sys; print(flush=True); end = sys.maxsize\nwhile end: end -= 1"


def test_time_never_counts_for_more_than_it_is() -> None:
    """However often it is looked at, the stopwatch is not ahead of the clock and does not go back."""
    began, watch, seen = time.monotonic(), Stopwatch(), [0.0]
    while time.monotonic() - began < 0.2:
        seen.append(watch.seconds())

    assert seen == sorted(seen)
    assert seen[-1] <= time.monotonic() - began


def test_it_gives_up_only_when_the_time_has_counted_in_full() -> None:
    """Waiting says whether what it waited for holds."""
    began, watch = time.monotonic(), Stopwatch()

    assert watch.wait_for(lambda: True, 60)
    assert not watch.wait_for(lambda: False, 0.05)
    assert time.monotonic() - began >= 0.05


def test_it_slows_down_where_more_want_a_processor_than_there_are() -> None:
    """With three busy processes for each processor, less than half of the time counts."""
    busy = [
        subprocess.Popen([sys.executable, "-c", _BUSY], stdout=subprocess.PIPE)
        for _ in range(3 * (os.cpu_count() or 1))
    ]
    try:
        for process in busy:
            assert process.stdout is not None
            process.stdout.readline()
        began, watch = time.monotonic(), Stopwatch()
        watch.wait_for(lambda: False, 0.1)
        took = time.monotonic() - began
    finally:
        for process in busy:
            process.kill()
            process.communicate()

    assert took > 0.2
