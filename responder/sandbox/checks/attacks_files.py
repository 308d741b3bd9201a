"""Reading what is not the sandbox's, and writing anywhere but its workspace."""

from collections.abc import Sequence

from responder.sandbox.checks.model import Bench, Check, attack, observation

__all__ = ["FILE_ATTACKS"]


async def _environment_leak(bench: Bench) -> str:
    """The host's variables are in no process that the code can look into."""
    code = """
import glob, os
seen = [*os.environ.values()]
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        seen.append(open(path, errors="replace").read())
    except OSError:
        pass
print(sum(map(len, seen)), "\\n".join(seen))
"""
    execution = await bench.sandbox.execute(code)
    if execution.exit_code != 0:
        return execution.output[-300:]
    return "the variable is there" if bench.secret in execution.output else ""


async def _module_shadowing(bench: Bench) -> str:
    """What one block leaves behind does not change what the next one imports."""
    plant = (
        "for name in ('json.py', 'sitecustomize.py', 'usercustomize.py'): open(name, 'w').write('raise SystemExit(66)')"
    )
    await bench.sandbox.execute(plant)
    await bench.sandbox.execute("raise SystemExit(68)", name="csv.py")
    after = await bench.sandbox.execute("import json, csv; print(json.dumps([1]))")
    await bench.sandbox.execute("import glob, os; [os.unlink(name) for name in glob.glob('*.py')]")
    return "" if after.output == "[1]\n" else f"exit {after.exit_code}: {after.output}"


async def _writable_places(bench: Bench) -> str:
    """Wherever the code can look, it can make files in its own folders only."""
    code = """
import os, time
end = time.monotonic() + 0.8
own = {os.environ["HOME"], "/tmp", "/dev/shm", "/dev/mqueue"}
starts = ["/", "/dev", "/etc", "/home", "/mnt", "/opt", "/proc/self", "/root", "/run", "/srv", "/sys", "/usr", "/var"]
starts += [os.environ["EVIDENCE_DIR"], os.path.dirname(__file__)]
seen, found = set(), []
for start in starts:
    for folder, below, _ in os.walk(start):
        below[:] = [name for name in below if os.path.join(folder, name) not in own | seen | {"/proc", "/sys"}][:50]
        if folder in seen or folder in own:
            continue
        seen.add(folder)
        try:
            os.close(os.open(os.path.join(folder, "planted"), os.O_CREAT | os.O_WRONLY))
            found.append(folder)
        except OSError:
            pass
        if time.monotonic() > end:  # the rest is more of the same
            break
print(found)
"""
    execution = await bench.sandbox.execute(code)
    return "" if execution.output == "[]\n" else f"{execution.output[-300:]} {execution.note}"


FILE_ATTACKS: Sequence[Check] = (
    attack("files-canary", "A file of the host that everybody may read cannot be read.", "return open(CANARY).read()"),
    attack("files-shadow", "Password hashes cannot be read.", "return open('/etc/shadow').read(1)"),
    attack("files-home", "Root's home is closed or not there.", "return os.listdir('/root')"),
    attack(
        "files-hosts-home", "Users' homes are closed or empty.", "if not os.listdir('/home'): raise OSError('empty')"
    ),
    attack("files-root-write", "Nothing can be made in the root folder.", "open('/planted', 'w')"),
    attack("files-etc-write", "The configuration cannot be changed.", "open('/etc/passwd', 'a')"),
    attack("files-usr-write", "Programs cannot be replaced.", "open('/usr/bin/timeout', 'r+b')"),
    attack("files-usr-plant", "Programs cannot be added.", "open('/usr/bin/planted', 'w')"),
    attack("files-code-write", "The code folder is read-only.", "open(os.path.dirname(__file__) + '/x.py', 'w')"),
    attack("files-code-append", "A block cannot rewrite itself.", "open(__file__, 'a')"),
    attack(
        "files-code-fifo",
        "No FIFO can be planted where the host writes code.",
        "os.mkfifo(os.path.dirname(__file__) + '/planted.py')",
    ),
    attack(
        "files-code-link",
        "No link can be planted where the host writes code.",
        "os.symlink('/etc/passwd', os.path.dirname(__file__) + '/planted.py')",
    ),
    attack(
        "files-supervisor-write",
        "The supervisor's program cannot be changed.",
        "open(os.path.dirname(__file__) + '/.sandbox/inside/supervisor.py', 'a')",
    ),
    attack("files-evidence-new", "No evidence can be added.", "open(EVIDENCE + '/new.log', 'w')"),
    attack("files-evidence-append", "No evidence can be changed.", "open(EVIDENCE + '/app.log', 'a')"),
    attack("files-evidence-delete", "No evidence can be deleted.", "os.unlink(EVIDENCE + '/app.log')"),
    attack("files-evidence-rename", "No evidence can be moved.", "os.rename(EVIDENCE + '/app.log', EVIDENCE + '/b')"),
    attack("files-evidence-chmod", "Its permissions stay.", "os.chmod(EVIDENCE + '/app.log', 0o777)"),
    attack("files-evidence-truncate", "It cannot be cut.", "os.truncate(EVIDENCE + '/app.log', 0)"),
    attack("files-evidence-times", "Its times stay.", "os.utime(EVIDENCE + '/app.log', (0, 0))"),
    attack(
        "files-evidence-link",
        "It cannot be linked into the workspace to be changed there.",
        "os.link(EVIDENCE + '/app.log', 'mine.log')",
    ),
    attack("files-canary-chmod", "Permissions of the host's files stay.", "os.chmod(CANARY, 0o777)"),
    attack("files-canary-times", "Times of the host's files stay.", "os.utime(CANARY, (0, 0))"),
    attack("files-canary-truncate", "The host's files cannot be cut.", "os.truncate(CANARY, 0)"),
    attack(
        "files-symlink",
        "A link in the workspace leads nowhere new.",
        """
        try:
            os.symlink(CANARY, "link")
        except FileExistsError:
            pass
        return open("link").read()
        """,
    ),
    attack(
        "files-setuid",
        "No set-user-id program of root gives root.",
        """
        import subprocess
        done = subprocess.run(["su", "-c", "id -u"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode or done.stdout.strip() != "0":
            raise OSError("no root")
        return done.stdout
        """,
    ),
    attack("files-disk", "No disk of the machine can be opened.", "return next(map(open, ['/dev/vda', '/dev/sda']))"),
    attack("files-memory", "The machine's memory cannot be opened.", "open('/dev/mem', 'rb')"),
    attack("files-kmsg", "The kernel's log cannot be read.", "open('/dev/kmsg', 'rb').read(1)"),
    attack(
        "files-kcore", "The kernel's memory cannot be read.", "return len(open('/proc/kcore', 'rb').read(64)) or 1/0"
    ),
    attack("files-sysrq", "The machine cannot be rebooted by a file.", "open('/proc/sysrq-trigger', 'w').write('h')"),
    attack("files-core-pattern", "The kernel's core handler stays.", "open('/proc/sys/kernel/core_pattern', 'r+')"),
    attack("files-sys-write", "The kernel's settings stay.", "open('/sys/kernel/mm/ksm/run', 'w').write('0')"),
    attack("files-cgroup", "The control groups stay.", "open('/sys/fs/cgroup/cgroup.procs', 'w').write('0')"),
    attack(
        "files-first-process",
        "The first process's environment, memory and files are closed.",
        """
        opened = []
        for pid in (1, os.getppid()):
            for name in ("environ", "mem", "root/etc/passwd", "cwd/x", "fd/0"):
                try:
                    opened.append(os.open(f"/proc/{pid}/{name}", os.O_RDWR if name == "mem" else os.O_RDONLY))
                except OSError:
                    pass
        if not opened:
            raise OSError("all closed")
        return opened
        """,
    ),
    Check("files-environment", "No variable of the host is visible.", _environment_leak),
    Check("files-writable-places", "Files can be made in the code's own folders only.", _writable_places),
    Check("files-module-shadowing", "One block cannot change another's imports.", _module_shadowing),
    observation(
        "files-evidence-read",
        "The evidence can be read.",
        "import os; print(len(open(os.environ['EVIDENCE_DIR'] + '/app.log').read()))",
        lambda execution: execution.exit_code == 0 and int(execution.output) > 0,
    ),
    observation(
        "files-workspace-write",
        "The workspace and the folder for temporary files can be written.",
        "import tempfile; open('x', 'w').write('x'); tempfile.TemporaryFile().write(b'x'); print('written')",
        lambda execution: execution.output == "written\n",
    ),
)
