"""Takes away the containers of the dead: before each start of a sandbox, and when a run was killed.

A container ends itself when its run dies. One that was created and not yet started has nothing to notice that with, and
the engine may still be creating it when the run is dead already: so the janitor of a killed run calls `main`, which
looks again and again for a moment. All must be gone a second after the kill, so this asks the engine by hand and needs
the standard library only: it is loaded before it is needed.
"""

import contextlib
import json
import time
from typing import Any
from urllib.parse import quote

from responder.errors import SandboxUnavailable
from responder.sandbox.owner import Owner
from responder.sandbox.wire import DEFAULT_HOST, ask, ping, socket_errors

__all__ = ["DEADLINE_LABEL", "LABEL", "OWNER_LABEL", "containers_of", "main", "reap"]

LABEL = "magentic-one-responder.sandbox"
OWNER_LABEL = f"{LABEL}.owner"
DEADLINE_LABEL = f"{LABEL}.deadline"

_CALL_SECONDS = 5.0
_STILL_CREATING_SECONDS = 0.4
"""More than the engine takes on a machine with five times as much to do as it has processors for."""
_PAUSE_SECONDS = 0.05


def main(docker_host: str | None = None) -> None:
    """Remove orphans, now and as they turn up; an engine may fail to answer while it removes another's container."""
    end = time.monotonic() + _STILL_CREATING_SECONDS
    while True:
        with contextlib.suppress(SandboxUnavailable):
            reap(docker_host)
        if time.monotonic() > end:
            return
        time.sleep(_PAUSE_SECONDS)


def reap(docker_host: str | None = None) -> list[str]:
    """Remove the sandbox containers whose owner is dead or whose time is long over; their ids.

    Raises:
        SandboxUnavailable: The engine does not answer.
    """
    host = docker_host or DEFAULT_HOST
    with socket_errors():
        version = ping(host)
        orphans = [str(one["Id"]) for one in _containers(host, version) if _is_orphan(one["Labels"])]
        for orphan in orphans:
            # One that goes by itself in the same moment is as good as removed, so the answer does not matter.
            ask(host, "DELETE", f"/v{version}/containers/{quote(orphan)}?force=1&v=1", seconds=_CALL_SECONDS)
    return orphans


def containers_of(pid: int, docker_host: str | None = None) -> list[str]:
    """Names of the sandbox containers that a process of this machine made, whether it lives or not.

    Raises:
        SandboxUnavailable: The engine does not answer.
    """
    host = docker_host or DEFAULT_HOST
    with socket_errors():
        found = _containers(host, ping(host))
    owners = {name: Owner.parse(one["Labels"].get(OWNER_LABEL, "")) for one in found for name in one["Names"]}
    return [name for name, owner in owners.items() if owner is not None and owner.pid == pid]


def _containers(host: str, version: str) -> list[dict[str, Any]]:
    """Every sandbox container, in whatever state."""
    wanted = quote(json.dumps({"label": [f"{LABEL}=1"]}))
    status, body = ask(host, "GET", f"/v{version}/containers/json?all=1&filters={wanted}", seconds=_CALL_SECONDS)
    try:
        found: list[dict[str, Any]] = json.loads(body)
    except ValueError as error:
        raise SandboxUnavailable(f"the container engine answered {status} and no list") from error
    if status != 200:
        raise SandboxUnavailable(f"the container engine answered {status}: {str(found)[:200]}")
    return found


def _is_orphan(labels: dict[str, str]) -> bool:
    owner = Owner.parse(labels.get(OWNER_LABEL, ""))
    deadline = labels.get(DEADLINE_LABEL, "")
    return owner is None or not owner.lives() or not deadline.isdigit() or time.time() >= int(deadline)
