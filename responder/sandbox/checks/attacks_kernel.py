"""Other processes, more privileges, and the kernel's own interfaces."""

import platform
from collections.abc import Iterable, Sequence

from responder.sandbox.checks.model import Check, attack
from responder.sandbox.inside.syscalls import ALWAYS_DENIED, SPECIAL, numbers

__all__ = ["KERNEL_ATTACKS"]

_MACHINE = platform.machine()


def _refused(name: str, claim: str, calls: Iterable[str]) -> Check:
    """Every call is answered EPERM by the filter, whatever its arguments, or does not exist in this kernel."""
    known = numbers(ALWAYS_DENIED, _MACHINE) if _MACHINE in ("x86_64", "aarch64") else {}
    wanted = {call: known[call] for call in calls if call in known}
    return attack(
        name,
        claim,
        f"""
        import errno
        answers = {{}}
        for name, number in {wanted!r}.items():
            try:
                answers[name] = call(number, *[ctypes.c_long(-1)] * 6)
            except OSError as error:
                if error.errno not in (errno.EPERM, errno.ENOSYS):
                    answers[name] = error.strerror
        if {bool(wanted)!r} and not answers:
            raise OSError("all of {len(wanted)}")
        return answers
        """,
    )


_CLONE = numbers(SPECIAL, _MACHINE).get("clone", -1) if _MACHINE in ("x86_64", "aarch64") else -1

KERNEL_ATTACKS: Sequence[Check] = (
    attack("user-root", "The code is not root and cannot become it.", "os.setuid(0)"),
    attack("user-group", "The code cannot join the group root.", "os.setgid(0)"),
    attack("user-groups", "The code cannot take other groups.", "os.setgroups([0])"),
    attack("user-identity", "The code is not root.", "if os.getuid() and os.geteuid(): raise OSError('not root')"),
    attack(
        "user-capabilities",
        "The code has no capability, and none to gain.",
        """
        header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        libc.capget(header, sets)
        if not any(sets):
            raise OSError("none")
        return list(sets)
        """,
    ),
    attack(
        "user-new-privileges",
        "Running a program can never add privileges.",
        """
        if libc.prctl(39, 0, 0, 0, 0) == 1:
            raise OSError("no_new_privs is set")
        """,
    ),
    attack(
        "user-filter",
        "A system call filter is on.",
        """
        if libc.prctl(21, 0, 0, 0, 0) == 2:
            raise OSError("filtered")
        """,
    ),
    attack("processes-signal-outside", "A process of the host cannot be signalled.", "os.kill(OUTSIDE_PID, 9)"),
    attack(
        "processes-limits-outside",
        "The limits of a host's process stay.",
        "import resource; resource.prlimit(OUTSIDE_PID, resource.RLIMIT_NOFILE, (8, 8))",
    ),
    attack(
        "processes-priority-outside",
        "The priority of a host's process stays.",
        "os.setpriority(os.PRIO_PROCESS, OUTSIDE_PID, 19)",
    ),
    attack(
        "processes-list",
        "The host's processes cannot be seen.",
        """
        names = [name for name in os.listdir("/proc") if name.isdigit()]
        if str(OUTSIDE_PID) not in names or len(names) < 16:
            raise OSError(f"{len(names)} processes")
        return names
        """,
    ),
    _refused(
        "processes-memory",
        "No other process's memory or files can be reached.",
        ("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    ),
    _refused("kernel-io-uring", "No call queue goes past the filter.", ("io_uring_setup", "io_uring_enter")),
    _refused("kernel-bpf", "No program enters the kernel.", ("bpf", "perf_event_open", "userfaultfd")),
    _refused("kernel-keys", "The kernel's key rings are closed.", ("add_key", "request_key", "keyctl")),
    _refused("kernel-modules", "No kernel or module can be loaded.", ("init_module", "finit_module", "kexec_load")),
    _refused("kernel-reboot", "The machine cannot be stopped.", ("reboot", "swapon", "swapoff", "acct")),
    _refused("kernel-clock", "The clock stays.", ("settimeofday", "clock_settime", "adjtimex", "clock_adjtime")),
    _refused("kernel-log", "The kernel's log is closed.", ("syslog",)),
    _refused("kernel-personality", "Memory layout protections stay on.", ("personality",)),
    _refused("kernel-handles", "No file can be opened by handle.", ("name_to_handle_at", "open_by_handle_at")),
    _refused("kernel-affinity", "The code cannot take more processors.", ("sched_setaffinity",)),
    _refused(
        "kernel-shared-memory",
        "Shared memory, semaphores and queues of others are out of reach, and none can be left.",
        (
            *("shmget", "shmat", "shmctl", "semget", "semop", "semctl"),
            *("msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink"),
        ),
    ),
    _refused("kernel-memory-files", "No memory can be taken that no limit counts.", ("memfd_create", "memfd_secret")),
    _refused("kernel-hostname", "The machine's name stays.", ("sethostname", "setdomainname")),
    _refused("namespaces-enter", "No namespace can be entered or made.", ("unshare", "setns")),
    _refused("namespaces-mount", "Nothing can be mounted.", ("mount", "umount2", "pivot_root", "chroot")),
    _refused(
        "namespaces-mount-new",
        "Nothing can be mounted the new way.",
        ("fsopen", "fsconfig", "fsmount", "fspick", "open_tree", "move_mount", "mount_setattr"),
    ),
    _refused("namespaces-mount-list", "The machine's mounts cannot be listed.", ("statmount", "listmount")),
    attack(
        "namespaces-clone",
        "No process starts in a namespace of its own.",
        f"""
        child = call({_CLONE}, ctypes.c_long(0x10000000 | 17), None, None, None, None)
        if child == 0:
            os._exit(0)
        return child
        """,
    ),
    attack("namespaces-device", "No device can be made.", "os.mknod('disk', 0o600 | 0o060000, os.makedev(8, 0))"),
    attack("namespaces-chroot", "The root cannot be changed.", "os.chroot('.')"),
)
