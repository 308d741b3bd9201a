"""Claims about text in encodings that do not hold ASCII byte by byte."""

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.evidence import FileSource
from responder.evidence.encodings import recode, wide_encoding_of

WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


@given(
    text=st.text(st.characters(codec="utf-8"), max_size=300), encoding=st.sampled_from(WIDE), step=st.integers(1, 64)
)
def test_any_text_comes_out_as_it_went_in(text: str, encoding: str, step: int) -> None:
    """Whatever stands in a wide encoding is the same text in UTF-8, however short the reads are."""
    with recode(io.BytesIO(text.encode(encoding)), encoding) as stream:
        parts = list(iter(lambda: stream.read(step), b""))

    assert b"".join(parts).decode() == text.removeprefix("\ufeff")


@given(data=st.binary(max_size=200), encoding=st.sampled_from(WIDE))
def test_any_bytes_can_be_recoded(data: bytes, encoding: str) -> None:
    """Bytes that are no text of the encoding are replaced, never an error."""
    with recode(io.BytesIO(data), encoding) as stream:
        stream.read().decode()


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300))
def test_utf8_is_left_alone(text: str) -> None:
    """No text without NULs is taken for a wide encoding."""
    assert wide_encoding_of(text.encode()) is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_line_keeps_its_number_and_its_secret_can_be_found(tmp_path: Path, encoding: str) -> None:
    """A letter whose code holds the byte of a newline ends no line, and no NUL stands between the letters."""
    lines = ["INFO start", "INFO Ċ and ਊ", "ERROR password=hunter2hunter2"] + ["INFO steady"] * 20
    (tmp_path / "win.log").write_bytes("\r\n".join(lines).encode(encoding))

    (artifact,) = FileSource().collect([tmp_path / "win.log"]).artifacts

    with artifact.open() as stream:
        assert stream.read().split(b"\n")[2] == b"ERROR password=hunter2hunter2\r"
    assert artifact.encoding.startswith("utf-")
    assert artifact.file is None


def test_what_was_read_before_the_damage_is_kept(tmp_path: Path) -> None:
    """A compressed file in UTF-16 that breaks off gives its beginning."""
    packed = gzip.compress("".join(f"line {number * 7919}\n" for number in range(50_000)).encode("utf-16"))
    (tmp_path / "a.log.gz").write_bytes(packed[: len(packed) // 2])
    (artifact,) = FileSource().collect([tmp_path]).artifacts

    with artifact.open() as stream, pytest.raises(OSError, match="damaged"):
        begun = stream.read(1 << 16)
        while stream.read(1 << 16):
            pass

    assert begun.startswith(b"line 0\nline 7919\n")
