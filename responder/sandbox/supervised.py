"""What every backend has in common: a supervisor behind walls, one block at a time, every fault an `Execution`.

A backend only has to build the walls (`_open`) and tear them down (`_tear_down`).
"""

import asyncio
import contextlib
import time
from abc import abstractmethod
from typing import ClassVar

from responder.errors import SandboxUnavailable
from responder.sandbox.blocks import Block, CodeFolder, UnusableBlock, code_sha256
from responder.sandbox.interface import (
    CODE_DIR,
    EVIDENCE_DIR,
    WORK_DIR,
    BackendName,
    Ending,
    Execution,
    Limits,
    Mounts,
    Sandbox,
    SandboxInfo,
)
from responder.sandbox.line import BlockEnd, Line, LineBroken
from responder.sandbox.output import CappedOutput

__all__ = ["SupervisedSandbox"]

_HELLO_SECONDS = 10.0
_GRACE_SECONDS = 3.0
"""How long after a block's time the host waits before it stops trusting the supervisor to end it."""
_STOP_SECONDS = 0.5
_RESET = "The sandbox was restarted: /workspace is empty again."


class SupervisedSandbox(Sandbox):
    """A sandbox whose code is run by `inside.supervisor`.

    Args:
        mounts: The host folders it may read.
        limits: What it may use.
    """

    backend: ClassVar[BackendName]

    def __init__(self, *, mounts: Mounts, limits: Limits | None = None) -> None:
        self.mounts = mounts
        self.limits = limits or Limits()
        self.info = SandboxInfo(self.backend, "asked for by name")
        self._folder = CodeFolder(mounts.scratch.absolute() / "code")
        self._line: Line | None = None
        self._lock = asyncio.Lock()
        self._lost_workspace = False

    @abstractmethod
    async def _open(self) -> Line:
        """Build the walls and start the supervisor behind them.

        Raises:
            SandboxUnavailable: It cannot be done here.
        """

    @abstractmethod
    async def _tear_down(self) -> None:
        """Kill everything behind the walls and remove what was built. Idempotent; never raises."""

    def _command(self, block: Block) -> list[str]:
        """How the block is run where the supervisor is; -I keeps the work folder and the environment off the path."""
        interpreter = ["python3", "-I", "-u"] if block.interpreter == "python" else [block.interpreter]
        return [*interpreter, f"{CODE_DIR}/{block.name}"]

    async def start(self) -> None:
        """See `Sandbox.start`."""
        async with self._lock:
            await self._ready()

    async def stop(self) -> None:
        """See `Sandbox.stop`."""
        async with self._lock:
            await self._shut()

    async def execute(self, code: str, *, language: str = "python", name: str | None = None) -> Execution:
        """See `Sandbox.execute`."""
        began = time.monotonic()
        limits = self.limits
        output = CappedOutput(head_bytes=limits.shown_head_bytes, tail_bytes=limits.shown_tail_bytes)

        def execution(ending: Ending, exit_code: int, note: str, *, text: str = "", file: str = "") -> Execution:
            return Execution(
                language=language,
                code=code,
                code_sha256=code_sha256(code),
                exit_code=exit_code,
                ending=ending,
                output=text or output.text(),
                seconds=time.monotonic() - began,
                name=file,
                output_bytes=output.total,
                note=note,
            )

        async with self._lock:
            try:
                block = self._folder.place(code, language=language, name=name)
                end, lost = await self._run(block, output)
            except UnusableBlock as error:
                return execution("refused", 2, "", text=str(error))
            except (SandboxUnavailable, OSError) as error:
                return execution("unavailable", 126, f"The sandbox is not available: {error}")
            ending, exit_code, note = self._told(end, lost=lost)
            return execution(ending, exit_code, note, file=block.name)

    async def _run(self, block: Block, output: CappedOutput) -> tuple[BlockEnd | None, bool]:
        """Run a block, once more if the sandbox had died idle; its end (None: died with it), and was state lost."""
        lost = False
        for last in (False, True):
            was_lost = self._lost_workspace
            line = await self._ready()
            lost = lost or was_lost
            self._lost_workspace = False
            try:
                end = await self._to_end(line, self._command(block), output)
                if end.ending == "disk":  # the next block would find the folder as full
                    lost = True
                    await self._shut()
                return end, lost
            except LineBroken:
                self._lost_workspace = True
                started = line.block_started
                await self._shut()
                if started or last:
                    return None, True
        raise AssertionError("unreachable")

    async def _to_end(self, line: Line, argv: list[str], output: CappedOutput) -> BlockEnd:
        try:
            async with asyncio.timeout(self.limits.timeout_seconds + _GRACE_SECONDS):
                return await line.run(argv, output)
        except TimeoutError:
            return await self._end_block(line, output)
        except asyncio.CancelledError:
            with contextlib.suppress(LineBroken):
                await self._end_block(line, output)
            raise

    async def _end_block(self, line: Line, output: CappedOutput) -> BlockEnd:
        """End the block by the supervisor's hand, or else by tearing the sandbox down."""
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                return await line.stop_block(output)
        except (TimeoutError, LineBroken) as error:
            self._lost_workspace = True
            await self._shut()
            raise LineBroken("the supervisor did not end the block") from error

    async def _ready(self) -> Line:
        if self._line is None:
            try:
                self._folder.prepare()
            except OSError as error:
                raise SandboxUnavailable(f"{self._folder.path} cannot be written: {error.strerror}") from error
            try:
                self._line = await self._open()
                async with asyncio.timeout(_HELLO_SECONDS):
                    await self._line.hello()
            except (LineBroken, TimeoutError) as error:
                reason = await self._reason()
                await self._shut()
                raise SandboxUnavailable(f"the {self.backend} sandbox did not start: {reason or error}") from error
            except BaseException:
                await self._shut()
                raise
        return self._line

    async def _reason(self) -> str:
        """Why the supervisor did not come up, if the walls left word."""
        return ""

    async def _shut(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()
        await self._tear_down()

    def _supervisor_config(self, *, workspace: str = WORK_DIR, evidence: str = EVIDENCE_DIR) -> dict[str, object]:
        """What every supervisor needs to know; a backend adds what only it can enforce in no other way."""
        limits = self.limits
        return {
            "landlock": None,
            "follow_parent": False,
            "cpus": 0,
            "timeout_seconds": limits.timeout_seconds,
            "lifetime_seconds": limits.lifetime_seconds,
            "output_bytes": limits.output_bytes,
            "memory_bytes": 0,
            "tasks": 0,
            "workspace": workspace,
            "watched": None,
            "limits": {
                "RLIMIT_CORE": 0,
                "RLIMIT_CPU": int(limits.timeout_seconds * max(1.0, limits.cpus)) + 5,
                "RLIMIT_NOFILE": 512,
                "RLIMIT_FSIZE": limits.workspace_mb << 20,
                "RLIMIT_MEMLOCK": 65536,
            },
            "environment": {
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "HOME": workspace,
                "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own
                "LANG": "C.UTF-8",
                "PYTHONDONTWRITEBYTECODE": "1",
                "EVIDENCE_DIR": evidence,
            },
        }

    def _told(self, end: BlockEnd | None, *, lost: bool) -> tuple[Ending, int, str]:
        """Ending, exit code, and what the model must know."""
        limits = self.limits
        notes = []
        ending: Ending = "killed"
        code = 137
        match end:
            case None:
                notes.append("The sandbox died while the code ran.")
            case BlockEnd("exited", 137, _):
                notes.append(f"Killed, most likely over the memory limit of {limits.memory_mb} MB.")
            case BlockEnd("exited", status, leftovers):
                ending, code = "exited", status
                if leftovers:
                    notes.append(f"{leftovers} processes were still running and were killed.")
            case BlockEnd("timeout"):
                ending, code = "timeout", 124
                notes.append(f"Killed after {limits.timeout_seconds:g} seconds.")
            case BlockEnd("flood"):
                ending, code = "flood", 125
                notes.append(f"Killed after more than {limits.output_bytes} bytes of output.")
            case BlockEnd("cancelled"):
                ending, code = "timeout", 124
                notes.append(f"Killed after {limits.timeout_seconds:g} seconds.")
            case BlockEnd("processes"):
                notes.append(f"Killed over the limit of {limits.processes} processes.")
            case BlockEnd("disk"):
                notes.append(f"Killed: more than {limits.workspace_mb} MB or {limits.files} files in the workspace.")
            case _:
                notes.append(f"Killed over the memory limit of {limits.memory_mb} MB.")
        if lost:
            notes.append(_RESET)
        return ending, code, " ".join(notes)
