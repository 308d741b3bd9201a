"""Signals as something to read, through the C library: the `signal` module's enums would double the start-up time."""

import ctypes
import os

__all__ = ["SIGCHLD", "SIGKILL", "SIGTERM", "arrived", "as_at_birth", "as_descriptor"]

SIGKILL, SIGPIPE, SIGTERM, SIGCHLD, SIGXFSZ = 9, 13, 15, 17, 25  # the same on every machine of confine's table

_SIG_BLOCK, _SIG_SETMASK, _SFD_NONBLOCK, _SFD_CLOEXEC = 0, 2, 0o4000, 0o2000000
_SET_BYTES = 128
_RECORD_BYTES = 128  # of a signalfd; the first four are the number

_libc = ctypes.CDLL(None, use_errno=True)
_libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
_libc.signal.restype = ctypes.c_void_p


def as_descriptor(*numbers: int) -> int:
    """Hold these signals back and give a descriptor that can be read when one has come; reading never waits.

    A signal that is held back reaches a container's first process too, which would otherwise not get it.
    """
    chosen = ctypes.create_string_buffer(_SET_BYTES)
    _libc.sigemptyset(chosen)
    for number in numbers:
        _libc.sigaddset(chosen, number)
    _libc.sigprocmask(_SIG_BLOCK, chosen, None)
    descriptor = int(_libc.signalfd(-1, chosen, _SFD_NONBLOCK | _SFD_CLOEXEC))
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "signalfd")
    return descriptor


def arrived(descriptor: int) -> "set[int]":
    """The signals that have come since the last time."""
    try:
        data = os.read(descriptor, _RECORD_BYTES * 16)
    except BlockingIOError:
        return set()
    return {int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), _RECORD_BYTES)}


def as_at_birth() -> None:
    """Hold nothing back and ignore nothing, as a program expects that is started next."""
    nothing = ctypes.create_string_buffer(_SET_BYTES)
    _libc.sigemptyset(nothing)
    _libc.sigprocmask(_SIG_SETMASK, nothing, None)
    for number in (SIGPIPE, SIGXFSZ):  # which Python ignores
        _libc.signal(number, None)
