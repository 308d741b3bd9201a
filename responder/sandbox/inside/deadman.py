"""The container's first process: its standard input is the lifeline to the run that started it.

However that run dies, the kernel closes its end, the engine closes ours, and everything in the container ends with
this process. It runs as another user than the code, so that the code cannot signal or inspect it.
"""

import os
import select
import time

from . import signals

__all__ = ["stand"]


def stand(config: "dict[str, float]") -> None:
    """Wait for the end of standard input, SIGTERM, or `lifetime_seconds`; reap orphans meanwhile."""
    end = time.monotonic() + config["lifetime_seconds"]
    told = signals.as_descriptor(signals.SIGTERM, signals.SIGCHLD)
    while (left := end - time.monotonic()) > 0:
        readable, _, _ = select.select([0, told], [], [], left)
        if 0 in readable and not os.read(0, 4096):
            break
        if told in readable:
            if signals.SIGTERM in signals.arrived(told):
                break
            _reap()
    os._exit(0)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
