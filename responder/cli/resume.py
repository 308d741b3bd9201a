"""`investigate --resume RUN`: a run that a crash cut short goes on in its own folder and journal."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from responder.errors import AuditError, ConfigError

if TYPE_CHECKING:
    from responder.cli.wiring.record import Resumption

__all__ = ["resumption"]


def resumption(run: Path, inputs: Sequence[Path] | None) -> "Resumption":
    """Read what an unfinished run was asked and told.

    Raises:
        ConfigError: Inputs were named as well, there is no such run, it finished, or it ran somewhere else.
        AuditError: Its journal was changed.
    """
    from responder.audit.verify import entries, verify
    from responder.cli.wiring.record import Resumption
    from responder.team.replay.recording import Recording

    path = run / "audit.jsonl"
    if inputs:
        raise ConfigError("--resume takes its inputs from the run", hint="leave the inputs away")
    if not path.is_file():
        raise ConfigError(f"there is no run at {str(run)!r}", hint="name a folder below reports/")
    checked = verify(path, head=None)
    if checked.status == "tampered":
        raise AuditError(f"the journal does not verify: {checked.message}", hint="a changed record cannot be trusted")
    recording = Recording(list(entries(path)), with_failures=False)
    started = recording.first("run.started")
    if not started:
        raise ConfigError(f"the run in {str(run)!r} never started", hint="start a new one")
    if recording.first("run.finished"):
        raise ConfigError(f"the run in {str(run)!r} is finished", hint="`replay` repeats it; a new run starts anew")
    if started["folder"] != str(Path.cwd()):
        raise ConfigError(f"the run was started in {started['folder']!r}", hint="resume it from there")
    return Resumption(run.resolve(), recording)
