"""The line to a supervisor: what comes over it is believed only as far as it makes sense."""

import asyncio
import contextlib
import socket
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.sandbox.line import BlockEnd, Line, LineBroken
from responder.sandbox.output import CappedOutput


def _frame(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">cI", kind, len(payload)) + payload


def _end(ending: str = "exited", exit_code: int = 0, leftovers: int = 0) -> bytes:
    return _frame(b"E", f"{ending} {exit_code} {leftovers}".encode())


async def _run(answer: bytes, *, multiplexed: bool = False) -> tuple[BlockEnd, str]:
    """What the host makes of a supervisor that answers a job with these bytes and hangs up."""
    ours, theirs = socket.socketpair()
    line = await Line.over(ours, multiplexed=multiplexed)
    output = CappedOutput(head_bytes=1000, tail_bytes=1000)
    try:
        theirs.sendall(answer)
        theirs.shutdown(socket.SHUT_WR)
        return await line.run(["true"], output), output.text()
    finally:
        await line.close()
        theirs.close()


async def test_a_block_runs_to_its_end() -> None:
    """Output frames are joined in order and the end is told."""
    answer = _frame(b"S", b"7") + _frame(b"O", b"he") + _frame(b"O", b"llo") + _end(exit_code=3, leftovers=2)

    assert await _run(answer) == (BlockEnd("exited", 3, 2), "hello")


@pytest.mark.parametrize("size", [1, 3, 8, 1000])
async def test_the_engines_own_frames_are_unpacked(size: int) -> None:
    """It does not matter where the engine cuts its frames."""
    plain = _frame(b"S", b"7") + _frame(b"O", b"hello") + _end()
    packed = b"".join(
        b"\x01\0\0\0" + struct.pack(">I", len(plain[at : at + size])) + plain[at : at + size]
        for at in range(0, len(plain), size)
    )

    assert await _run(packed, multiplexed=True) == (BlockEnd("exited", 0, 0), "hello")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        _frame(b"S", b"7"),
        _frame(b"X", b""),
        b"O\xff\xff\xff\xff",
        _frame(b"E", b""),
        _frame(b"E", b"exited x 0"),
        _frame(b"E", b"exited 0 0 0"),
        _end(ending="triumph"),
        _end(exit_code=1 << 40),
    ],
)
async def test_nonsense_breaks_the_line(answer: bytes) -> None:
    """A hang-up, an unknown frame, an absurd length or a bad report is one and the same error."""
    with pytest.raises(LineBroken):
        await _run(answer)


async def test_an_engine_that_speaks_instead_of_streaming_is_quoted() -> None:
    """When the supervisor cannot be started the engine says so where its stream should begin; that is the error."""
    words = b"OCI runtime exec failed: exec failed: container is not running\r\n"

    with pytest.raises(LineBroken, match=r"the engine said: OCI runtime exec failed: .* is not running$"):
        await _run(words, multiplexed=True)


@settings(max_examples=200, deadline=None)
@given(answer=st.binary(max_size=200), multiplexed=st.booleans())
def test_any_bytes_end_or_break(answer: bytes, multiplexed: bool) -> None:
    """No bytes lead to another exception or to waiting for ever."""

    async def attempt() -> None:
        with contextlib.suppress(LineBroken):
            await asyncio.wait_for(_run(answer, multiplexed=multiplexed), 5)

    asyncio.run(attempt())
