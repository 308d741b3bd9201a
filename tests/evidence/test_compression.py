"""Claims about compressed streams whose end is missing."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable

import pytest

from responder.evidence.compression import compression_of, decompress

TEXT = b"".join(b"2026-03-14T14:03:12Z ERROR refused %d\n" % number for number in range(40_000))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_what_was_decoded_before_the_damage_is_kept(pack: Callable[[bytes], bytes]) -> None:
    """A stream that was cut gives its beginning, and only then says that it is damaged."""
    packed = pack(TEXT)
    cut = packed[: int(len(packed) * 0.9)]
    stream = decompress(io.BytesIO(cut), compression_of(cut) or "")
    got = b""

    with pytest.raises(OSError, match="damaged"):
        while block := stream.read(1 << 18):
            got += block

    assert len(got) > len(TEXT) // 4
    assert TEXT.startswith(got)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_reads_are_whole(pack: Callable[[bytes], bytes]) -> None:
    """A sound stream fills every read but the last, as archive readers rely on, and ends with nothing."""
    packed = pack(TEXT)
    stream = decompress(io.BytesIO(packed), compression_of(packed) or "")

    sizes = []
    while block := stream.read(10_000):
        sizes.append(len(block))

    assert set(sizes[:-1]) == {10_000}
    assert sum(sizes) == len(TEXT)
