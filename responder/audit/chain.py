"""The form of one journal line and the hash that binds it to the line before.

An entry is one line of JSON in canonical form: keys sorted, no spaces, ASCII only, no floats. The same entry is
therefore always the same bytes, without a library for it. `hash` is the SHA-256 of the canonical form of all other
fields, `prev` the hash of the entry before.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

__all__ = ["EMPTY_HASH", "Entry", "canonical", "parse_entry", "seal", "timestamp"]

EMPTY_HASH = "0" * 64
"""What the first entry follows."""

_FIELDS = frozenset({"seq", "time", "monotonic", "event", "data", "prev", "hash"})


class Entry(Struct, frozen=True):
    """One line of a journal."""

    seq: int
    """From 1, without gaps."""
    time: str
    """RFC 3339, UTC, microseconds."""
    monotonic: int
    """Nanoseconds of a clock that never jumps; only differences within one process mean anything."""
    event: str
    data: Mapping[str, Any]
    """JSON values without floats: they were written as strings, `0.25` as `"0.25"`."""
    prev: str
    hash: str


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds: `2026-03-01T08:00:00.000000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one byte form of a JSON object that holds no floats."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def seal(fields: Mapping[str, Any]) -> tuple[bytes, str]:
    """Add the hash to the other fields of an entry.

    Returns:
        The line to write, newline included, and the hash.
    """
    digest = hashlib.sha256(canonical(fields)).hexdigest()
    return canonical({**fields, "hash": digest}) + b"\n", digest


def parse_entry(line: bytes) -> Entry:
    """Read one line, without its newline, and check the form and its own hash.

    Raises:
        ValueError: It is not an entry as this tool writes them; the message says in which way.
    """
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("is not a journal entry") from None
    if not isinstance(fields, dict) or fields.keys() != _FIELDS or not isinstance(fields["data"], dict):
        raise ValueError("is not a journal entry")
    if type(fields["seq"]) is not int or type(fields["monotonic"]) is not int:
        raise ValueError("is not a journal entry")
    claimed = fields.pop("hash")
    try:
        sealed, digest = seal(fields)
    except (ValueError, RecursionError):
        raise ValueError("is not in canonical form") from None
    if claimed != digest:
        raise ValueError("was changed: its hash does not match its content")
    if sealed != line + b"\n":
        raise ValueError("was changed: it is not in canonical form")
    return Entry(**fields, hash=digest)
