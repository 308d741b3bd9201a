"""Whatever ends a run, nothing of it stays: no container, no process, no temporary file; and the journal still holds.

The moments are random and differ between runs of the tests; a failure prints the seed, and RUN_KILL_SEED repeats it.
"""

import contextlib
import ctypes
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from responder.errors import ExitCode, SandboxUnavailable
from responder.sandbox.checks.stopwatch import Stopwatch
from responder.sandbox.engine import connect
from responder.sandbox.reaper import LABEL
from tests.acceptance.command import ENTRYPOINT, environment, run
from tests.acceptance.expectation import SAMPLES, broken_promises

LOGS = SAMPLES / "postgres-connection-starvation" / "logs"
MOMENTS = 10
GONE_WITHIN_SECONDS = 1.0
_PR_SET_CHILD_SUBREAPER = 36

_NO_BWRAP = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
Sandbox = pytest.mark.parametrize(
    "sandbox", [pytest.param("docker", marks=pytest.mark.docker), pytest.param("bwrap", marks=_NO_BWRAP)]
)


@pytest.fixture
def dice() -> random.Random:
    seed = int(os.environ.get("RUN_KILL_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"RUN_KILL_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    return random.Random(seed)


@pytest.fixture(autouse=True)
def orphans_come_to_us() -> Iterator[None]:
    """Make this process the one that inherits orphans, so that none can hide below process 1."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    yield
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


@dataclass
class Run:
    """A run in progress, with its own session and its own temporary folder."""

    process: subprocess.Popen[bytes]
    out: Path
    temporary: Path
    told: list[str] = field(default_factory=list)
    """The lines it printed on stderr so far."""
    reader: threading.Thread | None = None

    @property
    def folder(self) -> Path | None:
        """The run folder, once there is one."""
        folders = [path for path in self.out.iterdir() if path.is_dir() and not path.is_symlink()]
        return folders[0] if folders else None

    def wait_until(self, told: str, seconds: float = 60) -> None:
        """Wait for a line of progress that starts with `told`."""
        said = lambda: any(line.startswith(told) for line in self.told)  # noqa: E731
        Stopwatch().wait_for(lambda: said() or self.process.poll() is not None, seconds)

    def run_for(self, seconds: float) -> None:
        """Let it run for a while, or until it ends."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)

    def leftovers(self) -> list[str]:
        """Everything of this run that still exists, as sentences."""
        found = [f"process {pid}: {command}" for pid, command in _children(besides=self.process.pid)]
        found += [f"container {name}" for name in _containers(self.process.pid)]
        found += [f"temporary {path}" for path in self.temporary.iterdir()]
        work = self.folder and self.folder / ".work"
        return found + ([f"workspace {work}"] if work and work.exists() else [])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Run]]:
    """Starts runs of the default sample, and ends what is left of them."""
    runs: list[Run] = []

    def begin(sandbox: str) -> Run:
        out, temporary = tmp_path / f"out{len(runs)}", tmp_path / f"tmp{len(runs)}"
        out.mkdir()
        temporary.mkdir(mode=0o777)
        command = [sys.executable, str(ENTRYPOINT), "investigate", str(LOGS)]
        process = subprocess.Popen(
            [*command, "--out", str(out), "--model", "analyst", "--sandbox", sandbox],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(TMPDIR=str(temporary)),
            start_new_session=True,
        )
        started = Run(process, out, temporary)
        started.reader = threading.Thread(target=_listen, args=(started,))
        started.reader.start()
        runs.append(started)
        return started

    yield begin
    for one in runs:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()
        assert one.reader is not None
        one.reader.join()
        assert one.process.stderr is not None
        one.process.stderr.close()


def _listen(one: Run) -> None:
    assert one.process.stderr is not None
    for line in one.process.stderr:
        one.told.append(line.decode())


def _children(*, besides: int) -> list[tuple[int, str]]:
    """Living descendants of this process, orphans included; the dead ones among them are buried."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        for text in (task / "children").read_text().split():
            pid = int(text)
            if pid == besides:
                continue
            try:
                if os.waitpid(pid, os.WNOHANG)[0] == pid:
                    continue
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (ChildProcessError, FileNotFoundError):
                continue
            found.append((pid, command[:160]))
    return found


def _containers(pid: int) -> list[str]:
    """The containers, each with its state, that belong to the run with this process id."""
    try:
        engine = connect(os.environ.get("DOCKER_HOST"))
    except SandboxUnavailable:
        return []
    try:
        all_of_them = engine.containers(all=True, filters={"label": f"{LABEL}=1"})
    finally:
        engine.close()
    ours = [one for one in all_of_them if f"/{pid}/" in one["Labels"].get(f"{LABEL}.owner", "")]
    return [f"{one['Names'][0]}: {one['State']}, {one['Status']}" for one in ours]


def assert_journal_holds(one: Run) -> None:
    """The chain verifies, at most its last line is torn, and every stage that was reported done is on record."""
    folder = one.folder
    if folder is None or not (folder / "audit.jsonl").exists():
        return
    ended = run("audit", "verify", folder, "--json")
    result: dict[str, Any] = json.loads(ended.stdout)
    assert result["status"] in ("ok", "torn"), result
    lines = (folder / "audit.jsonl").read_text(encoding="utf-8", errors="replace").split("\n")
    recorded = [json.loads(line) for line in lines[: result["entries"]]]
    finished = {entry["data"].get("stage") for entry in recorded if entry["event"] == "stage.finished"}
    acknowledged = {found[1] for line in one.told if (found := re.match(r"(\w+): \d+\.\d+ s$", line))}
    assert acknowledged <= finished


@Sandbox
def test_kill_leaves_nothing_behind(sandbox: str, start: Callable[[str], Run], dice: random.Random) -> None:
    """Killed at ten random moments, a run is gone within a second and its journal holds what was acknowledged."""
    whole = start(sandbox)
    began = time.monotonic()
    assert whole.process.wait(120) in (ExitCode.OK, ExitCode.INCONCLUSIVE), whole.told
    length = time.monotonic() - began

    for moment in sorted(dice.uniform(0.05, length) for _ in range(MOMENTS)):
        one = start(sandbox)
        one.run_for(moment)
        one.process.kill()
        one.process.wait()
        # All of the time, even when all is gone at once: a container that the engine was asked for may yet come.
        Stopwatch().wait_for(lambda: False, GONE_WITHIN_SECONDS)

        assert one.leftovers() == [], f"killed after {moment:.2f} s of {length:.2f} s"
        assert_journal_holds(one)


def interrupted(one: Run, how: signal.Signals) -> float:
    """Send a signal to the whole group, as a terminal does, and say how long the end took."""
    if how is signal.SIGINT:
        os.killpg(one.process.pid, how)
    else:
        one.process.send_signal(how)
    watch = Stopwatch()
    watch.wait_for(lambda: one.process.poll() is not None, 10)
    return watch.seconds()


def assert_stopped_with_a_report(one: Run, seconds: float) -> None:
    assert one.process.returncode == 130, one.told
    assert seconds < GONE_WITHIN_SECONDS
    folder = one.folder
    assert folder is not None
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert broken_promises(report, LOGS) == []
    assert report["agents"]["stop_reason"] == "interrupted"
    final = (folder / "final_report.md").read_text(encoding="utf-8")
    assert "Interrupted during" in final
    assert one.leftovers() == []
    verified = run("audit", "verify", folder)
    assert (verified.code, verified.stdout[:2]) == (0, "ok")
    assert "Traceback" not in "".join(one.told)


@Sandbox
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_the_agents_work(sandbox: str, how: signal.Signals, start: Callable[[str], Run]) -> None:
    """Ctrl-C and SIGTERM end a run within a second with code 130 and a report that says where it stopped."""
    one = start(sandbox)
    one.wait_until("stage: ")

    seconds = interrupted(one, how)

    assert_stopped_with_a_report(one, seconds)
    assert one.folder is not None
    report = json.loads((one.folder / "report.json").read_text(encoding="utf-8"))
    assert "investigate" in " ".join(report["agents"]["notes"])
    assert report["evidence"] != []


@Sandbox
def test_interrupted_at_random_moments(sandbox: str, start: Callable[[str], Run], dice: random.Random) -> None:
    """From the moment a run announces its model until its last stage, Ctrl-C always leaves a report."""
    for _ in range(3):
        one = start(sandbox)
        one.wait_until("model: ")
        one.run_for(dice.uniform(0, 0.4))
        if one.process.poll() is None:
            seconds = interrupted(one, signal.SIGINT)
            assert_stopped_with_a_report(one, seconds)
