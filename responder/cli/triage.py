"""`triage`: the deterministic stages alone; no agents, no sandbox, nothing written, no network.

The one exception is a Prometheus that is named: it is asked.
"""

import typer

from responder.cli import options
from responder.cli.configuration import inputs_or_sample, load_settings
from responder.cli.console import say_error, write_result
from responder.errors import ExitCode

__all__ = ["triage"]


def triage(
    ctx: typer.Context,
    inputs: options.Inputs = None,
    task: options.Task = "",
    baseline: options.Baseline = None,
    prometheus: options.Prometheus = None,
    prometheus_match: options.PrometheusMatch = None,
    redact: options.Redact = None,
    fail_on: options.FailOn = None,
    json: options.Json = False,
    show_config: options.ShowConfig = False,
) -> ExitCode:
    """Explain an incident by code alone, in milliseconds.

    Prints the answer, or with --json the whole report; writes nothing.
    Exits 0 when the incident is diagnosed or healthy, 3 when it is inconclusive.
    """
    flags = {"redact": redact, "prometheus": prometheus, "prometheus_match": prometheus_match}
    settings = load_settings(ctx, flags, show=show_config, as_json=json)

    from responder.cli.wiring.stages import live_source, now, redactor_for, triage_deps
    from responder.incident import Incident
    from responder.pipeline import triage_only
    from responder.reporting.contract import dump
    from responder.reporting.summary import summary

    redactor = redactor_for(settings)
    live = live_source(settings, redactor)
    incident = Incident(inputs_or_sample(inputs, live=live is not None), now(), task, tuple(baseline or ()))
    outcome = triage_only(incident, deps=triage_deps(redactor, live=live))
    write_result(dump(outcome.report) if json else summary(outcome.report))
    if outcome.failure is not None:
        say_error(outcome.failure)
        return outcome.failure.exit_code
    if fail_on == outcome.report.verdict:
        return ExitCode.FINDING
    return ExitCode.INCONCLUSIVE if outcome.report.verdict == "inconclusive" else ExitCode.OK
