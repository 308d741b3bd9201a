"""Code that takes more than it was given; and the sandbox after it."""

import re
from collections.abc import Sequence

from responder.sandbox.checks.model import Check, observation
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


_TOO_MANY = f"limit of {CHECK_LIMITS.processes} processes"


def _number(execution: Execution) -> int:
    found = re.search(r"\d+", execution.output)
    return int(found[0]) if found else 1 << 62


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
        # Where the kernel's limit counts the user's other processes too, the supervisor ends what it let through.
        lambda execution: _number(execution) <= CHECK_LIMITS.processes or _TOO_MANY in execution.note,
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
        "faults-memory-let-go",
        "Shared memory that was written and let go still counts.",
        """
        import mmap
        areas = []
        for _ in range(8):
            area = mmap.mmap(-1, 64 << 20)
            for at in range(0, len(area), 4096):
                area[at] = 1
            area.madvise(mmap.MADV_DONTNEED)
            areas.append(area)
        print("got")
        """,
        lambda execution: "got" not in execution.output,
    ),
    observation(
        "faults-memory-files",
        "Nameless files in memory count, or cannot be made.",
        """
        import os
        for _ in range(32):
            file = os.memfd_create("x")
            for _ in range(16):
                os.write(file, b"x" * (1 << 20))
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
        "faults-disk-shared",
        "The folder for shared memory ends at its limit, where there is one.",
        """
        try:
            with open("/dev/shm/fill", "wb") as file:
                for _ in range(64):
                    file.write(b"x" * (1 << 20))
                    file.flush()
            print("wrote all")
        finally:
            import os
            if os.access("/dev/shm/fill", os.W_OK):
                os.unlink("/dev/shm/fill")
        """,
        lambda execution: "wrote all" not in execution.output,
    ),
    observation(
        "faults-inodes",
        "The number of files ends.",
        """
        import os, time
        os.makedirs("many", exist_ok=True)
        try:
            for number in range(20000):
                os.close(os.open(f"many/{number}", os.O_CREAT | os.O_WRONLY))
            time.sleep(0.7)
            print("made all")
        finally:
            import shutil
            shutil.rmtree("many")
        """,
        lambda execution: "made all" not in execution.output,
    ),
    observation(
        "faults-descriptors",
        "Open files end.",
        "files = []\nwhile len(files) < 4000: files.append(open('/dev/null'))",
        lambda execution: "Too many open files" in execution.output,
    ),
    observation(
        "faults-folders-left-behind",
        "What a block leaves as it ends, too deep to be measured, is not the next block's fault.",
        """
        import os
        for _ in range(100):
            os.mkdir("d")
            os.chdir("d")
        """,
        lambda execution: execution.ending in ("exited", "killed"),
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
)
