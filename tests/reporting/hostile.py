"""Text that wants to be more than text, put into every string of the story."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import PurePath
from typing import Any

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from responder.reporting.model import Report
from tests.reporting.builders import CONCLUSION, EXPLANATION, INCIDENT, SANDBOX, TRIAGE, all_verified, report

CLOSED = {
    *("id", "sha256", "code_sha256", "hash", "role", "status", "moment", "outcome", "ending", "stop_reason"),
    *("backend", "kind", "supporting", "contradicting", "evidence", "cause", "effect", "first", "second"),
    *("hypothesis", "verifications"),
}
"""Fields that hold ids, digests and words of our own, never text from outside."""

BAIT = (
    "<img src=x onerror=alert(1)>",
    "<script>fetch('http://evil.example')</script>",
    "</style></pre></svg><b onclick=a()>",
    "![x](http://evil.example/a.png)",
    "[x](javascript:alert(1))",
    "[E1]: http://evil.example",
    "![][E1]",
    "<http://evil.example>",
    "https://evil.example/path",
    "www.evil.example",
    "mailto:a@evil.example",
    "@everyone",
    "```",
    "~~~~",
    "`",
    "``",
    "*",
    "**",
    "_",
    "|",
    "\\",
    "\n# heading",
    "\n\n---\n",
    "\n- item",
    "\n1. item",
    "\n> quote",
    "\n    code",
    "<!--",
    "&lt;img&gt;",
    "&#x3c;",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "\x1b[2J",
    "\x1b]8;;http://evil.example\x07",
    "\x9b31m",
    "\u202e",
    "\u200b",
    "\U000e0041",
    "\ud800",
    "\x00",
    "\r",
    '"',
    "'",
    "hunter2",
    "\U0001f525",
    "\u6570\u636e",
)

texts = st.lists(st.one_of(st.sampled_from(BAIT), st.text(max_size=6)), min_size=1, max_size=7).map(" ".join)


def poisoned(text: str) -> Report:
    """The story with `text` in every string that comes from evidence, models or tools."""
    return report(
        poison(EXPLANATION, text),
        poison(CONCLUSION, text),
        verified=all_verified(EXPLANATION),
        triage=poison(TRIAGE, text),
        incident=poison(INCIDENT, text),
        sandbox=poison(SANDBOX, text),
    )


def poison(value: Any, text: str, name: str = "") -> Any:
    """The same value with `text` instead of each open string, lists and maps included."""
    if isinstance(value, Enum | datetime | PurePath):
        return value
    if isinstance(value, str):
        return value if name in CLOSED else text
    if isinstance(value, tuple):
        return tuple(poison(item, text, name) for item in value)
    if isinstance(value, Mapping):
        return {poison(key, text): poison(item, text) for key, item in value.items()}
    if isinstance(value, Struct):
        return replace(value, **{one: poison(getattr(value, one), text, one) for one in value.__struct_fields__})
    return value
