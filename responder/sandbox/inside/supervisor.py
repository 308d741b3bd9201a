r"""Runs one block after the other inside the walls, and tells the host how each went.

The host writes one JSON object a line to standard input: `{"argv": [...]}` runs a block, `{"stop": true}` ends it.
Back come frames on standard output: one byte of kind, four of length (big-endian), the payload. `R` ready, `S` block
started, `O` its output, `E` its end as JSON. The code itself gets a pipe of its own and never sees this channel.

When standard input ends, or the process that started this one does, everything that was started ends too.
"""

import json
import os
import select
import signal
import struct
import time
from typing import Any

from . import confine
from .usage import Group

__all__ = ["serve"]

_CHUNK = 1 << 16
_TICK_SECONDS = 0.05
_LAST_WORDS_SECONDS = 1.0

Config = dict[str, Any]


def serve(config: Config) -> None:
    """Lock this process down, then run blocks until standard input ends or the lifetime is over."""
    supervisor = _Supervisor(config)
    supervisor.lock_down()
    supervisor.loop()


class _Supervisor:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._isolated = not config["landlock"]  # every process of this user in sight is ours
        self._end = time.monotonic() + config["lifetime_seconds"]
        self._input = b""

    def lock_down(self) -> None:
        confine.undebuggable()
        confine.adopt_orphans()
        cpus = self._config["cpus"]
        if cpus:
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cpus:])
        confine.no_new_privileges()
        confine.deny_calls()
        signal.signal(signal.SIGTERM, lambda *_: self._abandon())
        if self._config["follow_parent"]:
            confine.signal_on_parent_death(signal.SIGTERM)
        # A process that ends must wake the wait for output; the handler itself has nothing to do.
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def loop(self) -> None:
        while True:
            job = self._next_job()
            if "argv" in job:
                self._run(job)
            elif "hello" in job:
                _send(b"R", b"")

    def _next_job(self) -> Config:
        while b"\n" not in self._input:
            select.select([0, self._wake_read], [], [], max(0.0, self._end - time.monotonic()))
            if time.monotonic() >= self._end:
                self._abandon()
            self._read_input()
        line, _, self._input = self._input.partition(b"\n")
        job: Config = json.loads(line)
        return job

    def _read_input(self) -> None:
        readable, _, _ = select.select([0, self._wake_read], [], [], 0)
        if self._wake_read in readable:
            os.read(self._wake_read, 4096)
        if 0 in readable:
            data = os.read(0, _CHUNK)
            if not data:
                self._abandon()
            self._input += data

    def _stop_asked(self) -> bool:
        self._read_input()
        asked = b"\n" in self._input
        self._input = b""  # while a block runs, the only message is to stop it
        return asked

    def _abandon(self) -> None:
        """The host is gone or the time is up: leave nothing behind."""
        group = getattr(self, "_group", None)
        if group is not None:
            group.kill()
        os._exit(0)

    def _run(self, job: Config) -> None:
        read_end, write_end = os.pipe()
        leader = os.fork()
        if leader == 0:
            self._become(job["argv"], write_end)
        os.close(write_end)
        self._group = Group(leader, isolated=self._isolated)
        _send(b"S", str(leader).encode())
        ending, sent = self._watch(read_end, leader)
        exit_code, leftovers = self._group.end()
        sent += self._drain(read_end, self._config["output_bytes"] - sent)
        os.close(read_end)
        end = {"ending": ending, "exit_code": exit_code, "leftovers": leftovers}
        _send(b"E", json.dumps(end).encode())

    def _watch(self, output: int, leader: int) -> tuple[str, int]:
        """Pass output on until the block's first process ends or must be ended; why, and how many bytes."""
        config, sent, open_ends = self._config, 0, [0, self._wake_read, output]
        deadline, next_look = time.monotonic() + config["timeout_seconds"], 0.0
        while True:
            now = time.monotonic()
            if now >= min(deadline, self._end):
                return "timeout", sent
            readable, _, _ = select.select(open_ends, [], [], min(deadline - now, _TICK_SECONDS))
            if output in readable:
                data = os.read(output, _CHUNK)
                if data:
                    sent += len(data)
                    _send(b"O", data)
                    if sent > config["output_bytes"]:
                        return "flood", sent
                else:
                    open_ends.remove(output)  # closed by the code; the process itself may go on
            if (0 in readable or self._wake_read in readable) and self._stop_asked():
                return "cancelled", sent
            if _has_ended(leader):
                return "exited", sent
            if now >= next_look:
                over = self._group.over(config["memory_bytes"], config["workspace"], config["workspace_bytes"])
                if over:
                    return over, sent
                next_look = time.monotonic() + _TICK_SECONDS

    def _drain(self, output: int, room: int) -> int:
        """What the pipe still held when the last writer died."""
        sent, end = 0, time.monotonic() + _LAST_WORDS_SECONDS
        while sent <= room and time.monotonic() < end:
            readable, _, _ = select.select([output], [], [], end - time.monotonic())
            data = os.read(output, _CHUNK) if readable else b""
            if not data:
                break
            _send(b"O", data)
            sent += len(data)
        return sent

    def _become(self, argv: list[str], output: int) -> None:
        """In the child: put on the last locks and turn into the code."""
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.closerange(3, 1024)
            _prefer_as_victim()
            confine.set_limits(self._config["limits"])
            os.chdir(self._config["workspace"])
            landlock = self._config["landlock"]
            if landlock:
                confine.signal_on_parent_death(signal.SIGKILL)
                scopes = confine.landlock_version() >= confine.SCOPES_SINCE
                confine.restrict_files(landlock["readable"], landlock["writable"], landlock["devices"])
                confine.deny_calls(without_mounts=True, without_scopes=not scopes)
            os.execvpe(argv[0], argv, self._config["environment"])  # noqa: S606 - inside the walls
        except BaseException as error:  # noqa: BLE001 - nothing may return from here
            os.write(2, f"the code could not be started: {error}\n".encode())
        os._exit(126)


def _prefer_as_victim() -> None:
    """Let the kernel take the code, not its supervisor, when memory runs out; without /proc there is no such file."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - see confine
            file.write("1000")
    except OSError:
        pass


def _has_ended(pid: int) -> bool:
    """Has the process ended? It stays a zombie, so that its number cannot be given to another."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _send(kind: bytes, payload: bytes) -> None:
    data = memoryview(struct.pack(">cI", kind, len(payload)) + payload)
    try:
        while data:
            data = data[os.write(1, data) :]
    except BrokenPipeError:
        os.kill(os.getpid(), signal.SIGTERM)
