"""The causes that many tools word in their own way, read from `wordings.toml`."""

import re
from functools import cache

from msgspec import Struct

from responder.patterns import lazy
from responder.shipped import shipped_table

__all__ = ["Wording", "cause_of", "packaged_wordings"]

_MOST_CHARS = 2000


class Wording(Struct, frozen=True):
    """One cause and how it is told."""

    id: str
    patterns: tuple[re.Pattern[str], ...]
    says: tuple[str, ...]
    """Lines that tell it."""


def cause_of(line: str) -> tuple[str, ...]:
    """The cause a line tells and the name that belongs to it; empty when the line is nobody's.

    Args:
        line: Sanitised, without what a runner or builder puts before it.
    """
    line = line[:_MOST_CHARS].strip()
    for wording in packaged_wordings():
        for pattern in wording.patterns:
            if match := pattern.search(line):
                return (wording.id, *(value.lower() for value in match.groupdict().values() if value))
    return ()


@cache
def packaged_wordings() -> tuple[Wording, ...]:
    """Every cause, in the order they are tried."""
    table = shipped_table("ci/wordings.toml")
    return tuple(
        Wording(row["id"], tuple(lazy(text) for text in row["patterns"]), tuple(row["says"])) for row in table["cause"]
    )
