"""JSON and XML that a pipeline may print: no runner finds a command in them, every reader finds the same text."""

import json
import re
from typing import Any

from responder.patterns import lazy

__all__ = ["json_bytes", "printable_xml"]

_MARK = lazy("#(?=#)")
"""`##[` and `##vso[` are obeyed anywhere in a line; both formats have another way to write the first character."""


def json_bytes(value: Any) -> bytes:
    """A JSON document, UTF-8, two spaces of indent, a newline at the end."""
    return (_MARK.sub(r"\\u0023", json.dumps(value, ensure_ascii=False, indent=2)) + "\n").encode()


def printable_xml(text: str) -> str:
    """Escaped XML text or attributes, with every mark of a command spelt as a character reference.

    A line that begins with `::` is a command too.
    """
    return re.sub(r"(?m)^(\s*):(?=:)", r"\1&#58;", _MARK.sub("&#35;", text))
