"""`replay RUN`: the whole run again from its journal and its inputs, with no model call, no network and no code run."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from responder.cli.console import say, write_result
from responder.errors import AuditError, ConfigError, ExitCode

if TYPE_CHECKING:
    from responder.audit.interface import Head
    from responder.pipeline import Outcome
    from responder.team.replay.journal import ReplayJournal
    from responder.team.replay.recording import Recording

__all__ = ["replay"]

_REPORTS = ("report.json", "final_report.md", "post_mortem.md", "report.html")


async def replay(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")],
) -> ExitCode:
    """Repeat a run from its journal and compare the reports.

    Exits 0 when they are identical to the byte, 7 when they are not; then the first divergence is named.
    """
    run = run.resolve()
    recording, head = _open(run)
    with tempfile.TemporaryDirectory(prefix="magentic-one-responder-") as folder, _where_it_ran(recording):
        journal = _journal(recording, head)
        outcome = await _repeat(recording, journal, run, Path(folder))
        different = journal.divergence or _first_difference(outcome, run, Path(folder))
    if different:
        write_result(f"diverged: {different}")
        return ExitCode.AUDIT_FAILED
    write_result(f"identical: {', '.join(_REPORTS)}")
    return ExitCode.OK


def _open(run: Path) -> "tuple[Recording, Head]":
    from responder.audit.verify import entries, verify
    from responder.cli.audit import head_of_report
    from responder.team.replay.recording import Recording

    path = run / "audit.jsonl"
    if not path.is_file():
        raise ConfigError(f"there is no run at {str(run)!r}", hint="name a folder below reports/")
    checked = verify(path, head=head_of_report(run / "report.json"))
    if checked.status != "ok":
        raise AuditError(f"the journal does not verify: {checked.message}", hint="a changed record proves nothing")
    recording = Recording(list(entries(path)))
    if not recording.asked or not recording.is_finished:
        raise ConfigError(f"the run in {str(run)!r} did not finish, so there is nothing to repeat")
    if recording.unfinished_stage:
        raise ConfigError(
            f"the run in {str(run)!r} was interrupted in {recording.unfinished_stage!r}, before its agents were done",
            hint="`investigate --resume` goes on with it",
        )
    if not recording.first("model.requested"):
        say("No agents spoke in this run; the deterministic stages are repeated.")
    return recording, checked.head


def _journal(recording: "Recording", head: "Head") -> "ReplayJournal":
    from responder.cli.wiring.record import incident_of
    from responder.cli.wiring.stages import redaction_key
    from responder.safety.redact import NullRedactor, Redactor
    from responder.team.replay.journal import ReplayJournal

    started = recording.asked
    if started["settings"]["redact"] != "True":
        return ReplayJournal(recording, NullRedactor(), head)
    return ReplayJournal(recording, Redactor(key=redaction_key(incident_of(started), started["nonce"])), head)


async def _repeat(recording: "Recording", journal: "ReplayJournal", run: Path, folder: Path) -> "Outcome":
    from responder.cli.wiring.record import incident_of
    from responder.cli.wiring.repeat import replaying
    from responder.pipeline import investigate

    incident = incident_of(recording.asked)
    outcome = await investigate(incident, deps=replaying(recording, journal, incident, run=run, folder=folder))
    seconds = {
        entry.data["stage"]: float(entry.data["seconds"])
        for entry in recording.last_attempt
        if entry.event == "stage.finished"
    }
    return replace(outcome, report=replace(outcome.report, timings=seconds))


def _first_difference(outcome: "Outcome", run: Path, folder: Path) -> str:
    from responder.reporting.writer import write_run

    written = folder / "run"
    written.mkdir()
    write_run(outcome.report, written)
    for name in _REPORTS:
        then, now = (run / name).read_bytes(), (written / name).read_bytes()
        if then != now:
            line = _first_line(then.split(b"\n"), now.split(b"\n"))
            return f"{name}, line {line}"
    return ""


def _first_line(then: Sequence[bytes], now: Sequence[bytes]) -> int:
    return next((n for n, (a, b) in enumerate(zip(then, now, strict=False), 1) if a != b), min(len(then), len(now)) + 1)


@contextlib.contextmanager
def _where_it_ran(recording: "Recording") -> Iterator[None]:
    """Work in the folder of the original run, so that relative inputs mean the same files."""
    try:
        with contextlib.chdir(recording.asked["folder"]):
            yield
    except FileNotFoundError as error:
        raise ConfigError(f"{error.filename!r}, where the run was started, is gone") from error
