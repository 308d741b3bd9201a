"""Writes the documents of a run into its folder, each one whole or not at all.

The journal and the log for people are in the folder already; nothing here touches them.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from responder.errors import ConfigError, ResponderError
from responder.reporting.contract import dump
from responder.reporting.model import Report
from responder.team.interface import Verification

__all__ = ["LATEST", "write_run"]

LATEST = "latest"
"""Beside the run folders: a link to the newest one."""

_SUFFIXES = {"python": ".py", "py": ".py", "python3": ".py", "sh": ".sh", "bash": ".sh", "shell": ".sh"}


def write_run(report: Report, folder: Path) -> None:
    """Write every document of the run into `folder`, then point `latest` beside it at it.

    `report.json` comes first, so that a document which cannot be rendered costs nothing but itself.

    Args:
        report: What the run found.
        folder: The folder of the run; it exists.

    Raises:
        ConfigError: The folder cannot be written.
        ResponderError: A document would hold live content and was left out; all others are written.
    """
    refused: list[ResponderError] = []
    try:
        for name, render in _documents(report):
            try:
                _write(folder / name, render())
            except ResponderError as error:
                refused.append(error)
        _write_verifications(report.conclusion.verifications, folder / "verification")
        _point_latest(folder)
    except OSError as error:
        raise ConfigError(
            f"the report cannot be written into {str(folder)!r}: {error.strerror}",
            hint="free some space or choose another folder with --out",
        ) from error
    if refused:
        raise refused[0]


def _documents(report: Report) -> Iterator[tuple[str, Callable[[], bytes]]]:
    from responder.reporting.html import html
    from responder.reporting.markdown import final_report, post_mortem

    yield "report.json", lambda: dump(report)
    yield "final_report.md", lambda: final_report(report).encode()
    yield "post_mortem.md", lambda: post_mortem(report).encode()
    yield "report.html", lambda: html(report).encode()


def _write_verifications(verifications: tuple[Verification, ...], folder: Path) -> None:
    if not verifications:
        return
    folder.mkdir(exist_ok=True)
    for item in verifications:
        run = item.execution
        suffix = _SUFFIXES.get(run.language.lower(), ".txt")
        _write(folder / f"{item.id}{suffix}", run.code.encode())
        head = f"exit code {run.exit_code} ({run.ending}) after {run.seconds:.3f} s\n"
        note = f"{run.note}\n" if run.note else ""
        _write(folder / f"{item.id}.out", f"{head}{note}\n{run.output}".encode())


def _write(path: Path, data: bytes) -> None:
    """Replace `path` in one step: a reader sees the old file or the new one, never half of one."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _point_latest(folder: Path) -> None:
    """Point a relative link at the folder, so that the whole tree can be moved; something else there is left alone."""
    link = folder.parent / LATEST
    if link.exists() and not link.is_symlink():
        return
    fresh = folder.parent / f".{LATEST}.{folder.name}"
    with contextlib.suppress(OSError):  # some file systems have no links; the run folder is named on the screen anyway
        fresh.symlink_to(folder.name, target_is_directory=True)
        fresh.replace(link)
