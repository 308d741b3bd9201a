"""One pass over typed values that makes every string in them fit to print: sanitised first, then redacted.

It walks whole records instead of naming fields, so a field that a stage adds later is covered on the day it is
added. Sanitising comes first, since a colour code in the middle of a token would hide it from the redactor,
and cutting comes last, since half a secret is no longer recognised as one.
"""

import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path, PurePath
from typing import Any, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from responder.safety.sanitise import sanitise

__all__ = ["MAX_QUOTED_CHARS", "Redactor", "clean"]

MAX_QUOTED_CHARS = 64_000
"""Longer quotations keep their head and tail around a marker line."""

_QUOTED = frozenset({"text", "code", "output"})
_DIGESTS = frozenset({"sha256", "code_sha256", "hash"})
# 64 hex digits are how a redactor recognises some keys, and a digest that no longer compares is worth nothing.

T = TypeVar("T")


class Redactor(Protocol):
    """Whatever removes secrets from a text."""

    def redact(self, text: str) -> str:
        """The text with each secret replaced by a placeholder."""
        ...


def clean(value: T, redactor: Redactor) -> T:
    """The same value with every string in it sanitised and redacted.

    Quotations (`text`, `code`, `output`) keep their lines; every other string becomes one line. Digests, enum members
    and everything that is not text stay as they are. Keys of mappings are cleaned too.
    """
    cleaned: T = _clean(value, redactor)
    return cleaned


def _clean(value: Any, redactor: Redactor, name: str = "") -> Any:
    if value is None or isinstance(value, int | float | Enum) or name in _DIGESTS:
        return value
    if isinstance(value, str):
        return _quoted(value, redactor) if name in _QUOTED else _one_line(value, redactor)
    if isinstance(value, PurePath):
        return Path(_one_line(str(value), redactor))
    if isinstance(value, tuple):
        return tuple(_clean(item, redactor, name) for item in value)
    if isinstance(value, Struct):
        return replace(
            value, **{each: _clean(getattr(value, each), redactor, each) for each in value.__struct_fields__}
        )
    if isinstance(value, Mapping):
        return {_clean(key, redactor): _clean(item, redactor) for key, item in value.items()}
    return value


def _one_line(text: str, redactor: Redactor) -> str:
    return " ".join(_readable(text, redactor).split())


def _quoted(text: str, redactor: Redactor) -> str:
    return _bounded(_readable(text, redactor), MAX_QUOTED_CHARS)


def _readable(text: str, redactor: Redactor) -> str:
    return sanitise(redactor.redact(sanitise(text, max_line_chars=sys.maxsize)))


def _bounded(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head, tail = _between_lines(text[: limit * 3 // 4], text[-limit // 4 :])
    left_out = text.count("\n") - head.count("\n") - tail.count("\n") - 1
    return f"{head}\n[... {left_out} lines left out ...]\n{tail}"


def _between_lines(head: str, tail: str) -> tuple[str, str]:
    """Cut back to whole lines where there are any."""
    return head.rpartition("\n")[0] or head, tail.partition("\n")[2] or tail
