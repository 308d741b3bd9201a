"""Whose a sandbox is, in words that stay true after a reboot or when a process number is used again.

Needs the standard library only: the janitor of a killed run, which has nothing else, asks whether an owner lives.
"""

import os
from pathlib import Path
from typing import NamedTuple, Self

__all__ = ["Owner"]


class Owner(NamedTuple):
    """One process of one boot."""

    boot: str
    pid: int
    start_ticks: int
    """When the process began, in the kernel's ticks since boot."""

    @classmethod
    def this_process(cls) -> Self:
        """The calling process."""
        return cls(_boot_id(), os.getpid(), _start_ticks(os.getpid()) or 0)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The owner that `str` wrote; None when it is something else."""
        boot, _, rest = text.partition("/")
        pid, _, ticks = rest.partition("/")
        if not (boot and pid.isdigit() and ticks.isdigit()):
            return None
        return cls(boot, int(pid), int(ticks))

    def lives(self) -> bool:
        """Is that very process still there?"""
        return self.boot == _boot_id() and _start_ticks(self.pid) == self.start_ticks

    def __str__(self) -> str:
        return f"{self.boot}/{self.pid}/{self.start_ticks}"


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _start_ticks(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])
