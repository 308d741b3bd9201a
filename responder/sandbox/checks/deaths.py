"""Nothing is left behind, however the run that started a sandbox dies."""

import asyncio
import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from responder.sandbox.checks.model import Bench, Check
from responder.sandbox.checks.stopwatch import Stopwatch

__all__ = ["DEATHS"]

_START_SECONDS = 15.0
_GONE_SECONDS = 1.0

# A process of its own that starts a sandbox, runs code that stays, and dies in the way it is told or made to.
_VICTIM = """
import asyncio, json, os, sys
task = json.loads(sys.argv[1])
sys.path[:0] = task["path"]
from pathlib import Path
from responder.sandbox.interface import Limits, Mounts
from responder.sandbox.select import build_sandbox

async def main():
    sandbox = build_sandbox(
        task["backend"], mounts=Mounts(evidence=Path(task["evidence"]), scratch=Path(task["scratch"])),
        limits=Limits(timeout_seconds=60), **task["options"],
    )
    await sandbox.start()
    running = asyncio.ensure_future(sandbox.execute("sleep {0} & exec sleep {0}".format(task["marker"]), language="sh"))
    while not os.path.exists(task["leave"]):
        await asyncio.sleep(0.01)

asyncio.run(main())
"""


def _death(name: str, claim: str, die: Callable[["subprocess.Popen[bytes]", Path], None]) -> Check:
    async def probe(bench: Bench) -> str:
        marker = f"59.{secrets.randbelow(10**12):012d}"
        folder = bench.canary.parent
        leave = folder / f"leave-{marker}"
        victim = _victim(bench, marker, folder / f"scratch-{marker}", leave)
        try:
            if not await _until(lambda: _count(marker) >= 2, _START_SECONDS):
                return f"the code did not start: {_last_words(victim)}"
            die(victim, leave)
            gone = await _until(lambda: _count(marker) == 0 and not _containers(bench, victim.pid), _GONE_SECONDS)
            return "" if gone else f"{_count(marker)} processes and {_containers(bench, victim.pid)} are left"
        finally:
            victim.kill()
            victim.wait()
            if victim.stderr is not None:
                victim.stderr.close()

    return Check(name, claim, probe)


def _victim(bench: Bench, marker: str, scratch: Path, leave: Path) -> "subprocess.Popen[bytes]":
    task = {
        "path": sys.path,
        "backend": bench.backend,
        "evidence": str(bench.canary.parent / "evidence"),
        "scratch": str(scratch),
        "options": dict(bench.options),
        "marker": marker,
        "leave": str(leave),
    }
    return subprocess.Popen(
        [sys.executable, "-c", _VICTIM, json.dumps(task)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


async def _until(holds: Callable[[], bool], seconds: float) -> bool:
    watch = Stopwatch()
    while not holds():
        if watch.seconds() > seconds:
            return False
        await asyncio.sleep(0.01)
    return True


def _count(marker: str) -> int:
    """Processes of this machine, containers' included, that are the marked program."""
    wanted, found = marker.encode(), 0
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += wanted in process.read_bytes().split(b"\0")
        except OSError:
            continue
    return found


def _containers(bench: Bench, owner: int) -> list[str]:
    """The victim's containers that the engine still has."""
    if bench.backend != "docker":
        return []
    from responder.sandbox.reaper import containers_of

    return containers_of(owner, bench.options["docker_host"])


def _last_words(victim: "subprocess.Popen[bytes]") -> str:
    victim.kill()
    text = victim.stderr.read() if victim.stderr is not None else b""
    return text.decode(errors="replace")[-300:]


DEATHS: Sequence[Check] = (
    _death("death-kill", "SIGKILL of the run leaves nothing after a second.", lambda victim, _: victim.kill()),
    _death("death-term", "SIGTERM of the run leaves nothing after a second.", lambda victim, _: victim.terminate()),
    _death(
        "death-interrupt",
        "Ctrl-C leaves nothing after a second.",
        lambda victim, _: victim.send_signal(signal.SIGINT),
    ),
    _death("death-exit", "A run that forgets to stop it leaves nothing.", lambda _, leave: leave.touch()),
)
