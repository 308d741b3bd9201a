"""Which sandbox a run gets: the strongest one whose self-test passes on this machine, now."""

from collections.abc import Callable, Sequence
from typing import Literal, assert_never

from msgspec.structs import replace

from responder.errors import SandboxRefused, SandboxUnavailable
from responder.sandbox.interface import BackendName, Limits, Mounts, Sandbox
from responder.sandbox.selftest import passed_self_test

__all__ = ["TIERS", "Choice", "build_sandbox", "select_sandbox"]

Choice = Literal["auto", "docker", "bwrap", "landlock", "off"]

TIERS: Sequence[BackendName] = ("docker", "bwrap", "landlock")
"""Strongest first."""


def build_sandbox(
    backend: BackendName,
    *,
    mounts: Mounts,
    limits: Limits | None = None,
    docker_host: str | None = None,
    image: str | None = None,
    runtime: str | None = None,
) -> Sandbox:
    """Make a sandbox of one kind, not yet started. Only the chosen backend's libraries are loaded."""
    match backend:
        case "docker":
            from responder.sandbox.docker import DockerSandbox

            return DockerSandbox(mounts=mounts, limits=limits, docker_host=docker_host, image=image, runtime=runtime)
        case "bwrap":
            from responder.sandbox.bwrap import BwrapSandbox

            return BwrapSandbox(mounts=mounts, limits=limits)
        case "landlock":
            from responder.sandbox.landlock import LandlockSandbox

            return LandlockSandbox(mounts=mounts, limits=limits)
        case _:
            assert_never(backend)


async def select_sandbox(
    choice: Choice,
    *,
    mounts: Mounts,
    limits: Limits | None = None,
    docker_host: str | None = None,
    image: str | None = None,
    runtime: str | None = None,
) -> Sandbox:
    """Start the sandbox that was asked for, or the strongest that works; it has passed its self-test.

    Args:
        choice: `auto` tries all, strongest first; `off` refuses.
        mounts: The host folders it may read; the evidence folder must exist, what is in it may come later.
        limits: What it may use; None is `Limits()`.
        docker_host: The engine's address; None is the default socket.
        image: The container image; None is the one that `sandbox build` makes.
        runtime: The engine's OCI runtime; None is its default.

    Raises:
        SandboxUnavailable: The backend that was asked for by name does not work here.
        SandboxRefused: `off`; or `auto` and none works, and the message gives the reason of each.
    """

    def build(backend: BackendName) -> Sandbox:
        return build_sandbox(
            backend, mounts=mounts, limits=limits, docker_host=docker_host, image=image, runtime=runtime
        )

    if choice == "off":
        raise SandboxRefused("running code was switched off")
    if choice != "auto":
        return await _proven(choice, build, mounts, reason="asked for by name")
    refused: list[str] = []
    hints: list[str] = []
    for backend in TIERS:
        reason = "the strongest that works here" + (f"; {'; '.join(refused)}" if refused else "")
        try:
            return await _proven(backend, build, mounts, reason=reason)
        except SandboxUnavailable as error:
            refused.append(f"not {backend}: {error}")
            hints += [error.hint] if error.hint else []
    raise SandboxRefused(f"no sandbox works here; {'; '.join(refused)}", hint=" or ".join(hints))


async def _proven(
    backend: BackendName, build: Callable[[BackendName], Sandbox], mounts: Mounts, *, reason: str
) -> Sandbox:
    sandbox = build(backend)
    try:
        await sandbox.start()
        test = await passed_self_test(sandbox, scratch=mounts.scratch, has_evidence=mounts.evidence is not None)
        if test.failures:
            raise SandboxUnavailable(f"the self-test failed: {', '.join(test.failures)}")
    except BaseException:
        await sandbox.stop()
        raise
    sandbox.info = replace(sandbox.info, tier_reason=reason, facts={**sandbox.info.facts, **test.facts})
    return sandbox
