"""The container backend: who may leave a container behind, and what happens when the engine lets go."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from responder.sandbox.checks.stopwatch import Stopwatch
from responder.sandbox.docker import DockerSandbox
from responder.sandbox.engine import IMAGE, EngineAPI, connect
from responder.sandbox.interface import Limits, Mounts
from responder.sandbox.owner import Owner
from responder.sandbox.reaper import DEADLINE_LABEL, LABEL, OWNER_LABEL, containers_of, reap

pytestmark = pytest.mark.docker


@pytest.fixture
def engine() -> Iterator[EngineAPI]:
    api = connect()
    yield api
    api.close()


def _created(engine: EngineAPI, owner: Owner, deadline: float) -> str:
    """A container that was made and never started, as a kill between the two leaves it."""
    labels = {LABEL: "1", OWNER_LABEL: str(owner), DEADLINE_LABEL: str(int(deadline))}
    made = engine.create_container(IMAGE, ["true"], labels=labels)
    return str(made["Id"])


def test_the_reaper_takes_what_the_dead_left_and_nothing_else(engine: EngineAPI) -> None:
    """A dead owner's container goes, an overdue one goes, a living owner's stays, a stranger's is not looked at."""
    me = Owner.this_process()
    dead = Owner(me.boot, me.pid, me.start_ticks + 1)
    orphan = _created(engine, dead, time.time() + 600)
    overdue = _created(engine, me, time.time() - 1)
    living = _created(engine, me, time.time() + 600)
    stranger = str(engine.create_container(IMAGE, ["true"])["Id"])
    left = lambda: {container["Id"] for container in engine.containers(all=True)}  # noqa: E731
    try:
        reaped = set(reap())
        # A run that starts in the same moment may take them first, and the engine shows them until they are gone.
        Stopwatch().wait_for(lambda: not {orphan, overdue} & left(), 5)
        found = left()
    finally:
        engine.remove_container(living)
        engine.remove_container(stranger)

    assert not {living, stranger} & reaped
    assert {living, stranger} <= found
    assert not {orphan, overdue} & found


async def test_stop_leaves_no_container(engine: EngineAPI, tmp_path: Path) -> None:
    """Between start and stop there is one container of this process, afterwards none."""
    sandbox = DockerSandbox(mounts=Mounts(scratch=tmp_path / "scratch"))
    me = Owner.this_process().pid
    async with sandbox:
        while_running = containers_of(me)

    assert while_running == [f"/{sandbox.container_name}"]
    assert containers_of(me) == []


async def test_the_container_ends_at_its_lifetime(engine: EngineAPI, tmp_path: Path) -> None:
    """A sandbox nobody stops ends itself, and the next block gets a new one and is told."""
    sandbox = DockerSandbox(mounts=Mounts(scratch=tmp_path / "scratch"), limits=Limits(lifetime_seconds=1))
    async with sandbox:
        while containers_of(Owner.this_process().pid):
            pass
        execution = await sandbox.execute("print(1)")

    assert execution.output == "1\n"
    assert "empty again" in execution.note


async def test_an_engine_that_goes_away_is_an_outcome(tmp_path: Path) -> None:
    """With the engine gone in the middle, the block ends as unavailable and says why."""
    sandbox = DockerSandbox(mounts=Mounts(scratch=tmp_path / "scratch"))
    await sandbox.start()
    await sandbox.stop()
    sandbox.docker_host = f"unix://{tmp_path}/gone.sock"

    execution = await sandbox.execute("print(1)")

    assert (execution.ending, execution.exit_code) == ("unavailable", 126)
    assert "no container engine listens here" in execution.note


async def test_the_image_is_pinned_in_the_facts(tmp_path: Path) -> None:
    """What ran is named by digest, not by tag."""
    async with DockerSandbox(mounts=Mounts(scratch=tmp_path / "scratch")) as sandbox:
        assert sandbox.info.facts["image"].startswith("sha256:")
