"""The command line's front door: finds the command, and turns every ending into words and an exit code.

A command's module is imported when that command runs and not before, so `--help` answers at once and `triage` never
loads the agents. Nothing else in the package prints an error or chooses how the process ends.
"""

import gc
import importlib
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, NamedTuple, NoReturn

import typer

from responder import __version__
from responder.cli.endings import ending, report_defect
from responder.errors import ConfigError, ExitCode, ResponderError

__all__ = ["COMMANDS", "Command", "build_app", "run", "split_command"]

DEFAULT_COMMAND = "investigate"
_HELP = (
    "Explain an incident from its logs, and prove it.\n\n"
    "Code finds the facts, a Magentic-One team reasons over them and tests them in a sandbox, and nothing reaches the "
    "report unless its citation was re-read from the original bytes. Works without a model key.\n\n"
    "Without a command, `investigate` runs; without an input, it explains the bundled sample incident."
)
_OBJECTS_BETWEEN_COLLECTIONS = 1_000_000
_ROOT_OPTIONS = {"--debug": 1, "--env-file": 2}
"""Options that may stand before the command, with the number of words they take."""


class Command(NamedTuple):
    """Where a command lives; the help line stands here so that listing it imports nothing."""

    target: str
    """`module:attribute`, a function or a `typer.Typer` with sub-commands."""
    help: str


COMMANDS = MappingProxyType(
    {
        "investigate": Command(
            "responder.cli.investigate:investigate", "Explain an incident: triage, agents, sandboxed tests, report."
        ),
        "triage": Command("responder.cli.triage:triage", "Explain an incident by code alone, in milliseconds."),
        "ci": Command("responder.cli.ci:ci", "Explain a failed build, where its developers look."),
        "templates": Command("responder.cli.templates:templates", "Print the log template of each line as JSON."),
        "doctor": Command("responder.cli.doctor:doctor", "Show what is present, what is missing and how to get it."),
        "sandbox": Command(
            "responder.cli.sandbox:app", "Build the sandbox image; prove the sandboxes of this machine."
        ),
        "audit": Command("responder.cli.audit:app", "Verify the audit journal of a run."),
        "replay": Command("responder.cli.replay:replay", "Repeat a run from its journal and compare the reports."),
    }
)


def run(args: Sequence[str] | None = None, *, commands: Mapping[str, Command] = COMMANDS) -> NoReturn:
    """Run the command line and end the process.

    Args:
        args: The words after the program's name; the process's own when None.
        commands: What there is to run.
    """
    # Most of what a run makes lives to its end: looking for garbage often finds none.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 20)
    gc.enable()
    code = _main(list(sys.argv[1:] if args is None else args), commands)
    gc.freeze()  # spares the interpreter three last looks at everything there is, which take longer than a small log
    if threading.active_count() > 1:
        # A library that is still being loaded on a thread aborts the process when the interpreter goes away under it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def split_command(args: Sequence[str], commands: Mapping[str, Command]) -> tuple[list[str], str, list[str]]:
    """The options before the command, the command, and its own words; `investigate` where no command is named.

    The command is empty when the program itself is asked: `--help`, `--version`.

    Raises:
        ConfigError: The first word is no command and cannot be a path.
    """
    at = 0
    while at < len(args) and (option := args[at].partition("=")[0]) in _ROOT_OPTIONS:
        at += 1 if "=" in args[at] else _ROOT_OPTIONS[option]
    before, rest = list(args[:at]), list(args[at:])
    first = rest[0] if rest else ""
    if first in ("--help", "--version"):
        return [*before, *rest], "", []
    if first in commands:
        return before, first, rest[1:]
    if first and not (first.startswith("-") or "/" in first or "." in first or os.path.lexists(first)):
        from difflib import get_close_matches

        near = get_close_matches(first, commands, n=1)
        known = f"commands: {', '.join(commands)}"
        raise ConfigError(
            f"{first!r} is neither a command nor an existing path",
            hint=f"did you mean {near[0]!r}? {known}" if near else known,
        )
    return before, DEFAULT_COMMAND, rest


def build_app(wanted: str, commands: Mapping[str, Command]) -> typer.Typer:
    """The whole command line, with only the wanted command imported and the others by name."""
    app = typer.Typer(
        add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False, rich_markup_mode=None, help=_HELP
    )
    app.callback()(_root)
    for name, command in commands.items():
        if name != wanted:
            app.command(name, help=command.help)(_not_loaded)
            continue
        module, _, attribute = command.target.partition(":")
        target = getattr(importlib.import_module(module), attribute)
        if isinstance(target, typer.Typer):
            for info in target.registered_commands:
                info.callback = ending(info.callback) if info.callback else None
            app.add_typer(target, name=name, help=command.help, no_args_is_help=True)
        else:
            app.command(name)(ending(target))
    return app


def _main(args: list[str], commands: Mapping[str, Command]) -> int:
    try:
        before, command, rest = split_command(args, commands)
        app = build_app(command, commands)
        words = [*before, command, *rest] if command else before
        try:
            app(args=words, prog_name=Path(sys.argv[0]).name)
        except SystemExit as ended:  # typer ends the process itself; its usage errors are code 2 as ours are
            sys.stdout.flush()
            return ended.code if isinstance(ended.code, int) else ExitCode.OK
        return ExitCode.OK
    except ResponderError as error:
        from responder.cli.console import say_error

        say_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: a defect ends in words too
        return report_defect(error, debug="--debug" in args)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(__version__)  # noqa: T201 - the result of the command
        raise typer.Exit


def _root(
    ctx: typer.Context,
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file",
            envvar="RESPONDER_ENV_FILE",
            metavar="PATH",
            show_default=False,
            help="Settings file; default: .env beside the entrypoint.",
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the trace of an unexpected error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    from responder.cli.configuration import Invocation

    ctx.obj = Invocation(env_file=env_file, debug=debug)


def _not_loaded() -> None:
    raise AssertionError("only the command that was asked for is loaded, so only it can run")
