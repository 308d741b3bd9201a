"""How a command ends when it does not end well: a reader that left, a defect of ours."""

import functools
import inspect
import os
import select
import sys
import traceback
from collections.abc import Callable
from typing import Any

import typer

from responder.errors import ExitCode

__all__ = ["ending", "report_defect"]


def ending(command: Callable[..., Any]) -> Callable[..., None]:
    """Let a command be a function or a coroutine function, and let it end by returning an exit code."""

    @functools.wraps(command)
    def call(*args: Any, **kwargs: Any) -> None:
        try:
            result = command(*args, **kwargs)
            if inspect.iscoroutine(result):
                import asyncio

                result = asyncio.run(result)
            sys.stdout.flush()
        except BrokenPipeError as error:
            if _reader_left():
                raise typer.Exit(ExitCode.READER_LEFT) from error
            raise ConnectionError("something we talk to closed its end") from error
        if result:
            raise typer.Exit(int(result))

    return call


def report_defect(error: Exception, *, debug: bool) -> ExitCode:
    """Say in one line that the tool itself is wrong, and keep the trace where it can be sent from."""
    import tempfile

    from responder.cli.console import one_line, say

    trace = "".join(traceback.format_exception(error))
    if debug:
        say(trace)
        return ExitCode.DEFECT
    with tempfile.NamedTemporaryFile(
        "w", prefix="magentic-one-responder-", suffix=".trace", delete=False, encoding="utf-8", errors="replace"
    ) as file:
        file.write(trace)
    say(f"unexpected error, a defect in this tool: {one_line(repr(error))}")
    say(f"hint: the trace is in {file.name}; read it for private text before you send it")
    return ExitCode.DEFECT


def _reader_left() -> bool:
    """True when our own stdout or stderr broke (`| head`); it then leads nowhere, so that exit is quiet."""
    broken = False
    for stream in (sys.stdout, sys.stderr):
        poll = select.poll()
        poll.register(stream.fileno(), 0)
        if any(events & select.POLLERR for _, events in poll.poll(0)):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            broken = True
    return broken
