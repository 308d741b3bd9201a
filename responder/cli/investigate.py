"""`investigate`: the whole run, from inputs to the run folder."""

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from responder.cli import options
from responder.cli.configuration import inputs_or_sample, load_settings
from responder.cli.console import one_line, say, say_error, write_result
from responder.errors import ExitCode

if TYPE_CHECKING:
    from responder.cli.wiring.record import Resumption
    from responder.cli.wiring.run import Investigation
    from responder.incident import Incident
    from responder.pipeline import Outcome
    from responder.settings import Settings
    from responder.team.models.choice import ModelChoice

__all__ = ["investigate", "stop_on_sigterm"]

_PROGRESS_CHARACTERS = 160


@options.takes_run_options
async def investigate(
    ctx: typer.Context,
    inputs: options.Inputs = None,
    approve: options.Approve = None,
    prometheus: options.Prometheus = None,
    prometheus_match: options.PrometheusMatch = None,
    resume: options.Resume = None,
    show_payload: options.ShowPayload = False,
    *,
    run: options.RunOptions,
) -> ExitCode:
    """Explain an incident: triage, agents, sandboxed tests, report.

    Writes one folder with final_report.md, post_mortem.md, report.json, report.html and the audit journal.
    Exits 0 when the incident is diagnosed or healthy, 3 when it is inconclusive.
    """
    flags = {**run.flags, "approve": approve, "prometheus": prometheus, "prometheus_match": prometheus_match}
    settings = load_settings(ctx, flags, show=run.show_config, as_json=run.as_json)

    from responder.cli.resume import resumption
    from responder.cli.wiring.stages import now
    from responder.incident import Incident
    from responder.team.models import choose_model

    choice = choose_model(settings)
    going_on = resumption(resume, inputs, settings) if resume is not None else None
    live = settings.prometheus is not None
    asked = Incident(inputs_or_sample(inputs, live=live), now(), run.task, run.baseline)
    incident = going_on.incident if going_on is not None else asked
    if show_payload:
        from responder.cli.payload import show_payload as show

        return await show(settings, choice, incident)
    return await _investigated(run, settings, choice, incident, going_on)


async def _investigated(
    run: options.RunOptions,
    settings: "Settings",
    choice: "ModelChoice",
    incident: "Incident",
    going_on: "Resumption | None",
) -> ExitCode:
    from responder.background import in_background
    from responder.cli.wiring.run import investigation
    from responder.pipeline import investigate as investigate_incident

    def tell(line: str) -> None:
        if not run.quiet:
            say(_shortened(line))

    stop_on_sigterm()
    async with investigation(settings, choice, incident, tell=tell, resume=going_on) as opened:
        tell(f"model: {choice.model} ({choice.reason})")
        outcome = await investigate_incident(incident, deps=opened.deps)
        # The agents are done with it, and after Ctrl-C every tenth of a second counts.
        writing = in_background(_write, outcome, opened, as_json=run.as_json, quiet=run.quiet)
        await asyncio.gather(opened.sandbox.stop(), writing)
        return _exit_code(outcome, opened, explicit=settings.sandbox, fail_on=run.fail_on)


def _write(outcome: "Outcome", opened: "Investigation", *, as_json: bool, quiet: bool) -> None:
    from responder.reporting.contract import dump
    from responder.reporting.summary import summary
    from responder.reporting.writer import write_run

    write_run(outcome.report, opened.folder.path)
    if outcome.failure is not None:
        say_error(outcome.failure)
    write_result(dump(outcome.report) if as_json else summary(outcome.report))
    if not quiet:
        say(f"report: {_shown(opened.folder.path / 'final_report.md')}")


def _exit_code(outcome: "Outcome", opened: "Investigation", *, explicit: str, fail_on: str | None) -> ExitCode:
    report = outcome.report
    if report.conclusion.stop_reason == "interrupted":
        return ExitCode.INTERRUPTED
    if outcome.failure is not None:
        return outcome.failure.exit_code
    if opened.sandbox.refusal is not None and explicit != "auto":
        say_error(opened.sandbox.refusal)
        return ExitCode.SANDBOX_REFUSED
    if fail_on == report.verdict:
        return ExitCode.FINDING
    if report.verdict == "inconclusive":
        failed = report.conclusion.stop_reason == "model_failed"
        return ExitCode.MODEL_FAILED if failed else ExitCode.INCONCLUSIVE
    return ExitCode.OK


def stop_on_sigterm() -> None:
    """Treat SIGTERM, which pipelines send, like Ctrl-C: stop, and leave a report."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _shortened(line: str) -> str:
    text = one_line(line)
    return text if len(text) <= _PROGRESS_CHARACTERS else f"{text[: _PROGRESS_CHARACTERS - 3]}..."


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
