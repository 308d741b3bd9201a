"""The second choice: namespaces made by bubblewrap, which needs neither an engine nor root.

The code sees an empty file system with the system's programs, the evidence and the code, all read-only, and a
workspace in memory. When the supervisor, the namespaces' first process, ends, the kernel ends the rest.
"""

import shutil
from pathlib import Path
from typing import ClassVar

from responder.errors import SandboxUnavailable
from responder.sandbox.blocks import Block
from responder.sandbox.bundled import INSTALL, BundledBwrap, bundled_bwrap
from responder.sandbox.interface import CODE_DIR, EVIDENCE_DIR, WORK_DIR, BackendName, Limits, Mounts
from responder.sandbox.line import Line
from responder.sandbox.local import DEVICES, STAGE, SYSTEM_FOLDERS, UNPRIVILEGED_USER, LocalSandbox, Places

__all__ = ["BwrapSandbox"]

_SHM_MB = 16


class BwrapSandbox(LocalSandbox):
    """Namespaces of its own for one run."""

    backend: ClassVar[BackendName] = "bwrap"

    def __init__(self, *, mounts: Mounts, limits: Limits | None = None) -> None:
        super().__init__(mounts=mounts, limits=limits)
        self._bundled: BundledBwrap | None = None

    async def _open(self) -> Line:
        if shutil.which("bwrap") is None:
            self._bundled = bundled_bwrap()
        return await super()._open()

    def _folders(self) -> dict[str, str]:
        return super()._folders() | (self._bundled.folders if self._bundled else {})

    def _program(self) -> str:
        if self._bundled is not None:
            return self._bundled.program_below(STAGE) if self.staged else self._bundled.program
        program = shutil.which("bwrap")
        if program is None:
            raise SandboxUnavailable("bubblewrap is not installed", hint=f"apt-get install bubblewrap, or {INSTALL}")
        return program

    def _walls(self, places: Places) -> list[str]:
        config = self._local_config(workspace=WORK_DIR, evidence=EVIDENCE_DIR)
        config["limits"] |= {"RLIMIT_NPROC": self.limits.processes}  # type: ignore[operator]
        # The kernel keeps their sizes; bubblewrap has no word for the number of files.
        config["watched"] = {"folders": [WORK_DIR, "/tmp", "/dev/shm"], "bytes": 0, "files": self.limits.files}  # noqa: S108
        supervisor = [self.python, *self._folder.program(CODE_DIR, "supervisor", "serve", config)]
        return [self._program(), *self._namespaces(), *self._file_system(places), "--", *supervisor]

    @staticmethod
    def _namespaces() -> list[str]:
        nobody = str(UNPRIVILEGED_USER)
        return [
            *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--as-pid-1"),
            *("--uid", nobody, "--gid", nobody, "--hostname", "sandbox", "--cap-drop", "ALL", "--clearenv"),
            *("--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "LANG", "C.UTF-8"),
        ]

    def _file_system(self, places: Places) -> list[str]:
        limits = self.limits
        shown: list[str] = []
        for folder in map(Path, SYSTEM_FOLDERS):
            if folder.is_symlink():
                shown += ["--symlink", str(folder.readlink()), str(folder)]
            elif folder.is_dir():
                shown += ["--ro-bind", str(folder), str(folder)]
        for file in ("/etc/ld.so.cache", "/etc/alternatives"):
            shown += ["--ro-bind-try", file, file]
        if places.python_home is not None and self.python_home is not None:
            shown += ["--ro-bind", places.python_home, self.python_home]
        if places.evidence is not None:
            shown += ["--ro-bind", places.evidence, EVIDENCE_DIR]
        return [
            *shown,
            *("--ro-bind", places.code, CODE_DIR, "--proc", "/proc", *self._devices()),
            *("--size", str(limits.tmp_mb << 20), "--tmpfs", "/tmp"),  # noqa: S108 - the sandbox's own
            *("--size", str(limits.workspace_mb << 20), "--perms", "0700", "--tmpfs", WORK_DIR),
            *("--remount-ro", "/", "--chdir", WORK_DIR),
        ]

    @staticmethod
    def _devices() -> list[str]:
        """Our own `/dev`: bubblewrap's is writable without a limit, and has terminals and a source of shared memory."""
        made = ["--size", "65536", "--tmpfs", "/dev"]
        for device in DEVICES:
            made += ["--dev-bind-try", device, device]
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            made += ["--symlink", f"/proc/self/fd/{number}", f"/dev/{name}"]
        made += ["--symlink", "/proc/self/fd", "/dev/fd", "--size", str(_SHM_MB << 20), "--tmpfs", "/dev/shm"]  # noqa: S108
        return [*made, "--remount-ro", "/dev"]

    def _command(self, block: Block) -> list[str]:
        command = super()._command(block)
        return [self.python, *command[1:]] if block.interpreter == "python" else command
