"""The host's end of the line to a supervisor (see `inside.supervisor` for the frames).

What arrives is not trusted: a frame of an unknown kind, an absurd length or a bad report breaks the line, which ends
the sandbox.
"""

import asyncio
import contextlib
import os
import re
import socket
import struct
from typing import Literal

from msgspec import Struct

from responder.safety.sanitise import decode, sanitise
from responder.sandbox.output import CappedOutput

__all__ = ["BlockEnd", "Line", "LineBroken"]

_MAX_FRAME_BYTES = 1 << 17
_STDERR = 2
"""The last of the engine's stream numbers."""
_WORDS_BYTES = 2000
_WORDS_SECONDS = 1.0
_END = re.compile(rb"(exited|timeout|flood|cancelled|memory|processes|disk) ([0-9]{1,3}) ([0-9]{1,6})")


class LineBroken(Exception):
    """The supervisor is gone or talks nonsense; everything behind it must be considered dead or killed."""


class BlockEnd(Struct, frozen=True):
    """How the supervisor saw a block end."""

    ending: Literal["exited", "timeout", "flood", "cancelled", "memory", "processes", "disk"]
    exit_code: int
    leftovers: int
    """Processes that were still there when the first one ended."""


class Line:
    """One connection to one supervisor.

    Args:
        reader: What the supervisor sends.
        writer: The way to it; closed by `close`.
        multiplexed: The engine packs its attached streams in frames of its own.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, multiplexed: bool) -> None:
        self._reader = reader
        self._writer = writer
        self._multiplexed = multiplexed
        self._unpacked = bytearray()
        self.block_started = False
        """Did the supervisor begin the last block it was given?"""
        self.leader: int | None = None
        """The last block's first process, as the supervisor numbers it."""

    @classmethod
    async def over(cls, connection: socket.socket, *, multiplexed: bool = False) -> "Line":
        """Take over a connected socket."""
        connection.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=connection)
        return cls(reader, writer, multiplexed=multiplexed)

    async def hello(self) -> None:
        """Wait until the supervisor is ready.

        Raises:
            LineBroken: It is not going to be.
        """
        await self._tell(b"H")
        kind, _ = await self._frame()
        if kind != b"R":
            raise LineBroken(f"the supervisor sent {kind!r} first")

    async def run(self, argv: list[str], output: CappedOutput) -> BlockEnd:
        """Run a block to its end.

        Raises:
            LineBroken: It could not be run, or not to its end; `block_started` tells which.
        """
        self.block_started = False
        await self._tell(b"B", b"".join(os.fsencode(word) + b"\0" for word in argv))
        return await self._until_end(output)

    async def stop_block(self, output: CappedOutput) -> BlockEnd:
        """End the running block now.

        Raises:
            LineBroken: The supervisor does not answer any more.
        """
        await self._tell(b"K")
        return await self._until_end(output)

    async def close(self) -> None:
        """Hang up, and return when that is done; the supervisor ends everything when it notices. Never raises.

        An engine that is told to remove a container whose stream somebody still holds may wait for that somebody.
        """
        self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _tell(self, kind: bytes, payload: bytes = b"") -> None:
        try:
            self._writer.write(struct.pack(">cI", kind, len(payload)) + payload)
            await self._writer.drain()
        except (OSError, RuntimeError) as error:
            raise LineBroken(str(error)) from error

    async def _until_end(self, output: CappedOutput) -> BlockEnd:
        while True:
            kind, payload = await self._frame()
            match kind:
                case b"S":
                    self.block_started = True
                    self.leader = int(payload) if payload.isdigit() and len(payload) < 10 else None
                case b"O":
                    output.feed(payload)
                case b"E":
                    return _end(payload)
                case _:
                    raise LineBroken(f"the supervisor sent {kind!r}")

    async def _frame(self) -> tuple[bytes, bytes]:
        kind, length = struct.unpack(">cI", await self._read(5))
        if length > _MAX_FRAME_BYTES:
            raise LineBroken(f"the supervisor announced {length} bytes")
        return kind, await self._read(length)

    async def _read(self, count: int) -> bytes:
        try:
            if not self._multiplexed:
                return await self._reader.readexactly(count)
            while len(self._unpacked) < count:
                head = await self._reader.readexactly(8)
                stream, length = struct.unpack(">II", head)
                if stream >> 24 > _STDERR or stream & 0xFFFFFF or length > _MAX_FRAME_BYTES:
                    raise LineBroken(f"the engine said: {await self._words(head)}")
                self._unpacked += await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise LineBroken("the supervisor is gone") from error
        data = bytes(self._unpacked[:count])
        del self._unpacked[:count]
        return data

    async def _words(self, begun: bytes) -> str:
        """What the engine writes, plainly, where a stream should begin: why it could not start the supervisor."""
        rest = b""
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(_WORDS_SECONDS):
                rest = await self._reader.read(_WORDS_BYTES)
        return " ".join(sanitise(decode(begun + rest)).split())[:300]


def _end(payload: bytes) -> BlockEnd:
    end = _END.fullmatch(payload)
    if end is None:
        raise LineBroken("the supervisor's report makes no sense")
    return BlockEnd(end[1].decode(), int(end[2]), int(end[3]))  # type: ignore[arg-type]  # one of the pattern's words
