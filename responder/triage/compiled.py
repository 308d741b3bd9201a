"""Whether the compiled loops of triage are there; without them it takes longer, to the same result."""

import importlib.util
from functools import cache

__all__ = ["has_compiled"]


@cache
def has_compiled() -> bool:
    """True when `_speed.c` was compiled for this Python; see docs/decisions/0005."""
    return importlib.util.find_spec("responder.triage._speed") is not None
