"""Members of zip and tar archives as artifacts, read in place: nothing is ever extracted to disk."""

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from msgspec import Struct

from responder.errors import EvidenceError

if TYPE_CHECKING:
    import tarfile
    import zipfile

__all__ = ["ArchiveLimits", "Member", "members_of_tar", "members_of_zip"]

Opener = Callable[[], BinaryIO]


class ArchiveLimits(Struct, frozen=True):
    """What an archive may hold before it is refused as a bomb."""

    members: int = 5_000
    member_bytes: int = 1 << 30
    total_bytes: int = 4 << 30
    ratio: int = 250
    """Unpacked to packed; logs reach 60, crafted bombs 1,000 and more."""
    ratio_free_bytes: int = 16 << 20
    """Below this size no ratio is looked at: a short log of one repeated line packs very well."""


class Member(Struct, frozen=True):
    """One entry of an archive: readable when `opener` is set, else refused for `reason`."""

    name: str
    size_bytes: int = 0
    opener: Opener | None = None
    reason: str = ""


def members_of_zip(opener: Opener, limits: ArchiveLimits) -> Iterator[Member]:
    """Every entry of a zip archive, in archive order.

    Raises:
        EvidenceError: It is not a readable zip archive.
    """
    import zipfile  # archives are rare, and every start would pay for it

    try:
        with opener() as stream, zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise EvidenceError(f"damaged zip archive: {error}") from error
    total, end = 0, -1
    for index, entry in enumerate(sorted(entries, key=lambda entry: entry.header_offset)):
        if index >= limits.members:
            yield Member("...", reason=f"more than {limits.members} members in the archive")
            return
        if entry.is_dir():
            continue
        name = entry.filename
        total += entry.file_size
        reason = _refusal(entry.file_size, entry.compress_size, total, limits) or _bad_name(name)
        if entry.header_offset < end:
            reason = "overlapping archive members"
        end = entry.header_offset + entry.compress_size
        if entry.flag_bits & 1:
            reason = "encrypted"
        elif (entry.external_attr >> 16) & 0o170000 == 0o120000:
            reason = "symbolic link, not followed"
        yield Member(name, reason=reason) if reason else Member(name, entry.file_size, _zip_opener(opener, entry))


def members_of_tar(opener: Opener, packed_bytes: int, limits: ArchiveLimits) -> Iterator[Member]:
    """Every entry of an uncompressed tar stream, in archive order; a damaged tail ends the list with a refusal.

    Raises:
        EvidenceError: Not even the first header is readable.
    """
    import tarfile

    total = count = 0
    try:
        with opener() as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for entry in archive:
                count += 1
                if count > limits.members:
                    yield Member("...", reason=f"more than {limits.members} members in the archive")
                    return
                if entry.isdir():
                    continue
                total += entry.size
                reason = _tar_kind(entry) or _refusal(entry.size, 0, total, limits) or _bad_name(entry.name)
                if not reason and total > max(limits.ratio_free_bytes, packed_bytes * limits.ratio):
                    reason = f"unpacks to more than {limits.ratio} times its size"
                if reason:
                    yield Member(entry.name, reason=reason)
                    if total > limits.total_bytes or "unpacks" in reason:
                        return
                else:
                    yield Member(entry.name, entry.size, _tar_opener(opener, entry.offset_data, entry.size))
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        if count == 0:
            raise EvidenceError(f"damaged tar archive: {error}") from error
        yield Member("...", reason=f"the archive is damaged after member {count}: {error}")


def _tar_kind(entry: "tarfile.TarInfo") -> str:
    if entry.issym() or entry.islnk():
        return "link in an archive, not followed"
    if not entry.isreg():
        return "not a regular file"
    return "sparse member" if entry.issparse() else ""


def _refusal(size: int, packed: int, total: int, limits: ArchiveLimits) -> str:
    if size > limits.member_bytes:
        return f"larger than the archive limit of {limits.member_bytes >> 20} MB a member"
    if total > limits.total_bytes:
        return f"the archive holds more than {limits.total_bytes >> 20} MB"
    if packed and size > limits.ratio_free_bytes and size > packed * limits.ratio:
        return f"unpacks to more than {limits.ratio} times its size"
    return ""


def _bad_name(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":"):
        return "path leads outside the archive"
    return "control character in its name" if any(ord(c) < 32 or ord(c) == 127 for c in name) else ""


def _zip_opener(opener: Opener, entry: "zipfile.ZipInfo") -> Opener:
    import zipfile

    def open_member() -> BinaryIO:
        stream = opener()
        try:
            archive = zipfile.ZipFile(stream)
            member = archive.open(entry)
        except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
            stream.close()
            raise EvidenceError(f"damaged zip member {entry.filename!r}: {error}") from error
        return cast(BinaryIO, io.BufferedReader(_Bounded(cast(BinaryIO, member), entry.file_size, stream)))

    return open_member


def _tar_opener(opener: Opener, offset: int, size: int) -> Opener:
    def open_member() -> BinaryIO:
        stream = opener()
        if stream.seekable():
            stream.seek(offset)
        else:
            left = offset
            while left and (part := stream.read(min(left, 1 << 20))):
                left -= len(part)
        return cast(BinaryIO, io.BufferedReader(_Bounded(stream, size, stream)))

    return open_member


class _Bounded(io.RawIOBase):
    """At most `size` bytes of a stream: a member that lies about its size ends where it said."""

    def __init__(self, stream: BinaryIO, size: int, below: BinaryIO) -> None:
        self._stream, self._left, self._below = stream, size, below

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._stream.read(min(len(buffer), self._left))
        except Exception as error:  # BadZipFile, zlib.error, EOFError share no base class
            raise OSError(f"damaged archive member: {error}") from error
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._below.close()
        super().close()
