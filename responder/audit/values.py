"""Data of an event reduced to what a canonical line can hold, with the secrets taken out."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from responder.audit.chain import timestamp
from responder.safety.interface import TextRedactor

__all__ = ["plain"]

_MAX_DEPTH = 40
_SAFE_INTEGER = 2**63


def plain(data: Mapping[str, Any], redactor: TextRedactor) -> dict[str, Any]:
    """Copy event data as JSON values without floats, every text redacted.

    Floats and integers beyond 64 bits become strings, times RFC 3339, sequences and sets lists. Anything else
    becomes its `str`, and what is nested too deeply a note: a record is never refused for its content.
    """
    return _mapping(data, redactor, 0)


def _mapping(data: Mapping[Any, Any], redactor: TextRedactor, depth: int) -> dict[str, Any]:
    return {redactor.redact(str(key)): _value(str(key), value, redactor, depth + 1) for key, value in data.items()}


def _value(name: str, value: Any, redactor: TextRedactor, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return redactor.redact_field(name, str(value))
    if isinstance(value, int):
        return int(value) if abs(value) < _SAFE_INTEGER else hex(value)
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, datetime):
        return timestamp(value)
    if depth >= _MAX_DEPTH:
        return "[nested too deeply]"
    if isinstance(value, Mapping):
        return _mapping(value, redactor, depth)
    if isinstance(value, AbstractSet):
        value = sorted(value, key=str)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_value(name, item, redactor, depth + 1) for item in value]
    return redactor.redact_field(name, str(value))
