"""From what a person typed to the value of a setting: read by the setting's type, then checked by what it is for.

Written out here and not left to a validation library: every command reads its settings first, and building the
library's model of them took longer than explaining a small log. What is wrong is said as the end of a sentence that
begins with the setting's name.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

from responder.secret import SecretStr

__all__ = ["CHECK", "between", "checked", "header_safe", "label_matchers", "read_value", "secret_server", "web_address"]

Check = Callable[[Any], Any]
"""Gives the value back, perhaps tidied, or raises `ValueError`."""

CHECK = "check"
"""The key of a field's metadata under which its check stands."""
_YES = frozenset({"1", "true", "t", "yes", "y", "on"})
_NO = frozenset({"0", "false", "f", "no", "n", "off"})
_MATCHER = r'[A-Za-z_]\w{0,100}\s{0,9}(?:=~|!~|!=|=)\s{0,9}"(?:[^"\\]|\\.){0,500}"'


def checked(check: Check) -> Mapping[str, Check]:
    """The metadata of a dataclass field whose value goes through a check."""
    return {CHECK: check}


def read_value(kind: Any, value: object, metadata: Mapping[str, Any]) -> Any:
    """The value of one setting.

    Args:
        kind: The setting's type: a plain one, `Literal`, or either with `| None`.
        value: What was given: a text, or a value that has the type already.
        metadata: May hold a check; see `checked`.

    Raises:
        ValueError: It is no value of this setting; the message holds no part of it.
    """
    if isinstance(kind, UnionType):
        kind = next(one for one in get_args(kind) if one is not type(None))
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(map(str, choices))}")
        return value
    read = value if isinstance(value, kind) else _READERS[kind](str(value).strip())
    return metadata[CHECK](read) if CHECK in metadata else read


def _number(kind: Callable[[str], float], text: str, noun: str) -> float:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"must be a {noun}") from None


def _truth(text: str) -> bool:
    word = text.lower()
    if word not in _YES | _NO:
        raise ValueError("must be true or false")
    return word in _YES


_READERS: Mapping[type, Callable[[str], Any]] = {
    str: str,
    int: lambda text: _number(int, text, "whole number"),
    float: lambda text: _number(float, text, "number"),
    bool: _truth,
    Path: Path,
    SecretStr: SecretStr,
}


def between(least: float, most: float = float("inf"), *, above: bool = False) -> Mapping[str, Check]:
    """Metadata: the number is within these bounds, or above the lower one when that itself is too little."""

    def check(value: float) -> float:
        # Written so that "not a number", for which every comparison is false, is refused.
        if not (value > least if above else value >= least):
            raise ValueError(f"must be {'more than' if above else 'at least'} {least:g}")
        if value > most:
            raise ValueError(f"must be at most {most:g}")
        return value

    return checked(check)


def web_address(value: str) -> str:
    """Check: empty, or the address of something that speaks HTTP."""
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return value


def secret_server(value: SecretStr) -> SecretStr | None:
    """Check: the same for an address that may hold a password, which must name a server too."""
    address = web_address(value.get_secret_value())
    if not address:
        return None
    try:
        parts = urlsplit(address)
        known = bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ValueError("is no address of a server")
    return value


def label_matchers(value: str) -> str:
    """Check: label matchers of Prometheus, with or without their braces."""
    inside = value.strip().removeprefix("{").removesuffix("}").strip()
    if inside and not re.fullmatch(rf"{_MATCHER}(?:\s{{0,9}},\s{{0,9}}{_MATCHER}){{0,20}}", inside):
        raise ValueError('must be label matchers, such as namespace="shop"')
    return inside


def header_safe(value: SecretStr) -> SecretStr:
    """Check: a key with a line break or a typographic quote fails deep inside the HTTP library, key in the message."""
    if not (value.get_secret_value().isascii() and value.get_secret_value().isprintable()):
        raise ValueError("holds characters that no key has")
    return value
