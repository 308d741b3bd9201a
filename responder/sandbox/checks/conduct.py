"""Code that talks too much, never ends, or will not die; and the sandbox after it."""

import asyncio
import contextlib
import re
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from responder.sandbox.checks.faults import CHECK_LIMITS
from responder.sandbox.checks.model import Bench, Check, observation
from responder.sandbox.interface import Execution

__all__ = ["CONDUCT"]

_SHOWN = CHECK_LIMITS.shown_head_bytes + CHECK_LIMITS.shown_tail_bytes + 1000
_MEGABYTE = 1 << 20
_HEARTBEAT = """
import os, time
if os.fork() == 0:
    try:
        os.setsid()
    except OSError:
        pass
    if os.fork() == 0:
        while True:
            open("beat", "w").write(str(time.monotonic()))
            time.sleep(0.01)
    os._exit(0)
while not os.path.exists("beat"):
    time.sleep(0.005)
"""
_STILL_BEATING = """
import os, time
before = os.path.exists("beat") and os.stat("beat").st_mtime_ns
time.sleep(0.1)
print("beating" if os.path.exists("beat") and os.stat("beat").st_mtime_ns != before else "still")
"""


def _timed_out(execution: Execution) -> bool:
    limit = CHECK_LIMITS.timeout_seconds
    return execution.ending == "timeout" and execution.exit_code == 124 and execution.seconds < limit + 2


async def _daemon(bench: Bench) -> str:
    began = await bench.sandbox.execute(_HEARTBEAT)
    after = await bench.sandbox.execute(_STILL_BEATING)
    if began.exit_code != 0 or "still running" not in began.note:
        return f"the block said {began.output[-200:]!r} and its note was {began.note!r}"
    return "" if after.output == "still\n" else f"afterwards: {after.output}"


async def _cancelled(bench: Bench) -> str:
    task = asyncio.ensure_future(bench.sandbox.execute(_HEARTBEAT + "\ntime.sleep(60)"))
    await asyncio.sleep(0.3)
    began = time.monotonic()
    task.cancel()
    try:
        await task
        return "the cancellation was swallowed"
    except asyncio.CancelledError:
        took = time.monotonic() - began
    after = await bench.sandbox.execute(_STILL_BEATING)
    return "" if after.output == "still\n" and took < 1.5 else f"after {took:.2f} s: {after.output}"


async def _host_memory(bench: Bench) -> str:
    before = _resident_bytes()
    execution = await bench.sandbox.execute("import os\nwhile True: os.write(1, b'x' * (1 << 20))")
    grown = _resident_bytes() - before
    if execution.ending != "flood":
        return f"it ended as {execution.ending}"
    return "" if grown < 10 * _MEGABYTE else f"this process grew by {grown} bytes"


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


async def _first_victim(bench: Bench) -> str:
    """Looked at from outside, where the code's processes are seen too."""
    marker = f"57.{secrets.randbelow(10**12):012d}"
    running = asyncio.ensure_future(bench.sandbox.execute(f"exec timeout 1 sleep {marker}", language="sh"))
    scores: list[str] = []
    while not scores and not running.done():
        await asyncio.sleep(0.01)
        for process in Path("/proc").glob("[0-9]*"):  # noqa: ASYNC240 - not a disk
            with contextlib.suppress(OSError):
                if process.joinpath("cmdline").read_bytes().split(b"\0")[-2:-1] == [marker.encode()]:
                    scores.append(process.joinpath("oom_score_adj").read_text("ascii").strip())
    await running
    return "" if scores and set(scores) == {"1000"} else f"the scores are {scores}"


async def _kept(bench: Bench) -> str:
    await bench.sandbox.execute("open('kept', 'w').write('yes')")
    after = await bench.sandbox.execute("print(open('kept').read())")
    return "" if after.output == "yes\n" else after.output


async def _shut(bench: Bench) -> str:
    await bench.sandbox.execute("import os; os.chmod('.', 0)")
    after = await bench.sandbox.execute("open('reopened', 'w').write('x'); print('open')")
    return "" if after.output == "open\n" else after.output


async def _neighbours(bench: Bench) -> str:
    """Two at the same time: neither sees the other's files or processes."""
    token = "neighbour" + bench.secret[-8:]
    other = bench.another()
    try:
        await other.start()
        stay = f"import time; open('{token}', 'w').write('x'); time.sleep(1.2); print('unharmed')"
        running = asyncio.ensure_future(other.execute(stay, name=f"{token}.py"))
        await asyncio.sleep(0.3)
        look = f"""
import glob, os
found = []
for folder in ("/workspace", "/code", "/tmp", os.environ["HOME"], os.path.dirname(__file__)):
    found += [path for path in glob.glob(folder + "/*") if "{token}" in path]
for path in glob.glob("/proc/[0-9]*/cmdline"):
    if "{token}" in open(path, errors="replace").read():
        found.append(path)
print(found)
"""
        seen = await bench.sandbox.execute(look)
        unharmed = await running
    finally:
        await other.stop()
    if seen.output != "[]\n":
        return f"seen: {seen.output}"
    return "" if unharmed.output == "unharmed\n" else f"the other one ended as {unharmed.ending}"


CONDUCT: Sequence[Check] = (
    observation(
        "output-flood",
        "Output without end is cut and the code killed.",
        "while True: print('x' * 1000)",
        lambda execution: execution.ending == "flood" and execution.exit_code == 125 and len(execution.output) < _SHOWN,
    ),
    Check("output-host-memory", "Endless output does not grow this process.", _host_memory),
    observation(
        "output-long-line",
        "One enormous line is shortened.",
        "print('x' * 1_500_000)",
        lambda execution: execution.ending == "exited" and len(execution.output) < _SHOWN,
    ),
    observation(
        "output-middle",
        "Long output keeps its beginning and its end.",
        "print('first'); print('x\\n' * 300_000); print('last')",
        lambda execution: execution.output.startswith("first\n") and execution.output.endswith("last\n"),
    ),
    observation(
        "output-bytes",
        "Output that is not text is shown with replacements.",
        "import os; os.write(1, bytes(range(128, 256)))",
        lambda execution: execution.exit_code == 0 and "\ufffd" in execution.output,
    ),
    observation(
        "output-terminal",
        "Nothing in the output can drive a terminal or hide text.",
        r"print('\x1b[2J\x1b]0;title\x07a\u202eb\u200bc\x00d\x9b31m')",
        lambda execution: not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]", execution.output),
    ),
    observation(
        "output-closed",
        "Code that closes its output still gets its own exit code.",
        "import os, time; os.close(1); os.close(2); time.sleep(0.1); os._exit(3)",
        lambda execution: (execution.ending, execution.exit_code) == ("exited", 3),
    ),
    observation(
        "output-failure",
        "A traceback and the exit code come back.",
        "print('before'); 1 / 0",
        lambda execution: execution.exit_code == 1 and "ZeroDivisionError" in execution.output,
    ),
    observation(
        "input-empty",
        "The code has no one to talk to.",
        "input()",
        lambda execution: "EOFError" in execution.output,
    ),
    observation(
        "time-sleep",
        "Code that only waits is killed in time, and what it said is kept.",
        "import time; print('waiting', flush=True); time.sleep(30)",
        lambda execution: _timed_out(execution) and execution.output == "waiting\n",
    ),
    observation(
        "time-ignores-signals",
        "Code that ignores every signal it can is killed in time.",
        """
        import signal, time
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        while True:
            time.sleep(1)
        """,
        _timed_out,
    ),
    observation(
        "time-stopped",
        "Code that stops itself is killed in time.",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        lambda execution: _timed_out(execution) or execution.exit_code != 0,
    ),
    observation(
        "time-children",
        "Code whose children wait is killed in time, the children too.",
        "import subprocess; subprocess.run(['sleep', '30'])",
        _timed_out,
    ),
    Check("memory-first-victim", "When the machine's memory runs out, the code is ended first.", _first_victim),
    Check("life-daemon", "A process that detaches itself dies with its block, and the model is told.", _daemon),
    observation(
        "life-kill-everything",
        "Code that kills all it can reach harms only itself.",
        "import os; os.kill(-1, 9)",
        lambda execution: execution.ending in ("exited", "killed"),
    ),
    observation(
        "life-kill-supervisor",
        "Code that kills its parent gets a working sandbox next time.",
        "import os; os.kill(os.getppid(), 9)",
        lambda execution: execution.ending in ("exited", "killed"),
    ),
    observation(
        "life-stop-supervisor",
        "Code that suspends its parent is ended by this process instead.",
        "import os, signal, time; os.kill(os.getppid(), signal.SIGSTOP); time.sleep(30)",
        lambda execution: execution.ending in ("exited", "timeout", "killed") and execution.seconds < 10,
    ),
    observation(
        "life-kill-first",
        "Code that kills the first process gets a working sandbox next time.",
        "import os; os.kill(1, 9)",
        lambda execution: execution.ending in ("exited", "killed"),
    ),
    Check("life-cancel", "A cancelled call is not swallowed, and the code is dead.", _cancelled),
    Check("life-workspace-shut", "A block that shuts the workspace does not shut out the next one.", _shut),
    Check("life-workspace", "Blocks of one sandbox share the workspace.", _kept),
    Check("life-neighbours", "Two sandboxes at a time know nothing of each other.", _neighbours),
)
