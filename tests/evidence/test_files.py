"""Whatever lies in a folder is either read or recorded as skipped, and never waited for."""

import bz2
import gzip
import io
import lzma
import os
import socket
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from responder.errors import EvidenceError, ExitCode
from responder.evidence import FileSource
from responder.evidence.archives import ArchiveLimits

TEXT = b"2026-01-02T03:04:05Z ERROR broken\n"


def content(path: Path) -> dict[str, bytes]:
    found = {}
    for artifact in FileSource().collect([path]).artifacts:
        with artifact.open() as stream:
            found[artifact.path] = stream.read()
    return found


def reasons(path: Path) -> dict[str, str]:
    return {item.path: item.reason for item in FileSource().collect([path]).skipped}


def test_a_single_file_is_named_by_its_base_name(tmp_path: Path) -> None:
    """Paths in a report are relative to the input."""
    (tmp_path / "app.log").write_bytes(TEXT)

    assert content(tmp_path / "app.log") == {"app.log": TEXT}


def test_a_folder_is_walked_in_a_fixed_order(tmp_path: Path) -> None:
    """The order of artifacts does not depend on the file system."""
    for name in ("b.log", "a/z.log", "a/b.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(TEXT)

    assert [a.path for a in FileSource().collect([tmp_path]).artifacts] == ["a/b.log", "a/z.log", "b.log"]


def test_equal_names_of_two_inputs_stay_apart(tmp_path: Path) -> None:
    """Every artifact of a run has its own path."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "app.log").write_bytes(TEXT)

    found = FileSource().collect([tmp_path / "one", tmp_path / "two", tmp_path / "one" / "app.log"])

    assert [a.path for a in found.artifacts] == ["app.log", "one/app.log", "two/app.log"]


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        ("gz", gzip.compress),
        ("bz2", bz2.compress),
        ("xz", lzma.compress),
        ("zst", zstandard.ZstdCompressor().compress),
    ],
)
def test_compressed_files_are_read_as_their_content(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    """A compressed log reads like the log, also when it was compressed in two parts, and whatever it is called."""
    (tmp_path / f"app.log.{suffix}").write_bytes(pack(TEXT) + pack(TEXT))
    (tmp_path / "renamed.log").write_bytes(pack(TEXT))

    assert content(tmp_path) == {f"app.log.{suffix}": TEXT * 2, "renamed.log": TEXT}


def test_a_cut_compressed_file_keeps_what_was_before_the_cut(tmp_path: Path) -> None:
    """Damage raises an `OSError` where it is, after the good part was given."""
    packed = gzip.compress(os.urandom(50_000).hex().encode())
    (tmp_path / "app.log.gz").write_bytes(packed[: len(packed) // 2])

    (artifact,) = FileSource().collect([tmp_path]).artifacts
    with artifact.open() as stream:
        assert len(stream.read(1000)) == 1000
        with pytest.raises(OSError, match="damaged"):
            while stream.read(1 << 20):
                pass


def test_archive_members_are_artifacts(tmp_path: Path) -> None:
    """Zip and tar members, and an archive inside an archive, are read in place."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep.log", TEXT)
    with zipfile.ZipFile(tmp_path / "logs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("web/app.log", TEXT)
        archive.writestr("inner.zip", inner.getvalue())
    with tarfile.open(tmp_path / "logs.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("db/pg.log")
        info.size = len(TEXT)
        tar.addfile(info, io.BytesIO(TEXT))

    assert content(tmp_path) == {
        "logs.tar.gz!/db/pg.log": TEXT,
        "logs.zip!/inner.zip!/deep.log": TEXT,
        "logs.zip!/web/app.log": TEXT,
    }


def test_hostile_archive_members_are_refused(tmp_path: Path) -> None:
    """Paths that lead outside, links and bombs are recorded, and the good member is still read."""
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.log", TEXT)
        archive.writestr("../../etc/cron.d/x", TEXT)
        archive.writestr("C:\\x", TEXT)
        archive.writestr("bomb.log", b"a" * (40 << 20))
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")

    assert list(content(tmp_path)) == ["bad.zip!/good.log"]
    assert sorted(reasons(tmp_path).values()) == [
        "path leads outside the archive",
        "path leads outside the archive",
        "symbolic link, not followed",
        "unpacks to more than 250 times its size",
    ]


def test_an_archive_with_too_many_members_ends_with_a_record(tmp_path: Path) -> None:
    """The limit on members is a skip with a reason, not silence."""
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(5):
            archive.writestr(f"{number}.log", TEXT)

    found = FileSource(limits=ArchiveLimits(members=3)).collect([tmp_path])

    assert len(found.artifacts) == 3
    assert [s.reason for s in found.skipped] == ["more than 3 members in the archive"]


def test_special_files_are_skipped_with_their_kind(tmp_path: Path) -> None:
    """Pipes, sockets and links are never opened for reading; empty and binary files say so."""
    (tmp_path / "app.log").write_bytes(TEXT)
    (tmp_path / "link.log").symlink_to("/etc/passwd")
    (tmp_path / "linked-folder").symlink_to("/etc")
    (tmp_path / "empty.log").touch()
    (tmp_path / "core").write_bytes(b"\x7fELF" + bytes(100))
    (tmp_path / "garbage").write_bytes(bytes(range(256)) * 40)
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))

        assert reasons(tmp_path) == {
            "core": "binary: a program",
            "empty.log": "empty",
            "garbage": "binary: not text",
            "link.log": "symbolic link, not followed",
            "linked-folder": "symbolic link, not followed",
            "pipe": "named pipe",
            "socket": "socket",
        }


def test_a_sparse_gigabyte_is_skipped_at_once(tmp_path: Path) -> None:
    """A file of holes is seen as binary from its head, not by reading it."""
    (tmp_path / "app.log").write_bytes(TEXT)
    with (tmp_path / "sparse.log").open("wb") as file:
        file.truncate(1 << 30)
    start = time.monotonic()

    assert reasons(tmp_path) == {"sparse.log": "binary: mostly NUL bytes"}
    assert time.monotonic() - start < 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_files_are_skipped(tmp_path: Path) -> None:
    """Missing permission is recorded for files and folders."""
    (tmp_path / "app.log").write_bytes(TEXT)
    (tmp_path / "secret.log").write_bytes(TEXT)
    (tmp_path / "secret.log").chmod(0)
    (tmp_path / "closed").mkdir(mode=0)

    assert reasons(tmp_path) == {"closed": "no read permission", "secret.log": "no read permission"}


@pytest.mark.parametrize("name", ["missing.log", "empty-folder", "binary-only"])
def test_nothing_to_read_is_an_error_with_a_hint(tmp_path: Path, name: str) -> None:
    """A missing path, an empty folder and a folder of binaries all end with exit code 4."""
    (tmp_path / "empty-folder").mkdir()
    (tmp_path / "binary-only").mkdir()
    (tmp_path / "binary-only" / "x").write_bytes(bytes(1000))

    with pytest.raises(EvidenceError) as caught:
        FileSource().collect([tmp_path / name])

    assert caught.value.exit_code is ExitCode.EVIDENCE_UNREADABLE
    assert caught.value.hint


def test_standard_input_can_be_opened_twice() -> None:
    """What can be read only once is kept, so that later stages see the same bytes."""
    (artifact,) = FileSource(stdin=io.BytesIO(gzip.compress(TEXT))).collect([Path("-")]).artifacts

    with artifact.open() as first, artifact.open() as second:
        assert (artifact.path, first.read(), second.read()) == ("stdin", TEXT, TEXT)


def test_utf16_and_odd_bytes_are_text(tmp_path: Path) -> None:
    """UTF-16 is read as UTF-8; colour codes, a few NULs and invalid UTF-8 do not make a log binary, and stay."""
    recoded = {"utf16": "utf-16", "utf16-plain": "utf-16-le", "utf16-big": "utf-16-be", "utf32": "utf-32"}
    for name, encoding in recoded.items():
        (tmp_path / name).write_bytes("ERROR größer\n".encode(encoding))
    samples = {
        "ansi": b"\x1b[31mERROR\x1b[0m broken\r\n",
        "nul": b"ERROR bro\0ken and more text\n",
        "latin1": b"ERROR caf\xe9\n",
    }
    for name, data in samples.items():
        (tmp_path / name).write_bytes(data)

    assert content(tmp_path) == samples | dict.fromkeys(recoded, "ERROR größer\n".encode())


@given(
    data=st.binary(max_size=400), prefix=st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00"])
)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, prefix: bytes) -> None:
    """No content makes collecting or reading fail in any way but the documented ones."""
    path = tmp_path_factory.mktemp("fuzz") / "x"
    path.write_bytes(prefix + data)
    try:
        artifacts = FileSource().collect([path]).artifacts
    except EvidenceError:
        return
    for artifact in artifacts:
        try:
            with artifact.open() as stream:
                stream.read()
        except (OSError, EvidenceError):
            pass
