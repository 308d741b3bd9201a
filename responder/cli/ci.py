"""`ci`: the run for a failed build; finds its artifacts, says the cause where developers look, never fails the job.

Whatever goes wrong in here, the step says so in one line and exits 0, unless `--fail-on` asks for an exit code. Even a
full disk behind the output, or the runner's own signal to stop, is no reason to turn a red build into a confusing one.
"""

import asyncio
import contextlib
import tempfile
import traceback
from pathlib import Path
from typing import Annotated

import typer

from responder.ci.interface import Build, Provider
from responder.ci.outputs.write import Wanted, write_sorry
from responder.ci.providers import PROVIDERS, detect
from responder.cli import build_step, options
from responder.cli.configuration import load_settings
from responder.cli.investigate import stop_on_sigterm
from responder.errors import ConfigError, ExitCode, ResponderError
from responder.settings import process_environment

__all__ = ["ci"]

Artifacts = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="ARTIFACT",
        help="Logs, folders, archives and JUnit files of the build, or - for standard input; without one, those that "
        "lie in the workspace.",
        show_default=False,
    ),
]
NoAgents = Annotated[bool, typer.Option("--no-agents", help="Code alone: no agents, no sandbox, no model.")]
HistoryFolder = Annotated[
    Path | None,
    typer.Option("--history", metavar="DIR", help="Earlier run folders, or a folder of JUnit files for each run."),
]
LastGreen = Annotated[
    str, typer.Option("--last-green", metavar="COMMIT", help="The last commit whose build passed, when you know it.")
]
CheckoutFolder = Annotated[
    Path | None,
    typer.Option("--checkout", metavar="DIR", help="The sources; default: the workspace of the CI service."),
]
ProviderName = Annotated[
    str | None, typer.Option("--provider", metavar="NAME", help=f"{', '.join(PROVIDERS)}; default: by the environment.")
]
CommentFile = Annotated[
    Path | None, typer.Option("--comment-file", metavar="PATH", help="Write the comment, as Markdown, here too.")
]
SarifFile = Annotated[Path | None, typer.Option("--sarif-file", metavar="PATH", help="Write SARIF 2.1.0 here too.")]
QualityFile = Annotated[
    Path | None, typer.Option("--code-quality-file", metavar="PATH", help="Write GitLab's Code Quality JSON here too.")
]
JUnitFile = Annotated[
    Path | None, typer.Option("--junit-file", metavar="PATH", help="Write JUnit XML with the cause here too.")
]


@options.takes_run_options
async def ci(
    ctx: typer.Context,
    artifacts: Artifacts = None,
    history: HistoryFolder = None,
    last_green: LastGreen = "",
    checkout: CheckoutFolder = None,
    provider: ProviderName = None,
    no_agents: NoAgents = False,
    comment_file: CommentFile = None,
    sarif_file: SarifFile = None,
    code_quality_file: QualityFile = None,
    junit_file: JUnitFile = None,
    *,
    run: options.RunOptions,
) -> ExitCode:
    """Explain a failed build, where its developers look.

    Finds the artifacts by the CI service's environment, writes a comment, annotations, a summary and reports for its
    viewers. Exits 0 whatever happens, unless --fail-on asks otherwise.
    """
    stop_on_sigterm()
    wanted = Wanted(comment_file, sarif_file, code_quality_file, junit_file)
    build = detect(process_environment())
    with build_step.outliving_its_output():
        try:
            build = detect(process_environment(), provider=_known(provider))
            settings = load_settings(ctx, run.flags, show=run.show_config, as_json=run.as_json)
            sought = build_step.Sought(tuple(artifacts or ()), history, last_green, checkout)
            request = build_step.request(build, settings, sought, run, wanted=wanted, agents=not no_agents)
            return _ended(await build_step.explain(request), run)
        except ResponderError as error:
            _give_up(build, wanted, f"{error}{f' ({error.hint})' if error.hint else ''}")
            return error.exit_code if run.fail_on else ExitCode.OK
        except asyncio.CancelledError:
            _give_up(build, wanted, "the step was told to stop")
            return _interrupted(build, run)
        except Exception as error:  # noqa: BLE001 - a defect in here must not turn a red build into a confusing one
            _give_up(build, wanted, f"a defect in this tool, {_kept_trace(error)}")
            return ExitCode.DEFECT if run.fail_on else ExitCode.OK


def _ended(explained: build_step.Explained, run: options.RunOptions) -> ExitCode:
    if explained.failure is not None:
        build_step.say_line(f"no full diagnosis: {explained.failure}")
    if explained.diagnosis.report.conclusion.stop_reason == "interrupted":
        return _interrupted(explained.diagnosis.build, run)
    if run.fail_on and explained.failure is not None:
        return explained.failure.exit_code
    return ExitCode.FINDING if run.fail_on == explained.diagnosis.verdict else ExitCode.OK


def _interrupted(build: Build, run: options.RunOptions) -> ExitCode:
    """A person at a terminal expects 130; a service that cancels a job is done with it."""
    return ExitCode.INTERRUPTED if run.fail_on or build.provider == "local" else ExitCode.OK


def _known(provider: str | None) -> Provider | None:
    if provider is None or provider in PROVIDERS:
        return provider
    raise ConfigError(f"{provider!r} is not a known CI service", hint=f"one of: {', '.join(PROVIDERS)}")


def _give_up(build: Build, wanted: Wanted, said: str) -> None:
    """Say in one line what happened, and leave it where a later step looks."""
    problems = write_sorry(build, said, wanted)
    build_step.say_line("; ".join((f"no diagnosis: {said}", *problems)))


def _kept_trace(error: Exception) -> str:
    trace = "".join(traceback.format_exception(error))
    with (
        contextlib.suppress(OSError),
        tempfile.NamedTemporaryFile(
            "w", prefix="magentic-one-responder-", suffix=".trace", delete=False, encoding="utf-8", errors="replace"
        ) as file,
    ):
        file.write(trace)
        return f"{type(error).__name__}; the trace is in {file.name}"
    return repr(error)
