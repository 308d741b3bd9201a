"""Blocks of whole lines of what is too large to hold, counted here or in processes of their own.

A file is always cut into the same ranges and the same blocks, whoever counts them, so the result does not depend on
the number of processes. Of a line longer than a block only the start is given: memory stays bounded by the block.
"""

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from queue import Empty, Full, Queue, SimpleQueue
from threading import Event, Thread
from typing import BinaryIO

from responder.triage.scan import Part, add, merge
from responder.triage.tally import Column

__all__ = ["MOST_BLOCK_BYTES", "count_file", "count_range", "read_ahead", "serve", "stream_blocks"]

_BLOCK_BYTES = 1 << 20
"""What a core's cache and the heap hold without new pages: a third faster than blocks of 2 MB."""
_RANGE_BYTES = 32 << 20
_KEPT_BYTES = 1 << 20
"""Of a line that does not end within its block."""
MOST_BLOCK_BYTES = _BLOCK_BYTES + _KEPT_BYTES
"""What one block may hold."""
_AHEAD = 4
_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from responder.triage.reading import serve; serve()"

Task = tuple[str, int, int, Column | None]
"""Path, first byte, end, minute column."""


def count_file(path: Path, size: int, column: Column | None, workers: int) -> tuple[Part, int, str]:
    """Count the first `size` bytes of a file.

    Returns:
        The part, the bytes it is of, and their SHA-256.
    """
    digest: list[str] = []
    hashing = Thread(target=lambda: digest.append(_digest(path, size)), daemon=True)
    hashing.start()
    tasks: list[Task] = [(str(path), at, min(size, at + _RANGE_BYTES), column) for at in range(0, size, _RANGE_BYTES)]
    part = Part()
    for counted in _pooled(tasks, workers) if min(workers, len(tasks)) > 1 else map(count_range, tasks):
        part = merge(part, counted)
    hashing.join()
    return part, size, digest[0] if digest else _digest(path, size)


def count_range(task: Task) -> Part:
    """Count the lines that begin inside a range of bytes."""
    name, start, end, column = task
    part = Part()
    with Path(name).open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        offset = start
        if start:
            stream.seek(start - 1)
            offset = start - 1 + _skip_line(stream, end - start + 1)
        while offset < end and (block := stream.read(min(_BLOCK_BYTES, end - offset))):
            length = len(block)
            if not block.endswith(b"\n"):
                rest = stream.readline(_KEPT_BYTES)
                length += len(rest)
                if len(rest) == _KEPT_BYTES and not rest.endswith(b"\n"):
                    length += _skip_line(stream, size)
                block += rest
            add(part, block, offset, column)
            offset += length
    return merge(Part(), part)


def _skip_line(stream: BinaryIO, most: int) -> int:
    """Read to the end of a line, or `most` bytes when it is longer; how many bytes that was."""
    skipped = 0
    while skipped < most and (piece := stream.readline(min(_KEPT_BYTES, most - skipped))):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def stream_blocks(stream: BinaryIO, seen: Callable[[bytes], object]) -> Iterator[tuple[bytes, int]]:
    """Blocks of whole lines of what can be read only once, and how many bytes of the stream each stands for.

    Args:
        stream: What to read.
        seen: Called with every byte.
    """
    carry, passed = b"", 0
    while read := stream.read(_BLOCK_BYTES):
        seen(read)
        cut = read.rfind(b"\n") + 1
        if not cut:
            kept = read[: max(0, _KEPT_BYTES - len(carry))]
            carry += kept
            passed += len(read) - len(kept)
            continue
        if passed:
            # The end of a long line of which only the start is kept: the newline stays.
            end = read.find(b"\n")
            yield carry + b"\n", len(carry) + passed + end + 1
            carry, passed, read, cut = b"", 0, read[end + 1 :], cut - end - 1
        if cut:
            yield carry + read[:cut], len(carry) + cut
            carry = b""
        carry += read[cut:]
    if carry:
        yield carry, len(carry) + passed


def read_ahead(blocks: Iterable[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """The same blocks, read and decompressed on a thread while the one before is counted."""
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
            for block in blocks:
                if not put(block):
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


def _digest(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while size > 0 and (block := stream.read(min(size, 1 << 20))):
            digest.update(block)
            size -= len(block)
    return digest.hexdigest()


def _pooled(tasks: list[Task], workers: int) -> Iterator[Part]:
    """Count in processes that import nothing but what counting needs; what they leave undone is counted here."""
    waiting: SimpleQueue[Task] = SimpleQueue()
    done: SimpleQueue[Part | Task] = SimpleQueue()
    for task in tasks:
        waiting.put(task)
    for _ in range(min(workers, len(tasks))):
        Thread(target=_drive, args=(waiting, done), daemon=True).start()
    for _ in tasks:
        counted = done.get()
        yield counted if isinstance(counted, Part) else count_range(counted)


def _drive(waiting: "SimpleQueue[Task]", done: "SimpleQueue[Part | Task]") -> None:
    """Feed one process until nothing waits; a task that a dead process had is handed back undone."""
    try:
        worker = subprocess.Popen(
            [sys.executable, "-S", "-c", _PROGRAM, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        worker = None
    while True:
        try:
            task = waiting.get_nowait()
        except Empty:
            break
        try:
            if worker is None or worker.stdin is None or worker.stdout is None:
                raise OSError("no process to count with")
            pickle.dump(task, worker.stdin)
            worker.stdin.flush()
            done.put(pickle.load(worker.stdout))  # noqa: S301 - written by our own process
        except (OSError, EOFError, pickle.UnpicklingError):
            done.put(task)
    if worker is not None:
        if worker.stdin is not None:
            worker.stdin.close()
        worker.wait()
        if worker.stdout is not None:
            worker.stdout.close()


def serve() -> None:
    """Count the ranges named on standard input until it ends, and write the part of each to standard output."""
    while True:
        try:
            task = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
        except EOFError:
            return
        pickle.dump(count_range(task), sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()
