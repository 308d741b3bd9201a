"""The folder of one run, and the janitor that empties its workspace however the run ends."""

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path

from responder.errors import ConfigError
from responder.incident import Incident

__all__ = ["RunFolder", "open_run_folder"]

_PLAIN_NAMES = frozenset({"logs", "log", "input", "inputs", "artifacts"})
_JANITOR_SECONDS = 5.0
_PROJECT = Path(__file__).resolve().parents[2]
"""Where `python -m responder...` finds the package, installed or not."""
_ENDED_WELL = b"done"
# Runs in its own session: it outlives a kill of this process and of its terminal, and ends with its stdin. What it may
# have to call is loaded while there is time; when it is called, there is less than a second.
_JANITOR = """
import importlib, os, shutil, sys, time
sys.path[:0] = sys.argv[2:3]
try:
    when_killed = importlib.import_module(sys.argv[3]).main if sys.argv[3:] else None
except Exception:
    when_killed = None # the workspace goes in any case
ended_well = sys.stdin.buffer.read() == b"done"
def unlock(remove, path, _):
    try:
        os.chmod(os.path.dirname(path), 0o700)
        os.chmod(path, 0o700)
        remove(path)
    except OSError:
        pass
for _ in range(100):
    shutil.rmtree(sys.argv[1], onerror=unlock)
    if not os.path.lexists(sys.argv[1]):
        break
    time.sleep(0.02)
if when_killed and not ended_well:
    when_killed(*sys.argv[4:])
"""


class RunFolder:
    """`reports/<UTC time>-<slug>/`: what the run leaves, and a hidden workspace that it does not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.work = path / ".work"
        """Private; gone within a second of this process, however it ends."""
        self.staged = self.work / "evidence"
        self.scratch = self.work / "scratch"


@contextlib.contextmanager
def open_run_folder(
    out: Path, incident: Incident, *, existing: Path | None = None, when_killed: Sequence[str] = ()
) -> Iterator[RunFolder]:
    """Create the folder of a run and watch over its workspace until the block ends.

    Args:
        out: Where run folders go.
        incident: Names the folder.
        existing: The folder of a run that goes on, instead of a new one.
        when_killed: A module of this package that needs the standard library only, and arguments for its `main`, which
            is called after the workspace is gone when this process ends without leaving the block.

    Raises:
        ConfigError: The output folder cannot be written.
    """
    try:
        folder = RunFolder(existing or _create(out, incident))
    except OSError as error:
        raise ConfigError(
            f"the output folder {str(out)!r} cannot be written: {error.strerror}", hint="choose another one with --out"
        ) from error
    janitor = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _JANITOR, str(folder.work.resolve()), str(_PROJECT), *when_killed],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=_PROJECT,
        start_new_session=True,
    )
    try:
        # After the janitor, so that there is no moment in which a kill would leave the workspace behind.
        for path in (folder.work, folder.staged, folder.scratch):
            path.mkdir(mode=0o755)
        yield folder
    finally:
        assert janitor.stdin is not None  # noqa: S101 - a pipe was asked for
        with contextlib.suppress(BrokenPipeError):
            janitor.stdin.write(_ENDED_WELL)
            janitor.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            janitor.wait(timeout=_JANITOR_SECONDS)


def _create(out: Path, incident: Incident) -> Path:
    started = incident.started_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    out.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, 1000):
        name = f"{started}-{_slug(incident)}" + (f"-{attempt}" if attempt > 1 else "")
        with contextlib.suppress(FileExistsError):
            (out / name).mkdir(mode=0o755)
            return out / name
    raise FileExistsError(17, os.strerror(17), str(out))


def _slug(incident: Incident) -> str:
    """Name a run after its first input; a folder called `logs` gives its parent's name."""
    first = incident.inputs[0] if incident.inputs else Path("run")
    if str(first) == "-":
        return "stdin"
    resolved = first.absolute()
    name = resolved.parent.name if resolved.name in _PLAIN_NAMES and resolved.parent.name else resolved.name
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:48] or "run"
