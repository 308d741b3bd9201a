"""What the backends without an engine share: a supervisor that is an ordinary process of this machine.

A run that root started gives root up first (`inside.descend`). Everything the process needs of the host lies in the
scratch folder.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from abc import abstractmethod
from pathlib import Path

from msgspec import Struct

from responder.background import in_background
from responder.errors import SandboxUnavailable
from responder.safety.sanitise import decode, sanitise
from responder.sandbox.interface import Limits, Mounts
from responder.sandbox.line import Line
from responder.sandbox.supervised import SupervisedSandbox

__all__ = ["DEVICES", "STAGE", "SYSTEM_FOLDERS", "UNPRIVILEGED_USER", "LocalSandbox", "Places"]

SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
"""Read-only inside; programs and libraries, no data of this machine."""
DEVICES = ("/dev/null", "/dev/full", "/dev/urandom", "/dev/random")
"""All that code needs; `/dev/zero` would be a second way to shared memory."""
UNPRIVILEGED_USER = 65534
_FIRST_UNUSED_USER = 0x70000000
"""From here on 2^28 numbers are given to nobody (systemd.io/UIDS-GIDS)."""
STAGE = "/tmp"  # noqa: S108 - covered with a tmpfs
"""Where a descent from root shows the host folders, in a mount namespace of its own."""
_CAP_SYS_ADMIN = 21
_EXIT_SECONDS = 2.0
_ADDRESS_SPACE_MB = 4096
"""Per process and generous, since it counts what is never touched too; the supervisor watches the memory limit."""


class Places(Struct, frozen=True):
    """Where the outermost wall finds the host folders, after a descent from root perhaps not at their own paths."""

    code: str
    evidence: str | None
    python_home: str | None
    """The Python installation, when it does not lie in a system folder."""
    work: str
    """For code that cannot be given a file system of its own."""


class LocalSandbox(SupervisedSandbox):
    """A supervisor process behind walls that this machine's kernel builds without an engine."""

    def __init__(self, *, mounts: Mounts, limits: Limits | None = None) -> None:
        super().__init__(mounts=mounts, limits=limits)
        self.staged = os.geteuid() == 0 and _may_mount()
        self.user = _fresh_user() if os.geteuid() == 0 else os.geteuid()
        """Who the code is, as this machine sees it."""
        self.python, self.python_home = _host_python()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def _walls(self, places: Places) -> list[str]:
        """The command that builds the walls and runs the supervisor behind them."""

    @property
    def user_is_fresh(self) -> bool:
        """Is it a user that has no other process, so that the kernel's count of its processes is a count of ours?"""
        return self.user >= _FIRST_UNUSED_USER

    @property
    def places(self) -> Places:
        """Where the walls find the host folders."""
        folders = self._folders()
        work = str(self.mounts.scratch.absolute() / "work")
        if self.staged:
            folders = {name: f"{STAGE}/{name}" for name in folders}
            work = f"{STAGE}/work"
        return Places(folders["code"], folders.get("evidence"), folders.get("python"), work)

    def _folders(self) -> dict[str, str]:
        folders = {"code": str(self._folder.path)}
        if self.mounts.evidence is not None:
            folders["evidence"] = str(self.mounts.evidence.absolute())
        if self.python_home is not None:
            folders["python"] = self.python_home
        return folders

    async def _open(self) -> Line:
        command = self._walls(self.places)
        if os.geteuid() == 0:
            command = self._descent(command)
        ours, theirs = socket.socketpair()
        try:
            # In this thread and not a worker: the kernel ties a child's death to the thread that started it.
            self._process = subprocess.Popen(  # noqa: ASYNC220
                command,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.PIPE,
                cwd="/",
                env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise SandboxUnavailable(f"{command[0]} cannot be started: {error.strerror}") from error
        finally:
            theirs.close()
        return await Line.over(ours)

    def _descent(self, command: list[str]) -> list[str]:
        config = {
            "user": self.user,
            "stage": STAGE if self.staged else None,
            "folders": self._folders(),
            "work_bytes": self.limits.workspace_mb << 20,
            "work_files": self.limits.files,
        }
        return [sys.executable, *self._folder.program(str(self._folder.path), "descend", "descend", config), *command]

    def _local_config(self, *, workspace: str, evidence: str) -> dict[str, object]:
        """The supervisor's configuration with what an engine would otherwise enforce."""
        limits = self.limits
        config = self._supervisor_config(workspace=workspace, evidence=evidence)
        config["cpus"] = max(1, int(limits.cpus))
        config["memory_bytes"] = limits.memory_mb << 20
        config["limits"] = {**config["limits"], "RLIMIT_AS": _ADDRESS_SPACE_MB << 20}  # type: ignore[dict-item]
        return config

    async def _reason(self) -> str:
        process = self._process
        if process is None or process.stderr is None:
            return ""
        process.kill()
        text = await in_background(process.stderr.read, 4096)
        lines = sanitise(decode(text)).strip().splitlines()
        return lines[-1] if lines else ""

    async def _tear_down(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # The line is closed by now, and the supervisor ends its block before itself; only then comes the kill. Until
        # it is waited for, its number can be nobody else's.
        ended = asyncio.ensure_future(in_background(os.waitid, os.P_PID, process.pid, os.WEXITED | os.WNOWAIT))
        await asyncio.wait([ended], timeout=_EXIT_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await ended
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def _host_python() -> tuple[str, str | None]:
    """An interpreter that may be shown inside, and the folder to show with it if it is not a system one."""
    system = Path("/usr/bin/python3")
    if system.exists():
        return str(system), None
    home = Path(sys.base_prefix).resolve()
    own = home / "bin" / f"python3.{sys.version_info.minor}"
    is_system = any(home.is_relative_to(folder) for folder in SYSTEM_FOLDERS)
    return str(own), None if is_system else str(home)


def _fresh_user() -> int:
    """A user that nobody is, or nobody himself where this user namespace has no such number."""
    number = _FIRST_UNUSED_USER + secrets.randbits(28)
    for kind in ("uid_map", "gid_map"):
        ranges = [list(map(int, line.split())) for line in Path(f"/proc/self/{kind}").read_text("ascii").splitlines()]
        if not any(first <= number < first + count for first, _, count in ranges):
            return UNPRIVILEGED_USER
    return number


def _may_mount() -> bool:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff"))
    return bool(int(effective, 16) >> _CAP_SYS_ADMIN & 1)
