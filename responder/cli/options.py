"""The options that several commands share, so that each is spelt, typed and explained once.

`takes_run_options` gives a command every option that a run of the agents has; the command gets their values as one
`RunOptions`.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer
from msgspec import Struct

from responder.incident import Verdict

__all__ = [
    "Approve",
    "BaseUrl",
    "Baseline",
    "BudgetTokens",
    "FailOn",
    "Inputs",
    "Json",
    "Mask",
    "MaxTurns",
    "Model",
    "Out",
    "Prometheus",
    "PrometheusMatch",
    "Quiet",
    "Redact",
    "Resume",
    "RunOptions",
    "SandboxName",
    "ShowConfig",
    "ShowPayload",
    "Task",
    "Timeout",
    "takes_run_options",
]

Inputs = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="INPUT",
        help="Files, folders, archives (zip, tar, gz, bz2, xz, zst) or - for standard input; without one, the bundled "
        "sample incident.",
        show_default=False,
        readable=False,  # evidence says why it cannot read, and with which exit code
    ),
]
Task = Annotated[str, typer.Option("--task", help="What you want explained, in your words.", metavar="TEXT")]
Baseline = Annotated[
    list[Path] | None,
    typer.Option(
        "--baseline",
        help="Logs of the last good run; what also happened there counts for less. Repeatable.",
        metavar="LAST_GOOD",
        readable=False,
    ),
]
Prometheus = Annotated[
    str | None,
    typer.Option("--prometheus", help="Also ask this Prometheus about the time of the incident, once.", metavar="URL"),
]
PrometheusMatch = Annotated[
    str | None,
    typer.Option(
        "--prometheus-match", help="Ask it for these series only, such as 'namespace=\"shop\"'.", metavar="LABELS"
    ),
]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for run folders (default: reports).", metavar="DIR")]
Model = Annotated[
    str | None, typer.Option("--model", help="Model name; `analyst` is the built-in one.", metavar="NAME")
]
BaseUrl = Annotated[str | None, typer.Option("--base-url", help="Any OpenAI-compatible endpoint.", metavar="URL")]
SandboxName = Annotated[
    str | None, typer.Option("--sandbox", help="auto, docker, bwrap, landlock or off.", metavar="BACKEND")
]
Approve = Annotated[
    str | None,
    typer.Option("--approve", help="`code`: show each code block and wait for a yes before it runs.", metavar="WHAT"),
]
Mask = Annotated[
    str | None,
    typer.Option(
        "--mask",
        help="`identifiers`: hide host names, addresses, user names and e-mails from the model.",
        metavar="WHAT",
    ),
]
MaxTurns = Annotated[int | None, typer.Option("--max-turns", help="Agent turns, exactly.", metavar="N")]
BudgetTokens = Annotated[int | None, typer.Option("--budget-tokens", help="Tokens of all agents.", metavar="N")]
Timeout = Annotated[float | None, typer.Option("--timeout", help="Seconds the agents may take.", metavar="SECONDS")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]
ShowConfig = Annotated[
    bool, typer.Option("--show-config", help="Print each setting and where it came from, then stop.")
]
Redact = Annotated[
    bool | None,
    typer.Option(
        "--redact/--no-redact",
        help="Take secrets out of everything written or sent (default: yes).",
        show_default=False,
    ),
]
FailOn = Annotated[Verdict | None, typer.Option("--fail-on", help="Exit 1 on this verdict.", show_default=False)]
ShowPayload = Annotated[
    bool, typer.Option("--show-payload", help="Print exactly what the model would be sent first, send nothing, stop.")
]
Resume = Annotated[
    Path | None,
    typer.Option(
        "--resume", help="Go on with a run that did not finish, without paying its answers again.", metavar="RUN"
    ),
]


class RunOptions(Struct, frozen=True):
    """What the command line asks of a run."""

    task: str
    baseline: tuple[Path, ...]
    fail_on: Verdict | None
    as_json: bool
    quiet: bool
    show_config: bool
    flags: Mapping[str, object]
    """Names of settings to values; None where the flag was not given."""


_SETTINGS: Mapping[str, tuple[str, object]] = MappingProxyType(
    {
        "out": ("out", Out),
        "model": ("model", Model),
        "base_url": ("base_url", BaseUrl),
        "sandbox": ("sandbox", SandboxName),
        "mask": ("mask", Mask),
        "max_turns": ("max_turns", MaxTurns),
        "budget_tokens": ("budget_tokens", BudgetTokens),
        "timeout": ("timeout_seconds", Timeout),
        "redact": ("redact", Redact),
    }
)
"""Parameter to the setting it overrides and its option."""

_REQUESTS: Mapping[str, tuple[object, object]] = MappingProxyType(
    {
        "task": (Task, ""),
        "baseline": (Baseline, None),
        "fail_on": (FailOn, None),
        "json": (Json, False),
        "quiet": (Quiet, False),
        "show_config": (ShowConfig, False),
    }
)
"""Parameter to its option and default."""


def takes_run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run, in place of its parameter `run`."""
    shared = {name: (option, None) for name, (_, option) in _SETTINGS.items()} | dict(_REQUESTS)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=option)
        for name, (option, default) in shared.items()
    ]
    signature = inspect.signature(command)
    own = [parameter for name, parameter in signature.parameters.items() if name != "run"]

    @functools.wraps(command)
    def call(*args: Any, **values: Any) -> Any:
        asked = {name: values.pop(name) for name in shared}
        return command(*args, **values, run=_run_options(asked))

    call.__signature__ = signature.replace(parameters=[*own, *added])  # type: ignore[attr-defined]  # what typer reads
    call.__annotations__ = {
        **{name: annotation for name, annotation in command.__annotations__.items() if name != "run"},
        **{parameter.name: parameter.annotation for parameter in added},
    }
    return call


def _run_options(asked: Mapping[str, Any]) -> RunOptions:
    return RunOptions(
        task=asked["task"],
        baseline=tuple(asked["baseline"] or ()),
        fail_on=asked["fail_on"],
        as_json=asked["json"],
        quiet=asked["quiet"],
        show_config=asked["show_config"],
        flags={setting: asked[name] for name, (setting, _) in _SETTINGS.items()},
    )
