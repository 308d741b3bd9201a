"""The system call filter, read as the kernel would: for both machines, whichever one this is."""

import ctypes
import ctypes.util
import itertools

import pytest

from responder.sandbox.inside.confine import Steps, filter_steps
from responder.sandbox.inside.syscalls import (
    ALWAYS_DENIED,
    DENIED_WITHOUT_MOUNTS,
    DENIED_WITHOUT_SCOPES,
    SPECIAL,
    numbers,
)

_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_TABLES = ALWAYS_DENIED | DENIED_WITHOUT_MOUNTS | DENIED_WITHOUT_SCOPES | SPECIAL
_SAME_EVERYWHERE = 424
"""From this number on a new call has one number on every machine (the kernel's scripts/syscall.tbl)."""
_ALLOW, _EPERM, _ENOMEM, _ENOSYS, _KILL = 0x7FFF0000, 0x00050001, 0x0005000C, 0x00050026, 0x80000000
_PLAIN = {
    "x86_64": {"read": 0, "write": 1, "openat": 257, "execve": 59, "futex": 202, "getrandom": 318},
    "aarch64": {"read": 63, "write": 64, "openat": 56, "execve": 221, "futex": 98, "getrandom": 278},
}

Machine = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


def _judged(steps: Steps, arch: int, number: int, *arguments: int) -> int:
    """What the filter answers to a call; an interpreter of the few instructions it is made of."""
    words = [number, arch, 0, 0, *itertools.chain.from_iterable((a & 0xFFFFFFFF, a >> 32) for a in arguments)]
    words += [0] * (16 - len(words))
    at = accumulator = 0
    while True:
        code, if_true, if_false, operand = steps[at]
        at += 1
        match code:
            case 0x20:
                accumulator = words[operand // 4]
            case 0x54:
                accumulator &= operand
            case 0x15:
                at += if_true if accumulator == operand else if_false
            case 0x35:
                at += if_true if accumulator >= operand else if_false
            case 0x45:
                at += if_true if accumulator & operand else if_false
            case 0x06:
                return operand
            case _:
                raise AssertionError(f"no such instruction: {code:#x}")


@Machine
@pytest.mark.parametrize("walls", list(itertools.product([False, True], repeat=3)))
def test_exactly_the_listed_calls_are_refused(machine: str, walls: tuple[bool, bool, bool]) -> None:
    """Every listed call is refused, and every other number up to the kernel's last is allowed."""
    uncounted, without_mounts, without_scopes = walls
    steps = filter_steps(machine, uncounted, without_mounts, without_scopes)
    denied = set(numbers(ALWAYS_DENIED, machine).values())
    denied |= set(numbers(DENIED_WITHOUT_MOUNTS, machine).values()) if without_mounts else set()
    denied |= set(numbers(DENIED_WITHOUT_SCOPES, machine).values()) if without_scopes else set()
    special = numbers(SPECIAL, machine)
    refused = {number for number in range(600) if _judged(steps, _ARCH[machine], number) != _ALLOW}

    assert refused == denied | {special["socket"], special["socketpair"], special["clone3"]}
    assert not refused & set(_PLAIN[machine].values())
    assert len(steps) < 4096  # what the kernel accepts


@Machine
def test_calls_are_judged_by_their_arguments(machine: str) -> None:
    """The dangerous form of a call is refused and the ordinary one is not; an argument's upper half changes nothing."""
    steps, arch, special = filter_steps(machine, True, True, True), _ARCH[machine], numbers(SPECIAL, machine)
    upper = 1 << 32
    expected = {
        ("clone", 0x01200011): _ALLOW,  # fork
        ("clone", 0x003D0F00): _ALLOW,  # a thread
        ("clone", 0x10000011): _EPERM,  # a user namespace
        ("clone3", 0): _ENOSYS,
        ("socketpair", 1, 1 | 0o2000000): _ALLOW,
        ("socketpair", 1, 2): _EPERM,
        ("socketpair", 16, 1): _EPERM,
        ("mmap", 0, 4096, 3, 0x22): _ALLOW,  # private
        ("mmap", 0, 4096, 3, 0x01): _ALLOW,  # of a file
        ("mmap", 0, 4096, 3, 0x21): _ENOMEM,
        ("mmap", 0, 4096, 3, 0x21 | 0x100000): _ENOMEM,
        ("prlimit64", 0): _ALLOW,
        ("prlimit64", 7): _EPERM,
        ("ioctl", 1, 0x5401): _ALLOW,  # is it a terminal?
        ("ioctl", 1, 0x5412): _EPERM,
        ("ioctl", 1, 0x5412 | upper): _EPERM,
        ("ioctl", 1, 0x40086602): _EPERM,
        ("ioctl", 1, 0x8901): _EPERM,
        ("fcntl", 1, 1030): _ALLOW,
        ("fcntl", 1, 8): _EPERM,
        ("fcntl", 1, 10): _EPERM,
        ("fcntl", 1, 15): _EPERM,
    }

    found = {call: _judged(steps, arch, special[str(call[0])], *map(int, call[1:])) for call in expected}

    assert found == expected


@Machine
def test_calls_of_another_machine_end_the_process(machine: str) -> None:
    """A 32-bit call gate has other numbers, so nothing may come through it; x32 is refused call by call."""
    steps = filter_steps(machine, False, False, False)

    assert _judged(steps, 0x40000003, 0) == _KILL
    if machine == "x86_64":
        assert _judged(steps, _ARCH[machine], 0x40000000) == _EPERM


@Machine
def test_every_number_is_the_kernels(machine: str) -> None:
    """Each name has the number that libseccomp knows for that machine; newer calls have one number everywhere."""
    found = ctypes.util.find_library("seccomp")
    if found is None:
        pytest.skip("libseccomp is not installed")
    resolve = ctypes.CDLL(found).seccomp_syscall_resolve_name_arch
    resolve.argtypes, resolve.restype = [ctypes.c_uint32, ctypes.c_char_p], ctypes.c_int
    column = 0 if machine == "x86_64" else 1
    wrong, unknown = {}, []
    for name, row in _TABLES.items():
        known = resolve(_ARCH[machine], name.encode())
        if known == -1:  # younger than the library
            unknown.append(name)
        elif max(known, -1) != row[column]:  # below -1: the machine has no such call
            wrong[name] = (row[column], known)

    assert wrong == {}
    assert all(_TABLES[name][0] == _TABLES[name][1] >= _SAME_EVERYWHERE for name in unknown)
    assert len(unknown) < 12
