"""The processes of one block as a group: what they use together, and their end."""

import os
import time

from .signals import SIGKILL

TYPE_CHECKING = False  # see confine
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Group", "tasks_of_user"]

_PAGE = os.sysconf("SC_PAGE_SIZE")
_THREADS, _RESIDENT = 17, 21
"""Where `_stat` has the number of threads and the pages in memory."""
_REAP_SECONDS = 2.0
_DEPTH = 64


class Group:
    """One block's processes.

    Args:
        leader: The first process; the others descend from it.
        isolated: Every other process that can be signalled is the block's. Otherwise the block is a session that
            its members cannot leave.
    """

    def __init__(self, leader: int, *, isolated: bool) -> None:
        self._leader = leader
        self._isolated = isolated
        self._next_measure = 0.0

    def kill(self) -> None:
        """Kill every member at once; the kernel lets none fork away meanwhile."""
        try:
            if self._isolated:
                os.kill(-1, SIGKILL)
            else:
                os.killpg(self._leader, SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass

    def end(self) -> tuple[int, int]:
        """Kill and reap every member; the leader's exit code and how many others were still there."""
        exit_code, others, deadline = 137, 0, time.monotonic() + _REAP_SECONDS
        if os.waitid(os.P_PID, self._leader, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            others = len(self._members() - {self._leader})
        while time.monotonic() < deadline:
            self.kill()
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                time.sleep(0.001)
            elif pid == self._leader:
                code = os.waitstatus_to_exitcode(status)
                exit_code = code if code >= 0 else 128 - code
        return exit_code, others

    def over(self, config: "dict[str, Any]") -> str:
        """Which limit the block is over: `memory`, `processes`, `disk`, or none. A limit of 0 is the kernel's job."""
        memory, tasks = config["memory_bytes"], config["tasks"]
        if memory or tasks:
            members = [fields for pid in self._members() if (fields := _stat(pid))]
            if memory and sum(int(fields[_RESIDENT]) for fields in members) * _PAGE > memory:
                return "memory"
            if tasks and sum(int(fields[_THREADS]) for fields in members) > tasks:
                return "processes"
        now = time.monotonic()
        if config["watched"] and now >= self._next_measure:
            if full := leaves_too_much(config):
                return full
            # Measuring folders of many files takes time of its own; never let it take more than a fifth.
            self._next_measure = now + max(0.1, 5 * (time.monotonic() - now))
        return ""

    def _members(self) -> "set[int]":
        """Living processes of the block (zombies do not count)."""
        members = set()
        for pid in _processes():
            fields = _stat(pid)
            if not fields or fields[0] in "ZX" or pid in (1, os.getpid()):
                continue
            if int(fields[3]) == self._leader or (self._isolated and _is_mine(pid)):
                members.add(pid)
        return members


def leaves_too_much(config: "dict[str, Any]") -> str:
    """`disk` when there is more in the folders that the code may write than it may leave there, else nothing."""
    watched = config["watched"]
    too_full = watched and _too_full(watched["folders"], watched["bytes"], watched["files"])
    return "disk" if too_full else ""


def tasks_of_user() -> int:
    """Threads of this user on this machine, as the kernel counts them against RLIMIT_NPROC."""
    mine = [fields for pid in _processes() if _is_mine(pid) and (fields := _stat(pid))]
    return sum(int(fields[_THREADS]) for fields in mine)


def _processes() -> "list[int]":
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - see confine


def _is_mine(pid: int) -> bool:
    """Of this user? In a container the first process belongs to another one."""
    try:
        return os.stat(f"/proc/{pid}").st_uid == os.getuid()  # noqa: PTH116 - see confine
    except OSError:
        return False


def _stat(pid: int) -> "list[str]":
    """State, parent, group, session, ... of a process; empty when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - see confine
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []


def _too_full(folders: "list[str]", most_bytes: int, most_files: int) -> bool:
    """Is there too much below folders that the code controls? What cannot be measured is; 0 bytes is no limit."""
    size, files, pending = 0, 0, [(folder, 0) for folder in folders]
    while pending:
        path, depth = pending.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    files += 1
                    size += entry.stat(follow_symlinks=False).st_blocks * 512 + 512
                    if files > most_files or (most_bytes and size > most_bytes):
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        pending.append((entry.path, depth + 1))
        except FileNotFoundError:
            continue
        except OSError:
            return True
        if depth > _DEPTH:
            return True
    return False
