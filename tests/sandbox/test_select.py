"""Choosing a backend: the strongest that proves itself, never a weaker one than was asked for."""

import asyncio
import socket
import sys
import time
from pathlib import Path

import pytest

from responder.errors import SandboxRefused, SandboxUnavailable
from responder.sandbox.bundled import PACKAGE
from responder.sandbox.interface import BackendName, Mounts
from responder.sandbox.select import TIERS, select_sandbox


@pytest.fixture
def mounts(evidence: Path, tmp_path: Path) -> Mounts:
    return Mounts(evidence=evidence, scratch=tmp_path / "scratch")


@pytest.mark.parametrize("backend", [pytest.param("docker", marks=pytest.mark.docker), "bwrap", "landlock"])
async def test_a_named_backend_is_the_one_that_runs(backend: BackendName, mounts: Mounts) -> None:
    """Asking by name gives that backend, started, with the facts of its self-test."""
    sandbox = await select_sandbox(backend, mounts=mounts)
    try:
        execution = await sandbox.execute("import os; print(os.listdir(os.environ['EVIDENCE_DIR']))")
    finally:
        await sandbox.stop()

    assert sandbox.info.backend == backend
    assert sandbox.info.facts["seccomp"] == "2"
    assert execution.output == "['app.log']\n"


async def test_auto_says_why_it_did_not_take_a_stronger_one(mounts: Mounts, tmp_path: Path) -> None:
    """With no engine, auto falls to the next tier and its reason names the engine."""
    sandbox = await select_sandbox("auto", mounts=mounts, docker_host=f"unix://{tmp_path}/no.sock")
    await sandbox.stop()

    assert sandbox.info.backend == TIERS[1]
    assert "not docker: no container engine listens here" in sandbox.info.tier_reason


async def test_a_named_backend_is_never_replaced(mounts: Mounts, tmp_path: Path) -> None:
    """Asking for Docker where there is none is an error with a hint, not a quiet step down."""
    with pytest.raises(SandboxUnavailable, match="no container engine listens here") as caught:
        await select_sandbox("docker", mounts=mounts, docker_host=f"unix://{tmp_path}/no.sock")

    assert "DOCKER_HOST" in caught.value.hint


async def test_a_hung_engine_costs_three_seconds_at_most(mounts: Mounts, tmp_path: Path) -> None:
    """An engine that accepts and never answers is given up in time for the next tier."""
    began = time.monotonic()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "hung.sock"))
        listener.listen()
        sandbox = await select_sandbox("auto", mounts=mounts, docker_host=f"unix://{tmp_path}/hung.sock")
    await sandbox.stop()

    assert time.monotonic() - began < 3
    assert "the container engine does not answer" in sandbox.info.tier_reason


@pytest.mark.docker
async def test_a_missing_image_names_the_command_that_makes_it(mounts: Mounts) -> None:
    """Without the image Docker is unavailable, and the hint is the command to type."""
    with pytest.raises(SandboxUnavailable, match="image") as caught:
        await select_sandbox("docker", mounts=mounts, image="no-such-image:at-all")

    assert caught.value.hint == "python magentic_one_orchestrator.py sandbox build"


async def test_off_refuses(mounts: Mounts) -> None:
    """`off` never gives a sandbox."""
    with pytest.raises(SandboxRefused):
        await select_sandbox("off", mounts=mounts)


async def test_the_last_tier_names_both_that_were_refused(
    mounts: Mounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With neither an engine nor bubblewrap there is Landlock, and the reason says why not the others."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, PACKAGE, None)  # Python's way to say that there is no such package

    sandbox = await select_sandbox("auto", mounts=mounts, docker_host=f"unix://{tmp_path}/no.sock")
    await sandbox.stop()

    assert sandbox.info.backend == "landlock"
    assert "not docker: " in sandbox.info.tier_reason
    assert "not bwrap: bubblewrap is not installed" in sandbox.info.tier_reason


async def test_an_engine_of_another_machine_is_refused(mounts: Mounts) -> None:
    """It could not mount the evidence, so it is not even asked."""
    with pytest.raises(SandboxUnavailable, match="not a local socket"):
        await select_sandbox("docker", mounts=mounts, docker_host="tcp://192.0.2.1:2375")


async def test_what_is_no_engine_is_refused(mounts: Mounts, tmp_path: Path) -> None:
    """Something else that listens on the socket is named as such."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "other.sock"))
        listener.listen()
        choosing = asyncio.ensure_future(
            select_sandbox("docker", mounts=mounts, docker_host=f"unix://{tmp_path}/other.sock")
        )
        connection, _ = await asyncio.get_running_loop().run_in_executor(None, listener.accept)
        connection.sendall(b"SSH-2.0-somebody\r\n\r\n")
        connection.close()
        with pytest.raises(SandboxUnavailable, match="is not a container engine"):
            await choosing
