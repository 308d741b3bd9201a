"""Run by the janitor of a killed run: `python -m responder.sandbox.reaper [ENGINE]` removes what the run left behind.

A container ends itself when its run dies. One that was created and not yet started has nothing to notice that with, and
the engine may still be creating it when the run is dead already; so this looks twice.
"""

import contextlib
import sys
import time

from responder.errors import SandboxUnavailable
from responder.sandbox.docker import reap

__all__ = ["main"]

_AGAIN_AFTER_SECONDS = 0.2


def main(docker_host: str | None) -> None:
    """Remove orphans now and once more shortly after; an engine that does not answer holds nothing of ours."""
    with contextlib.suppress(SandboxUnavailable):
        reap(docker_host)
        time.sleep(_AGAIN_AFTER_SECONDS)
        reap(docker_host)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
