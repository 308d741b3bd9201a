r"""Runs one block after the other inside the walls, and tells the host how each went.

Both directions are frames: one byte of kind, four of length (big-endian), the payload. On standard input come `H`
(answer when ready), `B` (run a block: its arguments, each ended by a NUL) and `K` (end the block). On standard output
go `R` ready, `S` started with the process's number, `O` output, `E` the block's end: why, exit code, left-overs. The
code itself gets a pipe of its own and never sees this channel.

When standard input ends, or the process that started this one does, everything that was started ends too.
"""

import os
import select
import struct
import time

from . import confine, signals
from .usage import Group, leaves_too_much, tasks_of_user

TYPE_CHECKING = False  # `typing` is a third of this program's start-up time
if TYPE_CHECKING:
    from typing import Any

__all__ = ["serve"]

_CHUNK = 1 << 16
_HEAD_BYTES = 5
_TICK_SECONDS = 0.05
_LAST_WORDS_SECONDS = 1.0


def serve(config: "dict[str, Any]") -> None:
    """Lock this process down, then run blocks until standard input ends or the lifetime is over."""
    supervisor = _Supervisor(config)
    supervisor.lock_down()
    supervisor.loop()


class _Supervisor:
    def __init__(self, config: "dict[str, Any]") -> None:
        self._config = config
        self._isolated = not config["landlock"]  # every process of this user in sight is ours
        self._end = time.monotonic() + config["lifetime_seconds"]
        self._input = b""
        self._group: Group | None = None
        self._told = -1

    def lock_down(self) -> None:
        confine.undebuggable()
        try:
            confine.adopt_orphans()
        except OSError:  # gVisor has it for a first process alone, which then buries them, and all in sight are killed
            if not self._isolated:
                raise
        cpus = self._config["cpus"]
        if cpus:
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cpus:])
        confine.no_new_privileges()
        confine.deny_calls(uncounted=bool(self._config["memory_bytes"]))
        # A process that ends must wake the wait for output, and an order to end must find this process between two
        # steps: both are read like the rest of what comes.
        self._told = signals.as_descriptor(signals.SIGTERM, signals.SIGCHLD)
        if self._config["follow_parent"]:
            confine.signal_on_parent_death(signals.SIGTERM)

    def loop(self) -> None:
        while True:
            kind, payload = self._next_frame()
            if kind == b"B":
                self._run([os.fsdecode(word) for word in payload.split(b"\0")[:-1]])
            elif kind == b"H":
                self._send(b"R", b"")

    def _next_frame(self) -> "tuple[bytes, bytes]":
        while True:
            if len(self._input) >= _HEAD_BYTES:
                kind, length = struct.unpack(">cI", self._input[:_HEAD_BYTES])
                if len(self._input) >= _HEAD_BYTES + length:
                    payload = self._input[_HEAD_BYTES : _HEAD_BYTES + length]
                    self._input = self._input[_HEAD_BYTES + length :]
                    return kind, payload
            select.select([0, self._told], [], [], max(0.0, self._end - time.monotonic()))
            if time.monotonic() >= self._end:
                self._abandon()
            self._listen()

    def _listen(self) -> None:
        """Take in what has come from the host and from the kernel, without waiting."""
        readable, _, _ = select.select([0, self._told], [], [], 0)
        if self._told in readable and signals.SIGTERM in signals.arrived(self._told):
            self._abandon()
        if 0 in readable:
            data = os.read(0, _CHUNK)
            if not data:
                self._abandon()
            self._input += data

    def _stop_asked(self) -> bool:
        self._listen()
        if len(self._input) < _HEAD_BYTES:
            return False
        self._input = b""  # while a block runs, the only message is to stop it
        return True

    def _abandon(self) -> None:
        """The host is gone or the time is up: leave nothing behind."""
        if self._group is not None:
            self._group.kill()
        os._exit(0)

    def _run(self, argv: "list[str]") -> None:
        read_end, write_end = os.pipe()
        supervisor, leader = os.getpid(), os.fork()
        if leader == 0:
            self._become(argv, write_end, supervisor)
        os.close(write_end)
        self._group = Group(leader, isolated=self._isolated)
        self._send(b"S", str(leader).encode())
        ending, sent = self._watch(self._group, read_end, leader)
        exit_code, leftovers = self._group.end()
        self._group = None  # its number may be given to others from here on
        sent += self._drain(read_end, self._config["output_bytes"] - sent)
        os.close(read_end)
        self._send(b"E", f"{ending} {exit_code} {leftovers}".encode())

    def _watch(self, group: Group, output: int, leader: int) -> "tuple[str, int]":
        """Pass output on until the block's first process ends or must be ended; why, and how many bytes."""
        config, sent, open_ends = self._config, 0, [0, self._told, output]
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
                    self._send(b"O", data)
                    if sent > config["output_bytes"]:
                        return "flood", sent
                else:
                    open_ends.remove(output)  # closed by the code; the process itself may go on
            if (0 in readable or self._told in readable) and self._stop_asked():
                return "cancelled", sent
            if _has_ended(leader):
                # A block may end between two looks, and the next one would be killed for what this one leaves.
                return leaves_too_much(config) or "exited", sent
            if now >= next_look:
                over = group.over(config)
                if over:
                    return over, sent
                # On a machine with very many processes a look takes time of its own; never more than a fifth of it.
                looked = time.monotonic()
                next_look = looked + max(_TICK_SECONDS, 4 * (looked - now))

    def _drain(self, output: int, room: int) -> int:
        """What the pipe still held when the last writer died."""
        sent, end = 0, time.monotonic() + _LAST_WORDS_SECONDS
        while sent <= room and time.monotonic() < end:
            readable, _, _ = select.select([output], [], [], end - time.monotonic())
            data = os.read(output, _CHUNK) if readable else b""
            if not data:
                break
            self._send(b"O", data)
            sent += len(data)
        return sent

    def _become(self, argv: "list[str]", output: int, supervisor: int) -> None:
        """In the child: put on the last locks and turn into the code."""
        try:
            signals.as_at_birth()
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.closerange(3, 1024)
            _prefer_as_victim()
            limits = dict(self._config["limits"])
            if self._config["tasks"]:  # beside this process, which is counted already
                limits["RLIMIT_NPROC"] = tasks_of_user() + self._config["tasks"] - 1
            confine.set_limits(limits)
            _enter(self._config["workspace"])
            landlock = self._config["landlock"]
            if landlock:
                confine.signal_on_parent_death(signals.SIGKILL)
                if os.getppid() != supervisor:  # gone before that, and before there was a session that it could kill
                    os._exit(126)
                scopes = confine.landlock_version() >= confine.SCOPES_SINCE
                confine.restrict_files(landlock["readable"], landlock["writable"], landlock["devices"])
                confine.deny_calls(without_mounts=True, without_scopes=not scopes)
            os.execvpe(argv[0], argv, self._config["environment"])  # noqa: S606 - inside the walls
        except BaseException as error:  # noqa: BLE001 - nothing may return from here
            os.write(2, f"the code could not be started: {error}\n".encode())
        os._exit(126)

    def _send(self, kind: bytes, payload: bytes) -> None:
        data = memoryview(struct.pack(">cI", kind, len(payload)) + payload)
        try:
            while data:
                data = data[os.write(1, data) :]
        except BrokenPipeError:
            self._abandon()


def _enter(workspace: str) -> None:
    """Go to the workspace, open again if a block before has shut it."""
    try:  # noqa: SIM105 - contextlib takes as long to load as Python takes to start
        os.chmod(workspace, 0o700)  # noqa: PTH101 - see confine
    except PermissionError:  # on Podman it belongs to root, so no block could
        pass
    os.chdir(workspace)


def _prefer_as_victim() -> None:
    """Let the kernel take the code, and nothing else of the machine, when memory runs out."""
    confine.debuggable()  # as the code is in any case, once it runs
    try:
        with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - see confine
            file.write("1000")
    except FileNotFoundError:  # gVisor has none
        pass


def _has_ended(pid: int) -> bool:
    """Has the process ended? It stays a zombie, so that its number cannot be given to another."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
