"""The step of a pipeline: reads the build, runs the stages, leaves the outputs; `responder.cli.ci` decides how it ends.

Every line that is printed goes through `inert`, since the runner that reads them obeys some. An output that cannot be
written costs that output alone, the run folder and the printed answer among them.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from responder.ci.interface import Build, Diagnosis
from responder.ci.outputs.commands import annotations, inert
from responder.ci.outputs.write import Wanted, write_outputs
from responder.cli import options
from responder.cli.console import one_line, say, write_result
from responder.errors import AuditError, ConfigError, EvidenceError, ResponderError
from responder.settings import Settings

if TYPE_CHECKING:
    from responder.ci.diagnosis import Context
    from responder.incident import Incident

__all__ = ["Explained", "Request", "Sought", "explain", "outliving_its_output", "request", "say_line"]

_LINE_CHARS = 300


class Sought(Struct, frozen=True):
    """Where to look, as far as the command line says."""

    artifacts: tuple[Path, ...]
    history: Path | None
    last_green: str
    checkout: Path | None


class Request(Struct, frozen=True):
    """What the command line and the environment ask for."""

    settings: Settings
    incident: "Incident"
    context: "Context"
    run: options.RunOptions
    wanted: Wanted
    agents: bool
    notes: tuple[str, ...] = ()
    """What was named and is not there, as sentences."""

    def tell(self, line: str) -> None:
        """Progress is for a person who waits; in the log of a pipeline it would be one more thing to scroll past."""
        if not self.run.quiet and sys.stderr.isatty():
            say_line(line)


class Explained(Struct, frozen=True):
    """What was found, and the error that cut the run short, if one did."""

    diagnosis: Diagnosis
    failure: ResponderError | None


def request(
    build: Build, settings: Settings, sought: Sought, run: options.RunOptions, *, wanted: Wanted, agents: bool
) -> Request:
    """Find the artifacts, the sources and the history of a build.

    A job that fails early leaves only some of the files that its pipeline names, and a first run has neither a last
    green one nor a history: what is not there is told, and the rest is read.

    Raises:
        EvidenceError: There are no artifacts.
    """
    from responder.cli.wiring.stages import now
    from responder.incident import Incident

    artifacts, lost = _present(sought.artifacts, "was not read")
    baseline, uncompared = _present(run.baseline, "nothing is compared with it")
    notes = [*lost, *uncompared]
    history = sought.history
    if history is not None and not history.is_dir():
        notes.append(f"The history {str(history)!r} is not a folder, so no earlier run is known.")
        history = None
    found = replace(sought, artifacts=artifacts or sought.artifacts, history=history)
    incident = Incident(_inputs(found, build), now(), run.task, baseline)
    for note in notes if artifacts or not sought.artifacts else ():
        say_line(note)
    return Request(settings, incident, _context(build, found), run, wanted, agents, tuple(notes))


async def explain(request: Request) -> Explained:
    """Run the stages and write every output; without a journal the agents do not run, and code alone answers."""
    if not request.agents:
        return await _by_code(request)
    try:
        return await _with_agents(request)
    except AuditError as error:
        say_line(f"without the agents: {error}")
        return await _by_code(request)


@contextlib.contextmanager
def outliving_its_output() -> Iterator[None]:
    """However the block ends, a stdout or stderr that takes no more, or was never open, does not fail the process."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - as long as the process
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                _silence(stream.fileno())


def say_line(line: str) -> None:
    """Say one safe line on stderr, if it takes one."""
    text = one_line(line)
    try:
        say(inert(text if len(text) <= _LINE_CHARS else f"{text[: _LINE_CHARS - 3]}..."))
    except OSError:
        _silence(sys.stderr.fileno())


def _silence(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _present(paths: tuple[Path, ...], without: str) -> tuple[tuple[Path, ...], list[str]]:
    """Those that are there, and a sentence for each one that is not."""
    there = tuple(path for path in paths if str(path) == "-" or _exists(path))
    return there, [f"{str(path)!r} does not exist; {without}." for path in paths if path not in there]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # whoever reads it says why it cannot be
        return True


def _inputs(sought: Sought, build: Build) -> tuple[Path, ...]:
    from responder.ci.discovery import discover

    if sought.artifacts:
        return sought.artifacts
    workspace = build.workspace or _here()
    found = discover(workspace)
    if not found:
        raise EvidenceError(
            f"no logs or test results were found in {str(workspace)!r}",
            hint="name them: magentic_one_orchestrator.py ci build.log test-results/",
        )
    return found


def _here() -> Path:
    """The folder the step runs in; a name that holds nothing when it was taken away."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/nonexistent")


def _context(build: Build, sought: Sought) -> "Context":
    from responder.ci.checkout import Checkout
    from responder.ci.diagnosis import Context
    from responder.ci.history import History, read_history
    from responder.ci.places import SourceMap

    folder = sought.checkout or build.workspace or _here()
    checkout = Checkout(folder)
    head = checkout.head()
    known = replace(build, commit=build.commit or head)
    past = read_history(sought.history) if sought.history else History()
    return Context(known, checkout, SourceMap(folder if head else None, checkout.tracked), past, sought.last_green)


async def _by_code(request: Request) -> Explained:
    from responder.background import in_background
    from responder.ci.diagnosis import diagnose
    from responder.ci.kept import KeptEvidence, KeptTriage
    from responder.cli.run_folder import open_run_folder
    from responder.cli.wiring.stages import redactor_for, triage_deps
    from responder.pipeline import triage_only

    deps = triage_deps(redactor_for(request.settings))
    evidence, triage = KeptEvidence(deps.evidence, request.incident.inputs), KeptTriage(deps.triage)
    # Off the loop, so that a signal to stop is heard while a large artifact is read.
    outcome = await in_background(triage_only, request.incident, deps=replace(deps, evidence=evidence, triage=triage))
    diagnosis = diagnose(outcome.report, evidence, triage, request.context, redactor=deps.redactor, notes=request.notes)
    try:
        with open_run_folder(request.settings.out, request.incident) as folder:
            _write(request, diagnosis, folder.path)
    except ConfigError as error:
        say_line(str(error))
        _write(request, diagnosis, None)
    return Explained(diagnosis, outcome.failure)


async def _with_agents(request: Request) -> Explained:
    from responder.ci.diagnosis import diagnose
    from responder.ci.kept import KeptEvidence, KeptTriage
    from responder.cli.wiring.run import investigation
    from responder.pipeline import investigate
    from responder.team.models import choose_model

    choice = choose_model(request.settings)
    async with investigation(request.settings, choice, request.incident, tell=request.tell) as opened:
        deps = opened.deps
        evidence, triage = KeptEvidence(deps.evidence, request.incident.inputs), KeptTriage(deps.triage)
        outcome = await investigate(request.incident, deps=replace(deps, evidence=evidence, triage=triage))
        diagnosis = diagnose(
            outcome.report, evidence, triage, request.context, redactor=deps.redactor, notes=request.notes
        )
        _write(request, diagnosis, opened.folder.path)
    return Explained(diagnosis, outcome.failure)


def _write(request: Request, diagnosis: Diagnosis, folder: Path | None) -> None:
    from responder.reporting.wording import plural
    from responder.reporting.writer import write_run

    problems: list[str] = []
    if folder is not None:
        try:
            write_run(diagnosis.report, folder)
        except ResponderError as error:
            problems.append(f"a document is missing: {error}")
    problems += write_outputs(diagnosis, folder, request.wanted)
    try:
        _print(request, diagnosis)
    except OSError as error:
        _silence(sys.stdout.fileno())
        problems.append(f"the answer could not be printed: {error.strerror}")
    if problems:
        more = f"; and {plural(len(problems) - 1, 'more output')}" if len(problems) > 1 else ""
        say_line(f"{problems[0]}{more}")
    if folder is not None and not request.run.quiet:
        say_line(f"report: {folder}")


def _print(request: Request, diagnosis: Diagnosis) -> None:
    from responder.ci.outputs.words import headline, kind_line, plain_line
    from responder.reporting.contract import dump

    if request.run.as_json:
        write_result(dump(diagnosis.report))
        return
    said = [plain_line(line, 500) for line in (headline(diagnosis), kind_line(diagnosis)) if line]
    write_result(inert("\n".join(said)))
    for command in annotations(diagnosis):
        write_result(command)
