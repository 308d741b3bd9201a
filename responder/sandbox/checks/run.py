"""Setting a bench up and running checks on it."""

import contextlib
import os
import secrets
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

from responder.errors import SandboxError, SandboxUnavailable
from responder.sandbox.checks.faults import CHECK_LIMITS
from responder.sandbox.checks.model import Bench, Check, CheckResult
from responder.sandbox.interface import BackendName, Mounts, Sandbox
from responder.sandbox.local import LocalSandbox
from responder.sandbox.select import build_sandbox

__all__ = ["bench", "run_check"]

_JANITOR = 'folder=$(mktemp -d "${TMPDIR:-/tmp}/sandbox-check-XXXXXXXX") && echo "$folder"; cat; rm -rf -- "$folder"'
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
        folder = stack.enter_context(_passing_folder())
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
        outside_pid = stack.enter_context(_outsider(sandbox))
        stack.push_async_callback(sandbox.stop)
        await sandbox.start()
        yield Bench(sandbox, backend, canary, outside_pid, secret, another, options)


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


@contextlib.contextmanager
def _passing_folder() -> Iterator[Path]:
    """A folder that a process of its own removes when its standard input ends, which a kill of this one does too."""
    with subprocess.Popen(
        ["/bin/sh", "-c", _JANITOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/", start_new_session=True
    ) as janitor:
        assert janitor.stdin is not None and janitor.stdout is not None  # noqa: S101 - pipes were asked for
        try:
            made = os.fsdecode(janitor.stdout.readline().rstrip(b"\n"))
            if not made:
                raise SandboxUnavailable(
                    "no temporary folder can be made", hint="set TMPDIR to one that can be written"
                )
            yield Path(made)
        finally:
            janitor.stdin.close()


@contextlib.contextmanager
def _outsider(sandbox: Sandbox) -> Iterator[int]:
    """A process outside that belongs to the user the code runs as, where this process may choose that."""
    user = sandbox.user if isinstance(sandbox, LocalSandbox) and os.geteuid() == 0 else None
    with subprocess.Popen(["/bin/cat"], user=user, stdin=subprocess.PIPE, cwd="/") as process:
        yield process.pid
