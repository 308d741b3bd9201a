"""The middle of some numbers; `statistics` has it as well, and loads fractions and random numbers along with it."""

from collections.abc import Iterable

__all__ = ["median"]


def median(values: Iterable[float]) -> float:
    """The middle one of the values in order; between two middle ones, half way.

    Raises:
        ValueError: There is none.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no median of no values")
    upper = len(ordered) // 2
    return ordered[upper] if len(ordered) % 2 else (ordered[upper - 1] + ordered[upper]) / 2
