"""The tries of one call: how often, how long, and with which pauses between them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from autogen_core.models import CreateResult
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from responder.team.models.patience import CallTimeout, Patience, may_pass, retry_after

__all__ = ["Attempts"]


class Attempts:
    """Tries one call until it is answered, fails for good, or its time is over.

    Args:
        patience: How a call is tried again.
        seconds: What all tries may take together, pauses included.
        now: The time of day, for a `Retry-After` that is a date.
        may_go_on: Whether the limits of the run allow another try.
    """

    def __init__(
        self, patience: Patience, *, seconds: float, now: Callable[[], datetime], may_go_on: Callable[[], bool]
    ) -> None:
        self._patience = patience
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._now = now
        self._may_go_on = may_go_on
        self._silences = 0

    async def run(self, ask: Callable[[], Awaitable[CreateResult]]) -> CreateResult:
        """Ask.

        Raises:
            CallTimeout: There was no answer in time.
            Exception: Whatever the last try raised.
        """
        retrying = AsyncRetrying(
            stop=self._is_over,
            wait=self._pause,
            sleep=self._patience.sleep,
            retry=retry_if_exception(may_pass),
            reraise=True,
        )
        return await retrying(self._attempt, ask)

    async def _attempt(self, ask: Callable[[], Awaitable[CreateResult]]) -> CreateResult:
        try:
            async with asyncio.timeout(min(self._patience.call_seconds, max(0.0, self._left))):
                return await ask()
        except TimeoutError as error:
            self._silences += 1
            raise CallTimeout("it did not answer in time") from error

    @property
    def _left(self) -> float:
        return self._deadline - asyncio.get_running_loop().time()

    def _is_over(self, state: RetryCallState) -> bool:
        return (
            stop_after_attempt(self._patience.attempts)(state)
            or self._silences >= self._patience.timeouts
            or state.upcoming_sleep >= self._left
            or not self._may_go_on()
        )

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = retry_after(error, self._now()) if error else None
        return self._patience.pause(state.attempt_number) if asked is None else asked
