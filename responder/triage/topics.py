"""What a line may be about, as single words tell it; they are looked for before the patterns that are sure of it.

A topic that a line has no word of need not be asked for. One that it has a word of may still be none of it.
"""

from collections.abc import Sequence

__all__ = ["ANY", "COMPLAINT", "HEADER", "LEVEL", "NONE", "QUANTITY", "words_of_topics"]

HEADER, LEVEL, COMPLAINT, QUANTITY = 1, 2, 4, 8
"""A format that nothing else tells, a level in passing, trouble in plain words, a number that may climb."""
NONE, ANY = 0, 15

_LEVEL = ("trace", "debug", "info", "notice", "warn", "err", "severe", "fatal", "crit", "panic", "emerg", "alert",
          "level", "lvl", "severity")  # fmt: skip
_COMPLAINT = (
    "fail", "error", "can", "could", "unable", "refus", "denied", "reject", "timed out", "timedout", "time out",
    "timeout", "unreachable", "unavailable", "not", "no response", "lost", "dropp", "abort", "corrupt", "exceeded",
    "exhausted", "overflow", "stuck", "hung", "blocked", "killed", "crashed", "panic", "fatal", "invalid", "bad",
    "gave up", "giving up", "missing", "bounced", "expired", "unauthorized", "forbidden", "unhealthy", "degraded",
    "faulted", "offline", "wrong", "slow", "full", "split", "no ",
)  # fmt: skip
_QUANTITY = (
    "mem",
    "heap",
    "rss",
    "disk",
    "active",
    "connection",
    "queue",
    "backlog",
    "lag",
    "pending",
    "open",
    "thread",
)


def words_of_topics(headers: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The words of each topic, in lower case and in the order of their bits.

    Args:
        headers: What tells formats that nothing else tells.
    """
    return tuple(headers), _LEVEL, _COMPLAINT, _QUANTITY
