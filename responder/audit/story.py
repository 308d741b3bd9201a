"""`magentic_one.log`: the journal's story for people, one line or short block an event.

It is a convenience, not a record: it is not hashed, long texts are shortened, and a fault in writing it is noted in
the journal once and never stops a run.
"""

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from responder.audit.chain import timestamp
from responder.audit.interface import EventKind, Head, Journal
from responder.audit.values import plain
from responder.safety.interface import TextRedactor
from responder.safety.sanitise import sanitise

__all__ = ["StoryJournal", "tell"]

_WORDS: Final[Mapping[str, str]] = {
    "run.started": "run started",
    "run.resumed": "run resumed",
    "run.finished": "run finished",
    "stage.started": "stage started",
    "stage.finished": "stage finished",
    "evidence.fetched": "evidence fetched",
    "model.requested": "model asked",
    "model.replied": "model replied",
    "model.failed": "model failed",
    "tool.requested": "tool called",
    "tool.finished": "tool finished",
    "code.requested": "code to run",
    "code.finished": "code finished",
    "agent.message": "message",
    "sandbox.selected": "sandbox chosen",
    "decision": "decision",
    "limit": "limit reached",
    "error": "error",
    "audit.recovered": "journal recovered after a crash",
}

_INLINE_CHARS = 160
_BLOCK_LINES = 16
_BLOCK_CHARS = 2400
_REDACTED_CHARS = 4 * _BLOCK_CHARS
"""Redaction sees more than is shown, so that no secret is cut into something unrecognisable."""


class StoryJournal:
    """A `Journal` around another one that also writes the readable twin.

    The inner journal comes first: the story never tells what is not on record.

    Args:
        inner: The journal of record; whoever opened it closes it.
        path: The file; created with mode 0600, a symbolic link is refused.
        clock: Gives the current time, timezone-aware.
        redactor: Takes secrets out of what is shown.
    """

    def __init__(self, inner: Journal, path: Path, *, clock: Callable[[], datetime], redactor: TextRedactor) -> None:
        self._inner = inner
        self._path = path
        self._clock = clock
        self._redactor = redactor
        self._fd: int | None = None
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            self._give_up(error)

    def record(self, event: EventKind, data: Mapping[str, Any]) -> int:
        """Record in the inner journal, then tell; see `Journal.record`."""
        seq = self._inner.record(event, data)
        if self._fd is not None:
            shown = tell(seq, event, plain(_shortened(data), self._redactor), timestamp(self._clock()))
            try:
                os.write(self._fd, shown.encode("utf-8", errors="replace"))
            except OSError as error:
                self._give_up(error)
        return seq

    def head(self) -> Head:
        """The inner journal's head."""
        return self._inner.head()

    def close(self) -> None:
        """Close the story; the inner journal stays open. Idempotent."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _give_up(self, error: OSError) -> None:
        self.close()
        self._inner.record(
            "error", {"error": f"the readable log {self._path.name!r} stopped: {error.strerror}", "fatal": False}
        )


def tell(seq: int, event: str, data: Mapping[str, Any], time: str) -> str:
    """One event as text that ends with a newline: `time #seq what key=value ...` and indented blocks below."""
    inline, blocks = [], []
    for name, value in data.items():
        key = name.replace("\n", " ")
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if "\n" not in text and len(text) <= _INLINE_CHARS:
            inline.append(f"{key}={text}" if " " not in text else f"{key}={text!r}")
        else:
            blocks.append(f"    {key}:\n" + "".join(f"      | {line}\n" for line in _bounded_lines(text)))
    head = f"{time[:19].replace('T', ' ')}Z #{seq} {_WORDS.get(event, event)}"
    return sanitise("  ".join([head, *inline]).replace("\n", " ") + "\n" + "".join(blocks))


def _bounded_lines(text: str) -> list[str]:
    lines = text[:_BLOCK_CHARS].rstrip("\n").split("\n")
    shown = lines[:_BLOCK_LINES]
    left = len(text) - sum(len(line) + 1 for line in shown)
    return [*shown, f"... {left} more characters, see audit.jsonl"] if left > 0 else shown


def _shortened(value: Any) -> Any:
    """The same data with over-long texts cut, so that a prompt of megabytes costs nothing to tell."""
    if isinstance(value, str):
        return value[:_REDACTED_CHARS]
    if isinstance(value, Mapping):
        return {key: _shortened(inner) for key, inner in value.items()}
    return value
