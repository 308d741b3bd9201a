"""Whether the compiled loops of triage are there; without them it takes longer, to the same result."""

from functools import cache

__all__ = ["has_compiled"]

_VERSION = 6
"""Of `_speed.c`; what was compiled from an older one counts as not there."""


@cache
def has_compiled() -> bool:
    """True when `_speed.c`, as it stands, was compiled for this Python; see docs/decisions/0005."""
    try:
        from responder.triage._speed import VERSION
    except ImportError:
        return False
    return VERSION == _VERSION
