"""Typed values out of plain ones: the package's TOML tables, and what a person typed as a setting.

`msgspec` checks them against their types and bounds. It is no slower to load than the tables are to parse; a library
that builds its validators at each start took longer than explaining a small log.
"""

import re
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from responder.secret import SecretStr

__all__ = ["read_table", "read_value"]

T = TypeVar("T")


def read_table(kind: type[T], table: object) -> T:
    """Build a `msgspec.Struct`, and those inside it, from a parsed TOML table.

    Raises:
        ValueError: A key is unknown or missing, or a value has another type or is out of its bounds; which one is said.
    """
    built: T = _converted(table, kind, strict=True)
    return built


def read_value(kind: Any, value: object) -> Any:
    """The value of one setting, from the text a person typed or from a value that has the type already.

    Raises:
        ValueError: It is no value of that type, or out of its bounds; the message does not repeat a secret.
    """
    if get_origin(kind) is Literal and value not in get_args(kind):
        raise ValueError(f"must be one of {', '.join(map(str, get_args(kind)))}")
    return _converted(value, kind, strict=False)


def _converted(value: object, kind: Any, *, strict: bool) -> Any:
    try:
        return msgspec.convert(value, kind, strict=strict, dec_hook=_custom)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def _custom(kind: Any, value: Any) -> Any:
    """The types that are not the library's own."""
    if kind in (Path, SecretStr):
        return value if isinstance(value, kind) else kind(value)
    if not isinstance(value, str):
        raise TypeError(f"Expected `str`, got `{type(value).__name__}`")
    try:
        return re.compile(value)
    except re.error as error:
        raise ValueError(f"no pattern: {error}") from error
