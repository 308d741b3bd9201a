"""Streams of compressed files: recognised by content, decompressed on the fly, never written to disk."""

import bz2
import io
import lzma
import sys
import zlib
from collections.abc import Callable
from typing import BinaryIO, cast

from responder.errors import EvidenceError

__all__ = ["Compression", "KeepsTheStart", "compression_of", "decompress", "is_tar", "is_zip"]

Compression = str
"""`gzip`, `bzip2`, `xz` or `zstd`."""

_MAGIC: tuple[tuple[bytes, Compression], ...] = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_TAR_MAGIC = slice(257, 262)
_XZ_MEMORY_BYTES = 256 << 20
_STEP_BYTES = 1 << 20
_GZIP_READ_BYTES = 1 << 18
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""A gzip header and trailer around the data, the checksum in the trailer verified."""


def compression_of(head: bytes) -> Compression | None:
    """Which compression the first bytes show; the file's name is not asked."""
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)


def is_zip(head: bytes) -> bool:
    """True for a zip archive, an empty one included."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def is_tar(head: bytes) -> bool:
    """True for a POSIX or GNU tar archive."""
    return head[_TAR_MAGIC] == b"ustar"


def decompress(stream: BinaryIO, compression: Compression) -> BinaryIO:
    """The content of a compressed stream; closing it closes the stream below.

    Raises:
        EvidenceError: No decoder for this compression is installed.
    """
    raw = _DECODERS[compression](stream)
    return cast(BinaryIO, KeepsTheStart(_Lenient(raw, stream), buffer_size=_STEP_BYTES))


def _zstd(stream: BinaryIO) -> BinaryIO:
    try:
        import zstandard
    except ImportError as error:
        raise EvidenceError("zstd needs the zstandard package", hint="pip install zstandard") from error
    return cast(BinaryIO, zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True))


def _gzip_decoder() -> "zlib._Decompress":
    """The decoder of isal where it is installed, three times as fast as zlib's and to the same bytes."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib.decompressobj(_GZIP_WINDOW)
    return cast("zlib._Decompress", isal_zlib.decompressobj(_GZIP_WINDOW))


def _xz(stream: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, _XzReader(stream))


_DECODERS: dict[Compression, Callable[[BinaryIO], BinaryIO]] = {
    "gzip": lambda stream: cast(BinaryIO, _GzipReader(stream)),
    "bzip2": lambda stream: cast(BinaryIO, bz2.BZ2File(stream, "rb")),
    "xz": _xz,
    "zstd": _zstd,
}


class _GzipReader(io.RawIOBase):
    """gzip, one member after another, with what was decoded before any damage."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = _gzip_decoder()
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1) -> bytes:
        """What the next step of the decoder gives; empty at the end."""
        while True:
            if self._decoder.eof:
                # Zeros may follow a member, as tapes and some tools pad with them; then another member or the end.
                rest = (self._decoder.unused_data or self._waiting).lstrip(b"\0")
                while not rest and (rest := self._stream.read(_GZIP_READ_BYTES)):
                    rest = rest.lstrip(b"\0")
                if not rest:
                    return b""
                self._decoder, self._waiting = _gzip_decoder(), rest
            data = self._waiting or self._stream.read(_GZIP_READ_BYTES)
            if not data:
                raise EOFError("the compressed data ends early")
            out = self._decoder.decompress(data, size if size > 0 else _STEP_BYTES)
            self._waiting = b"" if self._decoder.eof else self._decoder.unconsumed_tail
            if out:
                return out


class _XzReader(io.RawIOBase):
    """xz with a memory limit, which `lzma.LZMAFile` cannot set: a hostile header may ask for 4 GB."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decoder = lzma.LZMADecompressor(memlimit=_XZ_MEMORY_BYTES)

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1) -> bytes:
        """What the next step of the decoder gives; empty at the end."""
        while True:
            data = self._decoder.unused_data
            if self._decoder.eof:
                data = data or self._stream.read(1 << 16)
                if not data.strip(b"\0"):
                    return b""
                self._decoder = lzma.LZMADecompressor(memlimit=_XZ_MEMORY_BYTES)
            elif self._decoder.needs_input:
                data = self._stream.read(1 << 16)
                if not data:
                    raise EOFError("the compressed data ends early")
            if out := self._decoder.decompress(data, max_length=size if size > 0 else 1 << 20):
                return out


class _Lenient(io.RawIOBase):
    """Passes decoded bytes on; whatever a decoder raises becomes one `OSError`, so readers catch one thing."""

    def __init__(self, decoder: BinaryIO, below: BinaryIO) -> None:
        self._decoder, self._below = decoder, below

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            # `read1` gives what is decoded so far; `read` would lose it when the rest is damaged.
            data = self._decoder.read1(len(buffer))  # type: ignore[attr-defined]
        except Exception as error:  # zlib.error, LZMAError, EOFError, ZstdError share no base class
            raise OSError(f"damaged compressed data: {error}") from error
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._decoder.close()
            self._below.close()
        super().close()


class KeepsTheStart(io.BufferedReader):
    """Gives what was decoded before the damage, and raises at the read after it.

    A plain `BufferedReader.read` throws away what it has gathered when the last of its steps raises.
    """

    _damage: OSError | None = None

    def read(self, size: int | None = -1) -> bytes:
        """Read `size` bytes, fewer only at the end or just before the damage."""
        if self._damage is not None:
            raise self._damage
        parts: list[bytes] = []
        left = sys.maxsize if size is None or size < 0 else size
        while left > 0:
            try:
                part = self.read1(min(left, _STEP_BYTES))
            except OSError as error:
                if not parts:
                    raise
                self._damage = error
                break
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
