"""Code that takes too much, talks too much, never ends, or will not die; and the sandbox after it."""

import asyncio
import re
import time
from collections.abc import Sequence
from pathlib import Path

from responder.sandbox.checks.model import Bench, Check, observation
from responder.sandbox.interface import Execution, Limits

__all__ = ["CHECK_LIMITS", "FAULTS"]

CHECK_LIMITS = Limits(
    timeout_seconds=2.0,
    memory_mb=256,
    processes=64,
    workspace_mb=32,
    tmp_mb=16,
    output_bytes=2 << 20,
    shown_head_bytes=48_000,
    shown_tail_bytes=16_000,
    lifetime_seconds=600,
)
"""What the benches use: small, so that hitting a limit takes no time."""

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


def _number(execution: Execution) -> int:
    found = re.search(r"\d+", execution.output)
    return int(found[0]) if found else 1 << 62


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


async def _kept(bench: Bench) -> str:
    await bench.sandbox.execute("open('kept', 'w').write('yes')")
    after = await bench.sandbox.execute("print(open('kept').read())")
    return "" if after.output == "yes\n" else after.output


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


FAULTS: Sequence[Check] = (
    observation(
        "faults-fork",
        "Processes run out for the code, not for the machine.",
        """
        import os, time
        count = 0
        try:
            while count < 600:
                if os.fork() == 0:
                    time.sleep(30)
                    os._exit(0)
                count += 1
        except OSError:
            pass
        print(count)
        """,
        # Landlock's limit counts every process of the user, and others of them come and go meanwhile.
        lambda execution: _number(execution) <= 2 * CHECK_LIMITS.processes,
    ),
    observation(
        "faults-fork-bomb",
        "A fork bomb ends with its block.",
        """
        import os
        while True:
            try:
                os.fork()
            except OSError:
                pass
        """,
        lambda execution: execution.exit_code != 0,
    ),
    observation(
        "faults-memory",
        "One process cannot take more memory than the limit.",
        "data = b'x' * (2 << 30); print('got', len(data))",
        lambda execution: "got" not in execution.output and execution.exit_code != 0,
    ),
    observation(
        "faults-memory-many",
        "Several processes together cannot either.",
        """
        import os, time
        for _ in range(6):
            if os.fork() == 0:
                data = bytearray(b"x" * (100 << 20))
                print("got", flush=True)
                time.sleep(1.2)
                os._exit(0)
        time.sleep(1.2)
        """,
        lambda execution: execution.output.count("got") < 6,
    ),
    observation(
        "faults-memory-shared",
        "Shared memory counts.",
        """
        import mmap
        area = mmap.mmap(-1, 1 << 30)
        for at in range(0, 1 << 30, 4096):
            area[at] = 1
        print("got")
        """,
        lambda execution: "got" not in execution.output,
    ),
    observation(
        "faults-cpu",
        "Many busy processes get no more than the processors given.",
        """
        import os, time, resource
        end = time.monotonic() + 1
        for _ in range(4):
            if os.fork() == 0:
                while time.monotonic() < end:
                    pass
                os._exit(0)
        for _ in range(4):
            os.wait()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(int((used.ru_utime + used.ru_stime) * 1000))
        """,
        lambda execution: _number(execution) < 1500,
    ),
    observation(
        "faults-disk",
        "The workspace ends at its limit.",
        """
        import os, time
        for number in range(16):
            with open(f"fill{number}", "wb") as file:
                for _ in range(8):
                    file.write(b"x" * (1 << 20))
                    file.flush()
        time.sleep(0.5)
        print("wrote all")
        """,
        lambda execution: "wrote all" not in execution.output,
    ),
    observation(
        "faults-disk-clean-up",
        "After a full workspace the code can make room again.",
        "import glob, os; [os.unlink(name) for name in glob.glob('fill*')]; open('room', 'wb').write(b'x' * (1 << 20))",
        lambda execution: execution.exit_code == 0,
    ),
    observation(
        "faults-disk-temporary",
        "The folder for temporary files ends at its limit.",
        """
        import os, tempfile, time
        with tempfile.TemporaryFile() as file:
            for _ in range(64):
                file.write(b"x" * (1 << 20))
                file.flush()
            time.sleep(0.3)
            print("wrote all")
        """,
        lambda execution: "wrote all" not in execution.output,
    ),
    observation(
        "faults-inodes",
        "The number of files ends.",
        """
        import os
        os.makedirs("many", exist_ok=True)
        try:
            for number in range(20000):
                os.close(os.open(f"many/{number}", os.O_CREAT | os.O_WRONLY))
            print("made all")
        finally:
            import shutil
            shutil.rmtree("many")
        """,
        lambda execution: "made all" not in execution.output,
        not_enforced={
            "bwrap": "bubblewrap mounts its tmpfs without an inode limit; the memory limit of the machine remains",
            "landlock": "the workspace is an ordinary folder unless root started the run",
        },
    ),
    observation(
        "faults-descriptors",
        "Open files end.",
        "files = []\nwhile len(files) < 4000: files.append(open('/dev/null'))",
        lambda execution: "Too many open files" in execution.output,
    ),
    observation(
        "faults-deep-folders",
        "Folders nested thousands deep do not stop the clean-up.",
        """
        import os
        for _ in range(3000):
            os.mkdir("d")
            os.chdir("d")
        print("deep")
        """,
        lambda execution: execution.ending in ("exited", "killed"),
    ),
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
        "life-kill-first",
        "Code that kills the first process gets a working sandbox next time.",
        "import os; os.kill(1, 9)",
        lambda execution: execution.ending in ("exited", "killed"),
    ),
    Check("life-cancel", "A cancelled call is not swallowed, and the code is dead.", _cancelled),
    Check("life-workspace", "Blocks of one sandbox share the workspace.", _kept),
    Check("life-neighbours", "Two sandboxes at a time know nothing of each other.", _neighbours),
)
