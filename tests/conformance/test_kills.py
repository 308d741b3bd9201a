"""Killing runs at random moments, from before the sandbox exists to after its code has begun."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from responder.sandbox.checks.stopwatch import Stopwatch
from responder.sandbox.interface import BackendName
from responder.sandbox.reaper import containers_of, reap

_KILLS = 67
_LATEST_SECONDS = 1.2
_GONE_SECONDS = 1.0

_RUN = """
import asyncio, json, sys
path, backend, scratch, marker = json.loads(sys.argv[1])
sys.path[:0] = path
from pathlib import Path
from responder.sandbox.interface import Mounts
from responder.sandbox.select import build_sandbox

async def main():
    async with build_sandbox(backend, mounts=Mounts(scratch=Path(scratch))) as sandbox:
        print("started", flush=True)
        while True:
            await sandbox.execute(f"sleep {marker} & exec sleep 0.2", language="sh")

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", [pytest.param("docker", marks=pytest.mark.docker), "bwrap", "landlock"])
def test_nothing_is_left_a_second_after_a_kill(backend: BackendName, tmp_path: Path) -> None:
    """SIGKILL at any moment leaves no process, and no container once the janitor has looked."""
    chance = random.Random(20260314)
    for number in range(_KILLS):
        marker = f"58.{number:03d}{chance.randrange(10**9):09d}"
        task = json.dumps([sys.path, backend, str(tmp_path / f"scratch{number}"), marker])
        run = subprocess.Popen([sys.executable, "-c", _RUN, task], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            run.wait(timeout=chance.uniform(0.05, _LATEST_SECONDS))
            _, words = run.communicate()
            pytest.skip(f"no {backend} here: {words.decode()[-200:]}")
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.communicate()
        left = _left_over(backend, run.pid, marker)
        assert left == [], f"kill {number}"


@pytest.mark.slow
def test_a_killed_check_leaves_nothing(tmp_path: Path) -> None:
    """The folder that `sandbox check` needs for what must be out of reach goes with it, however it ends."""
    entrypoint = Path(__file__).parents[2] / "magentic_one_orchestrator.py"
    check = subprocess.Popen(
        [sys.executable, str(entrypoint), "sandbox", "check", "--backend", "landlock"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    while not list(tmp_path.glob("sandbox-check-*/scratch*/code")) and check.poll() is None:
        time.sleep(0.01)
    check.kill()
    check.wait()

    left = lambda: [*tmp_path.iterdir(), *_processes(str(tmp_path))]  # noqa: E731
    Stopwatch().wait_for(lambda: not left(), _GONE_SECONDS)
    assert left() == []


def _left_over(backend: BackendName, pid: int, marker: str) -> list[str]:
    """What is still there a second after the death of `pid`; the janitor's reaping is part of that second."""
    watch = Stopwatch()
    found: Callable[[], list[str]] = lambda: [*_processes(marker), *_containers(backend, pid)]  # noqa: E731
    while (left := found()) and watch.seconds() < _GONE_SECONDS:
        if backend == "docker":
            reap()
        time.sleep(0.01)
    return left


def _processes(marker: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes().split(b"\0")
        except OSError:
            continue
        if marker.encode() in words:
            found.append(str(process))
    return found


def _containers(backend: BackendName, pid: int) -> list[str]:
    if backend != "docker":
        return []
    return containers_of(pid)
