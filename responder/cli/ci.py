"""`ci`: the run for a failed build; finds its artifacts, says the cause where developers look, never fails the job.

Whatever goes wrong in here, the step says so in one line and exits 0, unless `--fail-on` asks for an exit code. Every
line that is printed goes through `inert`, since the runner that reads them obeys some.
"""

import sys
import tempfile
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from responder.ci.interface import Build, Diagnosis, Provider
from responder.ci.outputs.commands import annotations, inert
from responder.ci.outputs.write import Wanted, write_outputs, write_sorry
from responder.ci.providers import PROVIDERS, detect
from responder.cli import options
from responder.cli.configuration import load_settings
from responder.cli.console import one_line, say, write_result
from responder.errors import ConfigError, EvidenceError, ExitCode, ResponderError
from responder.settings import Settings, process_environment

if TYPE_CHECKING:
    from responder.ci.diagnosis import Context
    from responder.incident import Incident

__all__ = ["ci"]

_LINE_CHARS = 300

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


@dataclass(frozen=True, slots=True)
class _Request:
    """What the command line and the environment ask for."""

    build: Build
    settings: Settings
    incident: "Incident"
    context: "Context"
    agents: bool
    as_json: bool
    quiet: bool
    wanted: Wanted

    def tell(self, line: str) -> None:
        """Progress is for a person who waits; in the log of a pipeline it would be one more thing to scroll past."""
        if not self.quiet and sys.stderr.isatty():
            _say(line)


async def ci(
    ctx: typer.Context,
    artifacts: Artifacts = None,
    task: options.Task = "",
    baseline: options.Baseline = None,
    history: HistoryFolder = None,
    last_green: LastGreen = "",
    checkout: CheckoutFolder = None,
    provider: ProviderName = None,
    no_agents: NoAgents = False,
    comment_file: CommentFile = None,
    sarif_file: SarifFile = None,
    code_quality_file: QualityFile = None,
    junit_file: JUnitFile = None,
    out: options.Out = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    sandbox: options.SandboxName = None,
    max_turns: options.MaxTurns = None,
    budget_tokens: options.BudgetTokens = None,
    timeout: options.Timeout = None,  # noqa: ASYNC109 - it limits the agents, not this call
    redact: options.Redact = None,
    fail_on: options.FailOn = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    show_config: options.ShowConfig = False,
) -> ExitCode:
    """Explain a failed build, where its developers look.

    Finds the artifacts by the CI service's environment, writes a comment, annotations, a summary and reports for its
    viewers. Exits 0 whatever happens, unless --fail-on asks otherwise.
    """
    flags = {
        "model": model,
        "base_url": base_url,
        "sandbox": sandbox,
        "max_turns": max_turns,
        "budget_tokens": budget_tokens,
        "timeout_seconds": timeout,
        "out": out,
        "redact": redact,
    }
    wanted = Wanted(comment_file, sarif_file, code_quality_file, junit_file)
    build = detect(process_environment())
    try:
        build = detect(process_environment(), provider=_known(provider))
        settings = load_settings(ctx, flags, show=show_config, as_json=json)
        folder = checkout or build.workspace or Path.cwd()
        inputs = _inputs(artifacts, build)
        request = _Request(
            build,
            settings,
            _incident(inputs, task, baseline),
            _context(build, folder, history, last_green),
            agents=not no_agents,
            as_json=json,
            quiet=quiet,
            wanted=wanted,
        )
        diagnosis, failure = await _run(request)
    except ResponderError as error:
        _give_up(build, wanted, f"{error}{f' ({error.hint})' if error.hint else ''}")
        return error.exit_code if fail_on else ExitCode.OK
    except Exception as error:  # noqa: BLE001 - a defect in here must not turn a red build into a confusing one
        _give_up(build, wanted, f"a defect in this tool, {_kept_trace(error)}")
        return ExitCode.DEFECT if fail_on else ExitCode.OK
    if failure is not None:
        _say(f"no full diagnosis: {failure}")
    if diagnosis.report.conclusion.stop_reason == "interrupted":
        return ExitCode.INTERRUPTED
    if fail_on and failure is not None:
        return failure.exit_code
    return ExitCode.FINDING if fail_on == diagnosis.verdict else ExitCode.OK


def _known(provider: str | None) -> Provider | None:
    if provider is None or provider in PROVIDERS:
        return provider
    raise ConfigError(f"{provider!r} is not a known CI service", hint=f"one of: {', '.join(PROVIDERS)}")


def _inputs(artifacts: list[Path] | None, build: Build) -> tuple[Path, ...]:
    from responder.ci.discovery import discover

    if artifacts:
        return tuple(artifacts)
    workspace = build.workspace or Path.cwd()
    found = discover(workspace)
    if not found:
        raise EvidenceError(
            f"no logs or test results were found in {str(workspace)!r}",
            hint="name them: magentic_one_orchestrator.py ci build.log test-results/",
        )
    return found


def _incident(inputs: tuple[Path, ...], task: str, baseline: list[Path] | None) -> "Incident":
    from responder.cli.wiring.stages import now
    from responder.incident import Incident

    return Incident(inputs, now(), task, tuple(baseline or ()))


def _context(build: Build, folder: Path, history: Path | None, last_green: str) -> "Context":
    from responder.ci.checkout import Checkout
    from responder.ci.diagnosis import Context
    from responder.ci.history import History, read_history
    from responder.ci.places import SourceMap

    checkout = Checkout(folder)
    head = checkout.head()
    known = replace(build, commit=build.commit or head)
    past = read_history(history) if history else History()
    return Context(known, checkout, SourceMap(folder if head else None, checkout.tracked), past, last_green)


async def _run(request: _Request) -> tuple[Diagnosis, ResponderError | None]:
    from responder.ci.diagnosis import diagnose
    from responder.ci.kept import KeptEvidence, KeptTriage

    if request.agents:
        return await _with_agents(request)

    from responder.cli.run_folder import open_run_folder
    from responder.cli.wiring.stages import redactor_for, triage_deps
    from responder.pipeline import triage_only

    deps = triage_deps(redactor_for(request.settings))
    evidence, triage = KeptEvidence(deps.evidence, request.incident.inputs), KeptTriage(deps.triage)
    outcome = triage_only(request.incident, deps=replace(deps, evidence=evidence, triage=triage))
    diagnosis = diagnose(outcome.report, evidence, triage, request.context, redactor=deps.redactor)
    with open_run_folder(request.settings.out, request.incident) as folder:
        _write(request, diagnosis, folder.path)
    return diagnosis, outcome.failure


async def _with_agents(request: _Request) -> tuple[Diagnosis, ResponderError | None]:
    from responder.ci.diagnosis import diagnose
    from responder.ci.kept import KeptEvidence, KeptTriage
    from responder.cli.investigate import stop_on_sigterm
    from responder.cli.wiring.run import investigation
    from responder.pipeline import investigate
    from responder.team.models import choose_model

    choice = choose_model(request.settings)
    stop_on_sigterm()
    async with investigation(request.settings, choice, request.incident, tell=request.tell) as opened:
        deps = opened.deps
        evidence, triage = KeptEvidence(deps.evidence, request.incident.inputs), KeptTriage(deps.triage)
        outcome = await investigate(request.incident, deps=replace(deps, evidence=evidence, triage=triage))
        diagnosis = diagnose(outcome.report, evidence, triage, request.context, redactor=deps.redactor)
        _write(request, diagnosis, opened.folder.path)
    return diagnosis, outcome.failure


def _write(request: _Request, diagnosis: Diagnosis, folder: Path) -> None:
    from responder.ci.outputs.words import headline, kind_line, plain_line
    from responder.reporting.contract import dump
    from responder.reporting.writer import write_run

    try:
        write_run(diagnosis.report, folder)
    except ResponderError as error:
        _say(f"a document is missing: {error}")
    for problem in write_outputs(diagnosis, folder, request.wanted):
        _say(problem)
    if request.as_json:
        write_result(dump(diagnosis.report))
    else:
        write_result(inert(f"{plain_line(headline(diagnosis), 500)}\n{plain_line(kind_line(diagnosis), 500)}"))
        for command in annotations(diagnosis):
            write_result(command)
    if not request.quiet:
        _say(f"report: {folder}")


def _give_up(build: Build, wanted: Wanted, said: str) -> None:
    """Say in one line what happened, and leave it where a later step looks."""
    _say(f"no diagnosis: {said}")
    for problem in write_sorry(build, said, wanted):
        _say(problem)


def _kept_trace(error: Exception) -> str:
    trace = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="magentic-one-responder-", suffix=".trace", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write(trace)
    except OSError:
        return repr(error)
    return f"{type(error).__name__}; the trace is in {file.name}"


def _say(line: str) -> None:
    text = one_line(line)
    say(inert(text if len(text) <= _LINE_CHARS else f"{text[: _LINE_CHARS - 3]}..."))
