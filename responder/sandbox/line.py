"""The host's end of the line to a supervisor (see `inside.supervisor` for the frames).

What arrives is not trusted: a frame of an unknown kind, an absurd length or a bad JSON object breaks the line, which
ends the sandbox.
"""

import asyncio
import json
import socket
import struct
from dataclasses import dataclass
from typing import Literal

from responder.sandbox.output import CappedOutput

__all__ = ["BlockEnd", "Line", "LineBroken"]

_MAX_FRAME_BYTES = 1 << 17
_ENDINGS = ("exited", "timeout", "flood", "cancelled", "memory", "disk")


class LineBroken(Exception):
    """The supervisor is gone or talks nonsense; everything behind it must be considered dead or killed."""


@dataclass(frozen=True, slots=True)
class BlockEnd:
    """How the supervisor saw a block end."""

    ending: Literal["exited", "timeout", "flood", "cancelled", "memory", "disk"]
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
        await self._tell({"hello": True})
        kind, _ = await self._frame()
        if kind != b"R":
            raise LineBroken(f"the supervisor sent {kind!r} first")

    async def run(self, argv: list[str], output: CappedOutput) -> BlockEnd:
        """Run a block to its end.

        Raises:
            LineBroken: It could not be run, or not to its end; `block_started` tells which.
        """
        self.block_started = False
        await self._tell({"argv": argv})
        return await self._until_end(output)

    async def stop_block(self, output: CappedOutput) -> BlockEnd:
        """End the running block now.

        Raises:
            LineBroken: The supervisor does not answer any more.
        """
        await self._tell({"stop": True})
        return await self._until_end(output)

    def close(self) -> None:
        """Hang up; the supervisor ends everything when it notices."""
        self._writer.transport.abort()

    async def _tell(self, message: dict[str, object]) -> None:
        try:
            self._writer.write(json.dumps(message).encode() + b"\n")
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
                (length,) = struct.unpack(">4xI", await self._reader.readexactly(8))
                if length > _MAX_FRAME_BYTES:
                    raise LineBroken(f"the engine announced {length} bytes")
                self._unpacked += await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise LineBroken("the supervisor is gone") from error
        data = bytes(self._unpacked[:count])
        del self._unpacked[:count]
        return data


def _end(payload: bytes) -> BlockEnd:
    try:
        end = json.loads(payload)
        if end["ending"] not in _ENDINGS:
            raise ValueError(end["ending"])
        return BlockEnd(end["ending"], int(end["exit_code"]), int(end["leftovers"]))
    except (ValueError, KeyError, TypeError) as error:
        raise LineBroken("the supervisor's report makes no sense") from error
