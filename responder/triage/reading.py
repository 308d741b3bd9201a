"""Blocks of whole lines of what is too large to hold, and the threads that count them.

Of a line longer than a block only the start is given: memory stays bounded by the block. What reads, decompresses,
hashes and counts lets other threads run meanwhile, so that files are counted on every core while Python looks at the
ones before. The result does not depend on how many threads there are.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from queue import Full, Queue, SimpleQueue
from threading import Event, Thread
from typing import BinaryIO, Generic, TypeVar, cast

__all__ = ["LARGE_BLOCK_BYTES", "MOST_BLOCK_BYTES", "Coming", "Workers", "read_ahead", "stream_blocks"]

_BLOCK_BYTES = 1 << 20
"""What a core's cache and the heap hold without new pages: a third faster than blocks of 2 MB."""
_KEPT_BYTES = 1 << 20
"""Of a line that does not end within its block."""
LARGE_BLOCK_BYTES = 4 << 20
"""Where Python is busy with other files: each block waits some milliseconds until it lets go."""
MOST_BLOCK_BYTES = LARGE_BLOCK_BYTES + _KEPT_BYTES
"""What one block may hold."""
_AHEAD = 4

T = TypeVar("T")


class Coming(Generic[T]):
    """What a thread will have done."""

    def __init__(self) -> None:
        self._outcome: SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = SimpleQueue()

    @classmethod
    def failed(cls, error: BaseException) -> "Coming[T]":
        """What cannot be done."""
        coming = cls()
        coming._outcome.put((None, error))
        return coming

    @classmethod
    def done(cls, task: Callable[[], T]) -> "Coming[T]":
        """What was done at once."""
        coming = cls()
        coming.settle(task)
        return coming

    def settle(self, task: Callable[[], T]) -> None:
        """Do it."""
        try:
            self._outcome.put((task(), None))
        except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
            self._outcome.put((None, error))

    def result(self) -> T:
        """Wait for it; can be asked for once."""
        result, error = self._outcome.get()
        if error is not None:
            raise error
        return cast(T, result)


class Workers:
    """Threads that do one thing after another; no program waits for them before it ends.

    Args:
        count: How many.
    """

    def __init__(self, count: int) -> None:
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._count = count
        for _ in range(count):
            Thread(target=self._work, daemon=True).start()

    def submit(self, task: Callable[[], T]) -> Coming[T]:
        """Have a task done when a thread is free."""
        coming = Coming[T]()
        self._tasks.put(partial(coming.settle, task))
        return coming

    def close(self) -> None:
        """Let the threads end once nothing waits."""
        for _ in range(self._count):
            self._tasks.put(None)

    def _work(self) -> None:
        while settle := self._tasks.get():
            settle()
            del settle


def stream_blocks(
    stream: BinaryIO, seen: Callable[[memoryview], object], block_bytes: int = _BLOCK_BYTES
) -> Iterator[tuple[memoryview, int]]:
    """Blocks of whole lines of what can be read only once, and how many bytes of the stream each stands for.

    A block is good until the next is asked for: all are read into the same memory, which is several times cheaper than
    to have the system find and clear new pages for each.

    Args:
        stream: What to read.
        seen: Called with every byte.
        block_bytes: How much to read at once.
    """
    held = passed = 0
    space = bytearray(block_bytes + _KEPT_BYTES)
    view = memoryview(space)
    while count := stream.readinto(view[held : held + block_bytes]):  # type: ignore[attr-defined]
        end = held + count
        seen(view[held:end])
        cut = space.rfind(b"\n", held, end) + 1
        if not cut:
            held = min(end, _KEPT_BYTES)
            passed += end - held
            continue
        start = 0
        if passed:
            # The end of a long line of which only the start is kept: the newline stays.
            start = space.find(b"\n", held, end) + 1
            space[held] = ord("\n")
            yield view[: held + 1], passed + start
        if cut > start:
            yield view[start:cut], cut - start
        held = min(end - cut, _KEPT_BYTES)
        passed = end - cut - held
        view[:held] = view[cut : cut + held]
    if held:
        yield view[:held], held + passed


def read_ahead(blocks: Iterable[tuple[memoryview, int]]) -> Iterator[tuple[bytes, int]]:
    """The same blocks, good for ever, read and decompressed on a thread while the one before is counted."""
    queue: Queue[tuple[bytes, int] | BaseException | None] = Queue(_AHEAD)
    stopped = Event()

    def put(item: tuple[bytes, int] | BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                queue.put(item, timeout=0.1)
            except Full:
                continue
            return True
        return False

    def read() -> None:
        try:
            for block, size in blocks:
                if not put((bytes(block), size)):
                    return
            put(None)
        except BaseException as error:  # noqa: BLE001 - raised again where the blocks are used
            put(error)

    thread = Thread(target=read, daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        thread.join()
