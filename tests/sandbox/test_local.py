"""The backends without an engine, where the host's folders are closed or full or the request is odd."""

import asyncio
import contextlib
import secrets
import time
from pathlib import Path

import pytest

from responder.errors import SandboxUnavailable
from responder.sandbox.interface import BackendName, Limits, Mounts
from responder.sandbox.landlock import LandlockSandbox
from responder.sandbox.line import BlockEnd, Line
from responder.sandbox.output import CappedOutput
from responder.sandbox.select import build_sandbox, select_sandbox

_LOCAL: list[BackendName] = ["bwrap", "landlock"]


@pytest.mark.parametrize("backend", _LOCAL)
async def test_parents_that_are_closed_to_others_are_no_obstacle(backend: BackendName, tmp_path: Path) -> None:
    """A run folder below a private folder works, also for root, whose code runs as somebody else."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    evidence = private / "evidence"
    evidence.mkdir(mode=0o755)
    (evidence / "app.log").write_text("line\n")

    sandbox = await select_sandbox(backend, mounts=Mounts(evidence=evidence, scratch=private / "scratch"))
    try:
        execution = await sandbox.execute("import os; print(open(os.environ['EVIDENCE_DIR'] + '/app.log').read())")
    finally:
        await sandbox.stop()

    assert execution.output == "line\n\n"


@pytest.mark.parametrize("backend", _LOCAL)
async def test_evidence_that_arrives_later_is_seen(backend: BackendName, evidence: Path, tmp_path: Path) -> None:
    """A sandbox may start while the evidence is still being staged."""
    async with build_sandbox(backend, mounts=Mounts(evidence=evidence, scratch=tmp_path / "scratch")) as sandbox:
        late = evidence / "late.log"
        late.write_text("late\n")
        execution = await sandbox.execute("import os; print(sorted(os.listdir(os.environ['EVIDENCE_DIR'])))")

    assert execution.output == "['app.log', 'late.log']\n"


@pytest.mark.parametrize("backend", _LOCAL)
async def test_stop_leaves_only_the_code_in_scratch(backend: BackendName, evidence: Path, tmp_path: Path) -> None:
    """What the code wrote is gone; what it was stays for the caller to remove with the scratch folder."""
    scratch = tmp_path / "scratch"
    async with build_sandbox(backend, mounts=Mounts(evidence=evidence, scratch=scratch)) as sandbox:
        await sandbox.execute("open('made-inside', 'w').write('x')")

    assert [path.name for path in scratch.iterdir()] == ["code"]
    assert not list(scratch.rglob("made-inside"))


@pytest.mark.parametrize("backend", _LOCAL)
async def test_a_scratch_folder_that_cannot_be_made_is_unavailable(backend: BackendName, tmp_path: Path) -> None:
    """A file in the way is an error with a name, not a traceback."""
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(SandboxUnavailable, match="cannot be written"):
        await build_sandbox(backend, mounts=Mounts(scratch=tmp_path / "file" / "scratch")).start()


class _HangsUp(LandlockSandbox):
    """Gone as soon as the supervisor has been told to run a block, like a run that is killed in that moment."""

    async def _to_end(self, line: Line, argv: list[str], output: CappedOutput) -> BlockEnd:
        block = asyncio.ensure_future(line.run(argv, output))
        await asyncio.sleep(0)
        await line.close()
        return await block


async def test_code_that_has_not_begun_when_its_supervisor_ends_never_runs(tmp_path: Path) -> None:
    """A block's first process that is not yet in the session it would be killed with notices that it is alone."""
    seconds = 10**8 + secrets.randbelow(10**8)  # a supervisor and what it has just forked show theirs among their words
    limits = Limits(lifetime_seconds=seconds)
    async with _HangsUp(mounts=Mounts(scratch=tmp_path / "scratch"), limits=limits) as sandbox:
        for _ in range(6):
            await sandbox.execute(f"exec sleep 60.{seconds}", language="sh")

    assert _left_of(str(seconds)) == []


def _left_of(word: str) -> list[str]:
    end = time.monotonic() + 10
    while (left := _running_with(word)) and time.monotonic() < end:
        time.sleep(0.01)
    return left


def _running_with(word: str) -> list[str]:
    running = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word in (words := process.read_text(errors="replace")):
                running.append(words)
    return running
