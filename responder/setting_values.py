"""What the values of some settings must be, beyond their type."""

import re
from urllib.parse import urlsplit

from responder.secret import SecretStr

__all__ = ["header_safe", "label_matchers", "secret_server", "web_address"]

_MATCHER = r'[A-Za-z_]\w{0,100}\s{0,9}(?:=~|!~|!=|=)\s{0,9}"(?:[^"\\]|\\.){0,500}"'


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
