"""Whatever a model asks for and its code does: an execution comes back, in time, and this process is as before."""

import asyncio
import re
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from responder.errors import SandboxUnavailable
from responder.sandbox.interface import BackendName, Execution, Limits, Mounts, Sandbox
from responder.sandbox.select import build_sandbox

_LIMITS = Limits(
    timeout_seconds=1.0, memory_mb=128, processes=32, workspace_mb=16, tmp_mb=8, files=500, output_bytes=1 << 20
)
_PATIENCE_SECONDS = 20.0
_MAY_GROW_BYTES = 10 << 20
_PAGE = 4096

_ACTS = [
    "os.write(1, bytes(range(256)) * {n})",
    "print('x' * {n} * 1000)",
    "print('\\x1b[2J' * {n}, file=sys.stderr)",
    "[os.fork() for _ in range({n} % 6)]",
    "os.close({n} % 4)",
    "os.dup2(1, {n})",
    "data.append(bytearray(b'x' * ({n} << 20)))",
    "open(f'f{n}', 'wb').write(b'x' * ({n} << 16))",
    "[open(f'many{{i}}', 'w').close() for i in range({n} * 10)]",
    "os.makedirs('/'.join(['d'] * {n}), exist_ok=True)",
    "os.symlink('/etc/passwd', f'link{n}')",
    "os.mkfifo(f'fifo{n}')",
    "os.chmod('.', 0o{n:o})",
    "os.kill(os.getppid(), {n} % 32)",
    "os.kill(0, {n} % 32)",
    "os.kill(-1, {n} % 32)",
    "signal.signal({n} % 32, signal.SIG_IGN)",
    "threading.Thread(target=time.sleep, args=({n},)).start()",
    "time.sleep({n} / 50)",
    "sys.setrecursionlimit(10**6); f = lambda: f(); f()",
    "os.execvp('yes', ['yes', str({n})])",
    "os._exit({n})",
    "raise SystemExit('\\ud800')",
]
_CODE = st.lists(st.tuples(st.sampled_from(_ACTS), st.integers(0, 130)), max_size=6).map(
    lambda acts: (
        "import os, signal, sys, threading, time\ndata = []\n"
        + "".join(
            "try:\n" + textwrap.indent(act.format(n=number), "    ") + "\nexcept Exception as error: print(error)\n"
            for act, number in acts
        )
    )
)
_REQUEST = st.tuples(
    _CODE | _CODE | st.text(max_size=300),
    st.sampled_from(["python", "python", "py", "sh", "bash"]) | st.text(max_size=20),
    st.none() | st.text(max_size=120),
)


@pytest.mark.slow
@pytest.mark.parametrize("backend", [pytest.param("docker", marks=pytest.mark.docker), "bwrap", "landlock"])
def test_no_request_makes_the_host_raise_hang_or_grow(backend: BackendName, tmp_path: Path) -> None:
    """Random languages, names and programs always give an execution; memory and the event loop do not feel them."""
    sandbox = build_sandbox(backend, mounts=Mounts(scratch=tmp_path / "scratch"), limits=_LIMITS)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(request=_REQUEST)
    def attempt(request: tuple[str, str, str | None]) -> None:
        before = _resident_bytes()
        execution, longest_pause = runner.run(_executed(sandbox, *request))

        assert execution.ending in ("exited", "timeout", "flood", "killed", "refused")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", execution.output)
        assert _resident_bytes() - before < _MAY_GROW_BYTES
        assert longest_pause < 1

    with asyncio.Runner() as runner:
        try:
            runner.run(sandbox.start())
            attempt()
            after = runner.run(sandbox.execute("print(6 * 7)"))
        except SandboxUnavailable as error:
            pytest.skip(str(error))
        finally:
            runner.run(sandbox.stop())

    assert after.output == "42\n"


async def _executed(sandbox: Sandbox, code: str, language: str, name: str | None) -> tuple[Execution, float]:
    """The execution, and the longest time for which the event loop stood still meanwhile."""
    running = asyncio.ensure_future(sandbox.execute(code, language=language, name=name))
    end, pause = time.monotonic() + _PATIENCE_SECONDS, 0.0
    while not running.done():
        since = time.monotonic()
        assert since < end, "the request hangs"
        await asyncio.wait([running], timeout=0.02)
        pause = max(pause, time.monotonic() - since - 0.02)
    return await running, pause


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
