"""The files that lie beside the modules of this package.

`importlib.resources` could read them out of an archive, too. No archive can hold the compiled part of this package, and
loading what that takes cost as much as a small log.

A table in TOML takes thirty times as long to parse as the same in JSON. So `tables.json`, which `make rules` writes,
holds those that a run may need as they are once parsed. It states what it was made from: a table that has changed since
is parsed.
"""

import hashlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

__all__ = ["shipped", "shipped_table", "written"]

_PACKAGE = Path(__file__).parent
_PARSED = "tables.json"
_TABLES = (
    "causes/likelihoods.toml",
    "causes/priors.toml",
    "ci/kinds.toml",
    "ci/wordings.toml",
    "triage/formats/lines.toml",
    "triage/formats/structured.toml",
    "triage/formats/wrappers.toml",
    "triage/remedies.toml",
    "triage/signals/kubernetes/rules.toml",
)


class _Parsed(msgspec.Struct, frozen=True):
    sha256: str
    """Of the TOML file."""
    table: msgspec.Raw


def shipped(name: str) -> Path:
    """Where a file or folder of this package lies.

    Args:
        name: Relative to the package, such as `causes/priors.toml`.
    """
    return _PACKAGE / name


def shipped_table(name: str, *, package: Path = _PACKAGE) -> dict[str, Any]:
    """What a TOML file of this package says; a date in it is its text.

    Args:
        name: As of `shipped`.
        package: Another folder that holds such a file, and a `tables.json`.

    Raises:
        OSError: There is no such file.
        ValueError: It is not TOML.
    """
    raw = (package / name).read_bytes()
    known = _parsed_before(package).get(name)
    if known is not None and known.sha256 == _digest(raw):
        table: dict[str, Any] = msgspec.json.decode(known.table)
        return table
    return _parsed(raw)


def written() -> bytes:
    """The text of `tables.json`."""
    lines = []
    for name in _TABLES:
        raw = shipped(name).read_bytes()
        parsed = _Parsed(_digest(raw), msgspec.Raw(msgspec.json.encode(_parsed(raw))))
        lines.append(msgspec.json.encode(name) + b": " + msgspec.json.encode(parsed))
    return b"{\n" + b",\n".join(lines) + b"\n}\n"


@cache
def _parsed_before(package: Path) -> dict[str, _Parsed]:
    try:
        return msgspec.json.decode((package / _PARSED).read_bytes(), type=dict[str, _Parsed])
    except (OSError, msgspec.DecodeError):
        return {}


def _parsed(raw: bytes) -> dict[str, Any]:
    import tomllib

    table: dict[str, Any] = msgspec.to_builtins(tomllib.loads(raw.decode()))
    return table


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


if __name__ == "__main__":
    sys.stdout.buffer.write(written())
