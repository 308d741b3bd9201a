"""Setting a bench up and running checks on it."""

import contextlib
import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

from responder.errors import SandboxError
from responder.sandbox.checks.faults import CHECK_LIMITS
from responder.sandbox.checks.model import Bench, Check, CheckResult
from responder.sandbox.interface import BackendName, Mounts, Sandbox
from responder.sandbox.local import LocalSandbox
from responder.sandbox.select import build_sandbox

__all__ = ["bench", "run_check"]

_SECRET_VARIABLE = "RESPONDER_CHECK_SECRET"  # noqa: S105 - the name of a decoy


@contextlib.asynccontextmanager
async def bench(
    backend: BackendName, *, docker_host: str | None = None, image: str | None = None, runtime: str | None = None
) -> AsyncIterator[Bench]:
    """Start a sandbox with something outside to reach for; all of it is gone afterwards.

    Args:
        backend: Which kind.
        docker_host: As in `select_sandbox`.
        image: As in `select_sandbox`.
        runtime: As in `select_sandbox`.

    Raises:
        SandboxUnavailable: The backend does not work here.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-check-")))
        evidence, canary = _outside(folder)
        secret = secrets.token_hex(16)
        os.environ[_SECRET_VARIABLE] = secret
        stack.callback(os.environ.pop, _SECRET_VARIABLE, None)
        numbers = count(1)
        options = {"docker_host": docker_host, "image": image, "runtime": runtime}

        def another() -> Sandbox:
            mounts = Mounts(evidence=evidence, scratch=folder / f"scratch{next(numbers)}")
            return build_sandbox(backend, mounts=mounts, limits=CHECK_LIMITS, **options)

        sandbox = another()
        outsider = _outsider(sandbox)
        stack.callback(_end, outsider)
        stack.push_async_callback(sandbox.stop)
        await sandbox.start()
        yield Bench(sandbox, backend, canary, outsider.pid, secret, another, options)


async def run_check(check: Check, on: Bench) -> CheckResult:
    """Run one check; whatever happens, there is a result."""
    began = time.monotonic()
    try:
        seen = await check.probe(on)
    except SandboxError as error:
        seen = str(error)
    return CheckResult(
        check.name, check.claim, on.backend, "broken" if seen else "held", seen, time.monotonic() - began
    )


def _outside(folder: Path) -> tuple[Path, Path]:
    """An evidence folder, and a readable file beside it that no sandbox may see."""
    folder.chmod(0o755)
    evidence, canary = folder / "evidence", folder / "canary.txt"
    evidence.mkdir()
    evidence.chmod(0o755)
    log = evidence / "app.log"
    log.write_text("2026-03-14 12:00:00 ERROR remaining connection slots are reserved\n", encoding="utf-8")
    canary.write_text("out of reach\n", encoding="utf-8")
    for file in (log, canary):
        file.chmod(0o644)
    return evidence, canary


def _outsider(sandbox: Sandbox) -> "subprocess.Popen[bytes]":
    """A process outside that belongs to the user the code runs as, where this process may choose that."""
    user = sandbox.user if isinstance(sandbox, LocalSandbox) and os.geteuid() == 0 else None
    return subprocess.Popen(["/bin/sleep", "600"], user=user, stdin=subprocess.DEVNULL, cwd="/")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
