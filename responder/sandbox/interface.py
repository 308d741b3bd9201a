"""The one door through which agent code runs.

A backend never lets code see the host, the network or a secret, and never raises for anything that the code or
the model chose: language, name, content, output and behaviour all end in an `Execution`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from msgspec import Struct, field

__all__ = [
    "CODE_DIR",
    "EVIDENCE_DIR",
    "WORK_DIR",
    "BackendName",
    "Ending",
    "Execution",
    "Limits",
    "Mounts",
    "Sandbox",
    "SandboxInfo",
]

BackendName = Literal["docker", "bwrap", "landlock"]

CODE_DIR = "/code"
EVIDENCE_DIR = "/evidence"
WORK_DIR = "/workspace"

Ending = Literal["exited", "timeout", "flood", "killed", "cancelled", "refused", "unavailable"]
"""exited: by itself; timeout: over its time; flood: over its output limit; killed: memory limit or the sandbox died;
cancelled: the run was stopped; refused: never started, the request was unusable; unavailable: the backend broke."""


class Limits(Struct, frozen=True):
    """What one sandbox may use; the same numbers for every backend."""

    timeout_seconds: float = 60.0
    memory_mb: int = 512
    cpus: float = 1.0
    processes: int = 128
    workspace_mb: int = 128
    tmp_mb: int = 64
    files: int = 8192
    output_bytes: int = 8 << 20
    """Past this the code is killed."""
    shown_head_bytes: int = 48_000
    shown_tail_bytes: int = 16_000
    lifetime_seconds: int = 3600
    """After this the sandbox ends itself even if nobody asks it to."""


class Execution(Struct, frozen=True):
    """One code block that was run, or refused."""

    language: str
    code: str
    code_sha256: str
    exit_code: int
    ending: Ending
    output: str
    """stdout and stderr together, head and tail kept, decoded with replacement, control characters made visible."""
    seconds: float
    name: str = ""
    """File name inside `CODE_DIR`."""
    output_bytes: int = 0
    """Before it was cut."""
    note: str = ""
    """What the model must know beyond the output: a time-out, a reset workspace, killed left-overs."""


class SandboxInfo(Struct, frozen=True):
    """What was chosen, and why not something stronger."""

    backend: BackendName
    tier_reason: str
    """One sentence: why this backend, and why each higher one was refused."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the self-test saw inside: uid, capabilities, interfaces, image digest, ..."""


class Sandbox(ABC):
    """A place where untrusted code runs. Whoever opens it closes it: `async with`."""

    info: SandboxInfo
    evidence_dir: str = EVIDENCE_DIR
    """Where code inside finds the evidence; also in its environment as `EVIDENCE_DIR`. A backend without a mount
    namespace gives the real path."""
    work_dir: str = WORK_DIR
    """Where code inside may write."""

    @abstractmethod
    async def start(self) -> None:
        """Make the sandbox ready to run code. Idempotent.

        Raises:
            SandboxUnavailable: It cannot work on this machine now; the message says why, the hint what would help.
        """

    @abstractmethod
    async def execute(self, code: str, *, language: str = "python", name: str | None = None) -> Execution:
        """Run one block and wait for its end; blocks of one sandbox run one at a time and share `WORK_DIR`.

        Never raises for what the code does or what the model asked for. Killing, resetting and restarting are the
        backend's own business and show in `Execution.note`.

        Raises:
            asyncio.CancelledError: The caller was cancelled; the code is dead when it propagates.
        """

    @abstractmethod
    async def stop(self) -> None:
        """End everything inside and remove every trace. Idempotent; never raises."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


class Mounts(Struct, frozen=True):
    """The host folders a sandbox may read, and nothing else of the host."""

    evidence: Path | None = None
    """Appears as `EVIDENCE_DIR`, read-only. Folder and files must be readable by everybody (0755, 0444), since the
    code runs as another user; its parents may be closed."""
    scratch: Path = Path()
    """A private host folder the backend may use, made if need be and the caller's to remove. Only on Landlock without
    root is a part of it writable from inside."""
