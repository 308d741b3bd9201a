"""Which faults of a provider pass by themselves, how long to wait for them, and how to name the others."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

from responder.team.models.wire import UnusableReply

__all__ = ["CallTimeout", "Patience", "described", "may_pass", "retry_after", "status_of"]

_PASSING_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_DESCRIBED_CHARACTERS = 300


class CallTimeout(Exception):
    """One call took longer than it may."""


class Patience(Struct, frozen=True):
    """How a call is tried again."""

    attempts: int = 4
    """Requests for one answer, the first included."""
    timeouts: int = 2
    """Of these, how many may end in silence; each has cost a whole `call_seconds`."""
    call_seconds: float = 120.0
    """Longest wait for one answer."""
    first_pause_seconds: float = 0.5
    """Doubles with each attempt, plus as much again by chance, so that many runs do not knock together."""
    longest_pause_seconds: float = 20.0
    """Bound of a pause that the endpoint did not ask for."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    def pause(self, attempt: int) -> float:
        """Return the seconds to wait after a number of failed attempts."""
        doubled = self.first_pause_seconds * 2.0 ** (attempt - 1)
        return float(min(self.longest_pause_seconds, doubled * (1.0 + self.chance())))


def may_pass(error: BaseException) -> bool:
    """Tell a fault that another try may cure from one that it cannot."""
    known = getattr(error, "passes", None)
    if isinstance(known, bool):
        return known
    status = status_of(error)
    if status is not None:
        return status in _PASSING_STATUS
    if isinstance(error, CallTimeout):
        return True
    if any(isinstance(cause, UnusableReply) for cause in _causes(error)):
        return False
    name = type(error).__name__
    return "Timeout" in name or "Connection" in name


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status that an error stands for, if it stands for one."""
    for cause in _causes(error):
        status = getattr(cause, "status_code", None)
        if isinstance(status, int):
            return status
    return None


def retry_after(error: BaseException, now: datetime) -> float | None:
    """Return the seconds that the endpoint asks to wait, from `Retry-After` as a number or as a date.

    Args:
        error: What the provider's library raised.
        now: The wall clock, to which a date is compared.
    """
    headers = getattr(getattr(error, "response", None), "headers", None)
    value = str(headers.get("retry-after", "")).strip() if headers is not None else ""
    if value.isdecimal():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def described(error: BaseException) -> str:
    """Name a fault in one line; the text may hold whatever the endpoint sent, a key included."""
    for cause in _causes(error):
        if isinstance(cause, UnusableReply | CallTimeout):
            return str(cause)
    status = status_of(error)
    words = " ".join(str(error).split())
    shown = words if len(words) <= _DESCRIBED_CHARACTERS else f"{words[:_DESCRIBED_CHARACTERS]}..."
    if status is not None:
        return f"HTTP {status}: {shown}"
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised from; a chain that bites its tail ends."""
    for _ in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__
