"""The backends without an engine, where the host's folders are closed or full or the request is odd."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.errors import SandboxUnavailable
from responder.sandbox.interface import BackendName, Execution, Mounts
from responder.sandbox.select import build_sandbox, select_sandbox

_LOCAL: list[BackendName] = ["bwrap", "landlock"]
_NOBODY = 65533


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


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    requests=st.lists(
        st.tuples(
            st.text(max_size=300) | st.sampled_from(["print(1)", "raise SystemExit(3)", "import os; os.kill(0, 9)"]),
            st.text(max_size=20) | st.sampled_from(["python", "sh", "bash"]),
            st.none() | st.text(max_size=120),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_request_raises_or_hangs(
    requests: list[tuple[str, str, str | None]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Random code, languages and names always come back as an execution, in time."""

    async def run() -> list[Execution]:
        scratch = tmp_path_factory.mktemp("any") / "scratch"
        async with build_sandbox("bwrap", mounts=Mounts(scratch=scratch)) as sandbox:
            return [
                await asyncio.wait_for(sandbox.execute(code, language=language, name=name), 30)
                for code, language, name in requests
            ]

    executions = asyncio.run(run())

    assert len(executions) == len(requests)
    assert {execution.ending for execution in executions} <= {"exited", "killed", "refused"}


_AS_ANYBODY = """
import asyncio, json, os, sys
os.setgroups([]); os.setresgid({user}, {user}, {user}); os.setresuid({user}, {user}, {user})
sys.path[:0] = {path!r}
from responder.sandbox.checks import CHECKS, bench, run_check

async def main():
    broken = []
    async with bench({backend!r}) as on:
        for check in CHECKS:
            if check.concerns({backend!r}):
                result = await run_check(check, on)
                if result.verdict == "broken":
                    broken.append([result.name, result.detail])
    print(json.dumps(broken))

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("backend", _LOCAL)
def test_an_ordinary_user_without_groups_gets_the_same_walls(backend: BackendName) -> None:
    """Every check holds too when the run was not started by root."""
    program = _AS_ANYBODY.format(user=_NOBODY, path=sys.path, backend=backend)
    try:
        subprocess.run(
            [sys.executable, "-c", "import pydantic"], user=_NOBODY, capture_output=True, cwd="/", check=True
        )
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip("an ordinary user cannot reach this Python")

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd="/", timeout=300)

    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == []
