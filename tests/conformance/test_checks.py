"""The list that `sandbox check` runs, on every backend of this machine."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from responder.errors import SandboxUnavailable
from responder.sandbox.checks import CHECKS, Bench, Check, bench, run_check
from responder.sandbox.interface import Execution, Sandbox, SandboxInfo
from responder.sandbox.select import TIERS

_MAY_BE_UNENFORCED = {"faults-inodes", "faults-disk", "faults-disk-temporary"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def on(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """A bench of the backend named by the parameter, shared by the checks of one backend."""
    opened = bench(request.param)
    try:
        ready = await opened.__aenter__()
    except SandboxUnavailable as error:
        pytest.skip(f"{error} ({error.hint})")
    yield ready
    await opened.__aexit__(None, None, None)


def _cases() -> list[object]:
    return [
        pytest.param(backend, check, id=f"{backend}-{check.name}", marks=[pytest.mark.docker] * (backend == "docker"))
        for backend in TIERS
        for check in CHECKS
        if check.concerns(backend)
    ]


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("on", "check"), _cases(), indirect=["on"])
async def test_claim(on: Bench, check: Check) -> None:
    """What the check claims holds here, or is one of the few that this backend is known not to enforce."""
    result = await run_check(check, on)

    assert result.verdict != "broken", result.detail


def test_the_list_is_long_and_each_name_is_used_once() -> None:
    """At least sixty checks are about every backend, and a name means one check."""
    for backend in TIERS:
        assert sum(check.concerns(backend) for check in CHECKS) >= 60
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_only_quotas_may_be_unenforced() -> None:
    """No attack is excused on any backend; file counts and sizes are, each with its reason."""
    excused = {check.name: check.not_enforced for check in CHECKS if check.not_enforced}

    assert excused.keys() <= _MAY_BE_UNENFORCED
    assert all("docker" not in reasons and all(reasons.values()) for reasons in excused.values())


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
