"""What every evidence source promises: originals opened safely, read as streams, never extracted or altered."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

from msgspec import Struct

__all__ = ["Artifact", "Collection", "EvidenceSource", "Skipped"]


class Artifact(Struct, frozen=True):
    """One stream of original bytes: a file, standard input, or a member of an archive."""

    path: str
    """Relative to the input, with `/`; a member of an archive is `archive.zip!/member`. Unique in a run."""
    size_bytes: int
    """Bytes of the content as `open` gives it when known, else of the compressed file."""
    opener: Callable[[], BinaryIO]
    """Opens the content from its first byte, decompressed. Each call gives a fresh stream the caller closes."""
    file: Path | None = None
    """The plain file that holds exactly these bytes, when there is one (so it can be mapped or split)."""
    encoding: str = ""
    """What the original is written in, when `open` gives it recoded to UTF-8: `utf-16-le`. Empty: as it stands."""

    def open(self) -> BinaryIO:
        """Open the content from its first byte.

        Raises:
            EvidenceError: The file is gone, changed its type, or its compression is damaged from the start.
        """
        return self.opener()


class Skipped(Struct, frozen=True):
    """Something in the inputs that was not read, and why. It is reported, never an error by itself."""

    path: str
    reason: str
    """One plain clause: `named pipe`, `no read permission`, `empty`, `larger than the archive limit`."""
    hint: str = ""


class Collection(Struct, frozen=True):
    """Everything the inputs hold, in a fixed order (sorted by path)."""

    artifacts: tuple[Artifact, ...]
    skipped: tuple[Skipped, ...] = ()


class EvidenceSource(Protocol):
    """Where inputs come from."""

    def collect(self, inputs: Sequence[Path]) -> Collection:
        """Open every input, walking folders and archives.

        A file that cannot be read becomes a `Skipped`. Symbolic links are not followed, nothing is extracted to
        disk, and archive bombs are refused by ratio and size.

        Raises:
            EvidenceError: An input does not exist, or not one artifact could be read.
        """
        ...
