"""From command-line flags to `Settings`, and `--show-config`."""

import json
from collections.abc import Mapping
from pathlib import Path

import typer
from msgspec import Struct

from responder.cli.console import print_table, write_result
from responder.errors import ConfigError
from responder.secret import SecretStr
from responder.settings import ENV_NAMES, Loaded, Settings

__all__ = [
    "BUNDLED_SAMPLE",
    "PROJECT",
    "Invocation",
    "env_file_in_use",
    "inputs_or_sample",
    "load_settings",
    "show_config",
]

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout that this file belongs to."""

BUNDLED_SAMPLE = PROJECT / "sample_logs" / "postgres-connection-starvation" / "logs"
"""What a run without input explains."""


class Invocation(Struct, frozen=True):
    """The options that stand before the command."""

    env_file: Path | None = None
    debug: bool = False


def load_settings(
    ctx: typer.Context, flags: Mapping[str, object], *, show: bool = False, as_json: bool = False
) -> Settings:
    """The settings of this run.

    Args:
        ctx: Carries the options that stand before the command.
        flags: Field name to value; None means that the flag was not given.
        show: Print the settings and stop here (`--show-config`).
        as_json: Print them as JSON.

    Raises:
        ConfigError: As `Settings.load`.
        typer.Exit: The settings were shown.
    """
    loaded = Settings.load(flags, env_file=env_file_in_use(ctx))
    if show:
        show_config(loaded, as_json=as_json)
        raise typer.Exit
    return loaded.settings


def env_file_in_use(ctx: typer.Context) -> Path | None:
    """The settings file that was named, else the one beside the entrypoint if there is one."""
    named = (ctx.find_object(Invocation) or Invocation()).env_file
    beside_entrypoint = PROJECT / ".env"
    return named or (beside_entrypoint if beside_entrypoint.is_file() else None)


def inputs_or_sample(inputs: list[Path] | None, *, live: bool = False) -> tuple[Path, ...]:
    """The inputs named on the command line, else the bundled sample incident; a live source alone is enough, too.

    Raises:
        ConfigError: None is named, and this is an installed package, which leaves the samples out.
    """
    if inputs:
        return tuple(inputs)
    if live:
        return ()
    if not BUNDLED_SAMPLE.is_dir():
        raise ConfigError(
            "no input is given, and the sample incident is not part of the installed package",
            hint="name files, folders or archives of logs, or - for standard input",
        )
    return (BUNDLED_SAMPLE,)


def show_config(loaded: Loaded, *, as_json: bool) -> None:
    """Print each setting, its value with secrets masked, where it came from and its variable."""
    shown = {name: _shown(getattr(loaded.settings, name)) for name in ENV_NAMES}
    if as_json:
        rows = {n: {"value": v, "source": loaded.sources[n], "variable": ENV_NAMES[n]} for n, v in shown.items()}
        write_result(json.dumps(rows, indent=2))
        return
    print_table(
        ("setting", "value", "from", "variable"),
        [(name, value, loaded.sources[name], ENV_NAMES[name]) for name, value in shown.items()],
    )


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********"
    return "-" if value is None or value == "" else str(value)
