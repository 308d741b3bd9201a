"""`investigate --resume RUN`: a run that a crash or a limit cut short goes on in its own folder and journal."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from responder.errors import AuditError, ConfigError
from responder.settings import Settings

if TYPE_CHECKING:
    from responder.cli.wiring.record import Resumption
    from responder.team.replay.recording import Recording

__all__ = ["resumption"]

_LIMITS = ("max_turns", "budget_tokens", "budget_usd", "max_calls")


def resumption(run: Path, inputs: Sequence[Path] | None, settings: Settings) -> "Resumption":
    """Read what a run was asked and told until it was cut short.

    Args:
        run: Its folder.
        inputs: What was named on the command line; there must be none.
        settings: What it is allowed now.

    Raises:
        ConfigError: Inputs were named as well, there is no such run, it came to its end, it would stop at its limit
            again, or it ran somewhere else.
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
    recording = Recording(list(entries(path)))
    started = recording.first("run.started")
    if not started:
        raise ConfigError(f"the run in {str(run)!r} never started", hint="start a new one")
    if recording.is_finished and not recording.unfinished_stage:
        _check_it_can_go_on(run, recording, settings)
    if started["folder"] != str(Path.cwd()):
        raise ConfigError(f"the run was started in {started['folder']!r}", hint="resume it from there")
    return Resumption(run.resolve(), recording)


def _check_it_can_go_on(run: Path, recording: "Recording", settings: Settings) -> None:
    """Let a finished run go on where a limit ended it, unless the limit still stands."""
    reached = recording.limit
    if reached is None or reached == "stalled":
        raise ConfigError(f"the run in {str(run)!r} is finished", hint="`replay` repeats it; a new run starts anew")
    was = recording.asked["settings"]
    raised = [name for name in _LIMITS if _more(getattr(settings, name), was.get(name))]
    if reached in ("budget", "turn_limit") and not raised:
        flags = "--max-turns" if reached == "turn_limit" else "--budget-tokens"
        raise ConfigError(
            f"the run in {str(run)!r} stopped at its limit ({reached}) and would stop there again",
            hint=f"allow it more, with {flags} or the settings",
        )


def _more(now: float | None, then: str | None) -> bool:
    """Tell whether a limit was raised; none at all is the highest, and is not in the record."""
    return then is not None and (now is None or now > float(then))
