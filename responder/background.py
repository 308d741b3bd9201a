"""Blocking work off the event loop, on threads that never keep the process alive.

`asyncio.to_thread` uses a pool that `asyncio.run` joins on its way out, so one long read would turn Ctrl-C into a
wait. A daemon thread is simply left behind.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

__all__ = ["in_background"]

P = ParamSpec("P")
T = TypeVar("T")


async def in_background(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking function on a daemon thread and wait for its result.

    When the caller is cancelled the thread goes on and its result is dropped; `function` must not own anything that
    has to be released in order.

    Raises:
        Exception: Whatever `function` raises.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def deliver(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # None only when T allows it

    def work() -> None:
        result, error = None, None
        try:
            result = function(*args, **kwargs)
        except BaseException as raised:  # noqa: BLE001 - it is handed to the waiting caller
            error = raised
        # The loop may be closed when the caller gave up long ago.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(deliver, result, error)

    threading.Thread(target=work, name=getattr(function, "__name__", "work"), daemon=True).start()
    return await future
