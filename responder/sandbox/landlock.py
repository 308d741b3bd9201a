"""The last choice: the kernel's Landlock and seccomp, with nothing to install, even inside a container.

There are no namespaces: paths are the machine's own, `/proc` is not there at all, and what Landlock does not cover
(sockets, permissions, other processes) is refused call by call (`inside.syscalls`). The code runs in a session it
cannot leave, which is killed as a whole.
"""

import contextlib
import os
from pathlib import Path
from typing import ClassVar

from responder.background import in_background
from responder.errors import SandboxUnavailable
from responder.sandbox.blocks import Block
from responder.sandbox.inside.confine import landlock_version
from responder.sandbox.interface import BackendName, Limits, Mounts
from responder.sandbox.line import Line
from responder.sandbox.local import DEVICES, SYSTEM_FOLDERS, LocalSandbox, Places
from responder.sandbox.trees import empty_tree

__all__ = ["LandlockSandbox"]

_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/alternatives")


class LandlockSandbox(LocalSandbox):
    """A confined session for one run."""

    backend: ClassVar[BackendName] = "landlock"

    def __init__(self, *, mounts: Mounts, limits: Limits | None = None) -> None:
        super().__init__(mounts=mounts, limits=limits)
        places = self.places
        self.evidence_dir = places.evidence or ""
        self.work_dir = places.work

    async def _open(self) -> Line:
        if landlock_version() < 1:
            raise SandboxUnavailable("this kernel has no Landlock", hint="Linux 5.13 or later, with landlock in lsm=")
        if not self.staged:
            self._make_work_folder()
        return await super()._open()

    def _walls(self, places: Places) -> list[str]:
        config = self._local_config(workspace=places.work, evidence=places.evidence or "")
        readable = [*SYSTEM_FOLDERS, *_SYSTEM_FILES, places.code]
        readable += [path for path in (places.evidence, places.python_home) if path is not None]
        config["landlock"] = {"readable": readable, "writable": [places.work], "devices": list(DEVICES)}
        config["follow_parent"] = True
        config["environment"] |= {"TMPDIR": places.work}  # type: ignore[operator]
        if self.user_is_fresh:
            config["limits"] |= {"RLIMIT_NPROC": self.limits.processes + 1}  # type: ignore[operator]  # the supervisor
        else:  # the kernel counts every process of this user, so the supervisor makes room for them, and counts too
            config["tasks"] = self.limits.processes
        if not self.staged:
            limits = self.limits
            config["watched"] = {"folders": [places.work], "bytes": limits.workspace_mb << 20, "files": limits.files}
        return [self._python_at(places), *self._folder.program(places.code, "supervisor", "serve", config)]

    def _make_work_folder(self) -> None:
        """On the disk, since there is no memory file system to have; watched for its size by the supervisor."""
        work = Path(self.places.work)
        try:
            work.mkdir(mode=0o700, exist_ok=True)
            empty_tree(work)
            if os.geteuid() == 0:
                os.chown(work, self.user, self.user)
        except OSError as error:
            raise SandboxUnavailable(f"{work} cannot be made: {error.strerror}") from error

    def _command(self, block: Block) -> list[str]:
        places = self.places
        python = [self._python_at(places), "-I", "-u"]
        return [*(python if block.interpreter == "python" else [block.interpreter]), f"{places.code}/{block.name}"]

    def _python_at(self, places: Places) -> str:
        if places.python_home is None or self.python_home is None:
            return self.python
        return places.python_home + self.python.removeprefix(self.python_home)

    async def _tear_down(self) -> None:
        await super()._tear_down()
        if not self.staged:
            await in_background(_remove, Path(self.places.work))


def _remove(work: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        empty_tree(work)
        work.rmdir()
