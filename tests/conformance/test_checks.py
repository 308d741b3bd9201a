"""The list that `sandbox check` runs, on every backend of this machine."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from responder.errors import SandboxUnavailable
from responder.sandbox.checks import CHECKS, Bench, Check, bench, run_check
from responder.sandbox.interface import BackendName, Execution, Sandbox, SandboxInfo
from responder.sandbox.select import TIERS


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def benches(request: pytest.FixtureRequest) -> AsyncIterator[Callable[[BackendName], Awaitable[Bench]]]:
    """Gives the bench of a backend, started once and shared by all its checks."""
    started: dict[BackendName, Bench | SandboxUnavailable] = {}
    async with contextlib.AsyncExitStack() as stack:

        async def of(backend: BackendName) -> Bench:
            if backend not in started:
                try:
                    started[backend] = await stack.enter_async_context(bench(backend))
                except SandboxUnavailable as error:
                    started[backend] = error
            found = started[backend]
            if isinstance(found, SandboxUnavailable):
                missing = f"{backend}: {found} ({found.hint})"
                if request.config.getoption("--require-sandboxes"):
                    pytest.fail(f"--require-sandboxes, but {missing}", pytrace=False)
                pytest.skip(missing)
            return found

        yield of


_CASES = [
    pytest.param(backend, check, id=f"{backend}-{check.name}", marks=[pytest.mark.docker] * (backend == "docker"))
    for backend in TIERS
    for check in CHECKS
    if check.concerns(backend)
]


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("backend", "check"), _CASES)
async def test_claim(backend: BackendName, check: Check, benches: Callable[[BackendName], Awaitable[Bench]]) -> None:
    """What the check claims holds here; no backend is excused from any."""
    result = await run_check(check, await benches(backend))

    assert result.verdict != "broken", result.detail


def test_the_list_is_long_and_each_name_is_used_once() -> None:
    """At least sixty checks are about every backend, and a name means one check."""
    for backend in TIERS:
        assert sum(check.concerns(backend) for check in CHECKS) >= 60
    assert len({check.name for check in CHECKS}) == len(CHECKS)


class _NoWalls(Sandbox):
    """The control: the same checks with no sandbox at all, to prove that they can fail."""

    info = SandboxInfo("bwrap", "a control without walls")

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def execute(self, code: str, *, language: str = "python", name: str | None = None) -> Execution:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        output, _ = await process.communicate()
        return Execution(language, code, "", process.returncode or 0, "exited", output.decode(errors="ignore"), 0.0)


_HARMLESS = (
    *("network-listen", "network-netlink", "network-abstract", "network-interfaces", "files-canary", "files-symlink"),
    *("files-evidence-new", "files-evidence-append", "files-environment", "files-first-process", "processes-list"),
    *("user-new-privileges", "user-filter", "output-terminal", "output-bytes", "network-tcp", "kernel-personality"),
)


@pytest.mark.parametrize("name", _HARMLESS)
async def test_without_walls_the_check_breaks(
    name: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these attacks succeeds in an ordinary process, so that a check that holds means something."""
    folder = tmp_path_factory.mktemp("control")
    evidence = folder / "evidence"
    evidence.mkdir()
    (evidence / "app.log").write_text("line\n")
    (folder / "canary").write_text("canary")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("EVIDENCE_DIR", str(evidence))
    monkeypatch.setenv("SECRET_OF_THE_HOST", "s3cr3t-value-of-the-host")
    control = Bench(_NoWalls(), "bwrap", folder / "canary", 1, "s3cr3t-value-of-the-host", _NoWalls, {})
    check = next(check for check in CHECKS if check.name == name)

    result = await run_check(check, control)

    assert result.verdict == "broken"
