"""The locks a process puts on itself, for good: resource limits, no new privileges, seccomp, Landlock.

Each function either locks or raises; there is no "best effort", since a lock that silently did not close is the one
that matters.
"""

import ctypes
import os
import resource
import struct

from .syscalls import ALWAYS_DENIED, DENIED_WITHOUT_MOUNTS, DENIED_WITHOUT_SCOPES, SPECIAL, numbers

TYPE_CHECKING = False  # importing `collections` takes as long as Python itself takes to start
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "SCOPES_SINCE",
    "adopt_orphans",
    "debuggable",
    "deny_calls",
    "filter_steps",
    "landlock_version",
    "no_new_privileges",
    "restrict_files",
    "set_limits",
    "signal_on_parent_death",
    "undebuggable",
]

_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
_libc.syscall.restype = ctypes.c_long

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 36, 38


def _prctl(option: int, *values: int) -> None:
    if _libc.prctl(option, *(list(values) + [0] * (4 - len(values)))) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")


def undebuggable() -> None:
    """Keep processes of the same user out of this one's memory and descriptors."""
    _prctl(_PR_SET_DUMPABLE, 0)


def debuggable() -> None:
    """Take that back: until then the kernel keeps this process's own files in `/proc` from it."""
    _prctl(_PR_SET_DUMPABLE, 1)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none can slip away."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def signal_on_parent_death(number: int) -> None:
    """Ask for a signal when the thread that started this process ends."""
    _prctl(_PR_SET_PDEATHSIG, number)


def no_new_privileges() -> None:
    """Make setuid files and file capabilities mean nothing from here on."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def set_limits(limits: dict[str, int]) -> None:
    """Set soft and hard limits by name (`RLIMIT_AS`, ...), never above the hard limit already there."""
    for name, value in limits.items():
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (bound, bound))


# Classic BPF, as seccomp(2) wants it: each instruction is (code, jump if true, jump if false, operand).
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCH, _ARGUMENT = 0, 4, (16, 24, 32, 40)  # the lower halves of the arguments
_KILL, _ALLOW, _EPERM, _ENOMEM, _ENOSYS = 0x80000000, 0x7FFF0000, 0x00050001, 0x0005000C, 0x00050026
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
_NAMESPACE_FLAGS = 0x7E020000  # every CLONE_NEW* that clone(2) can take
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_MASK = 1, 1, 0xF
_MAP_SHARED_ANONYMOUS = 0x21
_TERMINAL_IOCTLS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: type into a terminal
_FILE_FLAG_IOCTLS = (0x40086602, 0x401C5820)  # FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR: an owner needs no right to write
_OWNER_IOCTLS = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP
_OWNER_FCNTLS = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: have the kernel send a signal in our name

Steps = list[tuple[int, int, int, int]]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def deny_calls(uncounted: bool = False, without_mounts: bool = False, without_scopes: bool = False) -> None:
    """Refuse the calls of `syscalls` in this process and all it starts; needs `no_new_privileges` first.

    Args:
        uncounted: No control group counts memory: refuse the kind that a look at the processes cannot see either.
        without_mounts: There is no mount and process namespace around the code: refuse what would reach the host.
        without_scopes: Landlock cannot keep signals inside either.
    """
    machine = os.uname().machine
    if machine not in _AUDIT_ARCH:
        raise OSError(f"no system call table for {machine}")
    steps = filter_steps(machine, uncounted, without_mounts, without_scopes)
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    _prctl(_PR_SET_SECCOMP, 2, ctypes.addressof(program))


def filter_steps(machine: str, uncounted: bool, without_mounts: bool, without_scopes: bool) -> Steps:
    """The filter that `deny_calls` installs on a machine."""
    denied = numbers(ALWAYS_DENIED, machine)
    if without_mounts:
        denied.update(numbers(DENIED_WITHOUT_MOUNTS, machine))
    if without_scopes:
        denied.update(numbers(DENIED_WITHOUT_SCOPES, machine))
    special = numbers(SPECIAL, machine)
    steps = [
        (_LOAD, 0, 0, _ARCH),
        (_JUMP_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        steps += [(_JUMP_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _EPERM)]
    for number in [*sorted(denied.values()), special["socket"]]:
        steps += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    # clone3 hides its flags behind a pointer; told it does not exist, the C library falls back to clone.
    steps += [(_JUMP_EQUAL, 0, 1, special["clone3"]), (_RETURN, 0, 0, _ENOSYS)]
    steps += [
        (_JUMP_EQUAL, 0, 4, special["clone"]),
        (_LOAD, 0, 0, _ARGUMENT[0]),
        (_JUMP_ANY_BIT, 0, 1, _NAMESPACE_FLAGS),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    # A connected stream pair can reach nobody else; a datagram pair could be pointed at a socket of the host.
    steps += [
        (_JUMP_EQUAL, 0, 7, special["socketpair"]),
        (_LOAD, 0, 0, _ARGUMENT[0]),
        (_JUMP_EQUAL, 0, 4, _AF_UNIX),
        (_LOAD, 0, 0, _ARGUMENT[1]),
        (_AND, 0, 0, _SOCK_TYPE_MASK),
        (_JUMP_EQUAL, 0, 1, _SOCK_STREAM),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _EPERM),
    ]
    if uncounted:  # once a shared page is let go it belongs to no process, and its memory is still taken
        steps += [
            (_JUMP_EQUAL, 0, 5, special["mmap"]),
            (_LOAD, 0, 0, _ARGUMENT[3]),
            (_AND, 0, 0, _MAP_SHARED_ANONYMOUS),
            (_JUMP_EQUAL, 0, 1, _MAP_SHARED_ANONYMOUS),
            (_RETURN, 0, 0, _ENOMEM),
            (_RETURN, 0, 0, _ALLOW),
        ]
    if without_mounts:  # limits of other processes of the same user
        steps += [
            (_JUMP_EQUAL, 0, 4, special["prlimit64"]),
            (_LOAD, 0, 0, _ARGUMENT[0]),
            (_JUMP_EQUAL, 1, 0, 0),
            (_RETURN, 0, 0, _EPERM),
            (_RETURN, 0, 0, _ALLOW),
        ]
    ioctls: tuple[int, ...] = _TERMINAL_IOCTLS
    if without_mounts:
        ioctls += _FILE_FLAG_IOCTLS
    if without_scopes:
        ioctls += _OWNER_IOCTLS
        steps += _unless_second_is(special["fcntl"], _OWNER_FCNTLS)
    steps += _unless_second_is(special["ioctl"], ioctls)
    return [*steps, (_RETURN, 0, 0, _ALLOW)]


def _unless_second_is(call: int, refused: "tuple[int, ...]") -> Steps:
    """Allow a call unless its second argument is one of these; the kernel looks at its lower half only, as we do."""
    judged: Steps = [(_LOAD, 0, 0, _ARGUMENT[1])]
    for value in refused:
        judged += [(_JUMP_EQUAL, 0, 1, value), (_RETURN, 0, 0, _EPERM)]
    judged += [(_RETURN, 0, 0, _ALLOW)]
    return [(_JUMP_EQUAL, 0, len(judged), call), *judged]


# linux/landlock.h
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM = 1 << 6, 1 << 9, 1 << 10, 1 << 11, 1 << 12
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
SCOPES_SINCE = 6
"""The Landlock version that keeps signals and abstract sockets inside."""


def landlock_version() -> int:
    """The kernel's Landlock version; 0 when there is none."""
    return max(0, int(_libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1))))


def restrict_files(readable: "Iterable[str]", writable: "Iterable[str]", devices: "Iterable[str]") -> None:
    """Let this process and all it starts see nothing but these paths, and reach no port and no outside process.

    Paths that are not there are left out. Inside `writable` only plain files and folders can be made.

    Raises:
        OSError: The kernel has no Landlock or refused a rule.
    """
    version = landlock_version()
    if version < 1:
        raise OSError("the kernel has no Landlock")
    handled = (1 << 13) - 1
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL)):
        handled |= right if version >= since else 0
    networks, scopes = 3, 3
    attributes = struct.pack("=QQQ", handled, networks, scopes)[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = _checked(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0))
    try:
        made = handled & ~(_MAKE_CHAR | _MAKE_SOCK | _MAKE_FIFO | _MAKE_BLOCK | _MAKE_SYM | _IOCTL)
        for paths, rights in (
            (readable, _EXECUTE | _READ_FILE | _READ_DIR),
            (writable, made),
            (devices, _READ_FILE | _WRITE_FILE),
        ):
            for path in paths:
                _allow(ruleset, path, rights & handled)
        _checked(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        anchor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - pathlib is a third of this program's start-up time
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, anchor)
        _checked(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_uint(1), rule, ctypes.c_uint(0))
    finally:
        os.close(anchor)


def _checked(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"system call {number}")
    return result
