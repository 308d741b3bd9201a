"""What was fetched, on disk: the table that is the evidence, and beside it what was not told."""

import hashlib
import io
import json
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from msgspec import Struct
from msgspec.structs import asdict
from pydantic import BaseModel, ConfigDict, ValidationError

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Collection, Skipped
from responder.evidence.prometheus.interface import FOLDER

__all__ = ["Kept", "KeptMetrics", "joined", "keep"]

_TABLE = "metrics.csv"
_RECORD = "fetched.json"


class Kept(Struct, frozen=True):
    """The outcome of asking once."""

    table: bytes
    """Empty when nothing was told."""
    skipped: tuple[Skipped, ...] = ()


class _Gap(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    reason: str
    hint: str = ""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    not_told: tuple[_Gap, ...]


def keep(kept: Kept, folder: Path) -> None:
    """Write the outcome into a folder of its own; the record goes last, so that it stands for a whole table.

    Raises:
        EvidenceError: The folder cannot be written.
    """
    record = {"sha256": hashlib.sha256(kept.table).hexdigest(), "not_told": [asdict(gap) for gap in kept.skipped]}
    try:
        folder.mkdir(mode=0o755, exist_ok=True)
        if kept.table:
            (folder / _TABLE).write_bytes(kept.table)
        (folder / _RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise EvidenceError(f"what {FOLDER} said cannot be kept: {error.strerror}") from error


def _load(folder: Path) -> Kept:
    """Read an outcome back.

    Raises:
        EvidenceError: It is not there, or not as it was written.
    """
    try:
        record = _Record.model_validate_json((folder / _RECORD).read_bytes())
        table = (folder / _TABLE).read_bytes() if (folder / _TABLE).is_file() else b""
    except (OSError, ValidationError) as error:
        raise EvidenceError(f"what {FOLDER} said is not in {str(folder)!r} any more") from error
    if hashlib.sha256(table).hexdigest() != record.sha256:
        raise EvidenceError(f"{str(folder / _TABLE)!r} was changed since it was fetched")
    return Kept(table, tuple(Skipped(gap.path, gap.reason, gap.hint) for gap in record.not_told))


def joined(files: Collection, kept: Kept, folder: Path | None) -> Collection:
    """What the files hold and what was fetched.

    Raises:
        EvidenceError: There is neither.
    """
    told = _artifacts(kept, folder)
    if not files.artifacts and not told:
        reason = kept.skipped[0] if kept.skipped else Skipped(FOLDER, "it told nothing")
        raise EvidenceError(f"no evidence: {FOLDER} was the only source, and {reason.reason}", hint=reason.hint)
    artifacts = sorted((*files.artifacts, *told), key=lambda artifact: artifact.path)
    return Collection(tuple(artifacts), (*files.skipped, *kept.skipped))


def _artifacts(kept: Kept, folder: Path | None) -> tuple[Artifact, ...]:
    if not kept.table:
        return ()

    def opener() -> BinaryIO:
        return cast(BinaryIO, io.BytesIO(kept.table))

    return (Artifact(f"{FOLDER}/{_TABLE}", len(kept.table), opener, folder / _TABLE if folder else None),)


class KeptMetrics:
    """The `LiveSource` of a run that is repeated: what the server had said then.

    Args:
        folder: Where the run kept it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def extend(self, files: Collection, now: datetime) -> Collection:
        """See `LiveSource.extend`."""
        return joined(files, _load(self._folder), self._folder)
