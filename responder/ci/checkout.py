"""Asks git about the checkout: what changed since the last green build, and who last changed a line.

A checkout is as untrusted as the change it holds: its own configuration can name programs that git runs for hooks,
diffs and file watching. So git runs with those switched off, without prompts, read only and with a time limit, and
whatever it cannot answer is simply not known.
"""

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from responder.ci.interface import Commit
from responder.patterns import lazy

__all__ = ["Checkout"]

_SECONDS = 10.0
_MOST_BYTES = 4 << 20
_MOST_COMMITS = 500
_SEPARATOR = "\x1f"
_FORMAT = _SEPARATOR.join(("%H", "%an", "%aI", "%s"))
_SAFE = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.external=", "-c", "core.pager=cat",
    "-c", "core.sshCommand=false", "-c", "protocol.allow=never", "-c", "log.showSignature=false",
)  # fmt: skip
_SHA = lazy(r"[0-9a-f]{7,64}")


class Checkout:
    """A git checkout on this machine; every answer is empty where there is none.

    Args:
        root: The folder of the checkout.
    """

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._answers = root is not None and self._git("rev-parse", "--is-inside-work-tree").strip() == "true"

    def head(self) -> str:
        """The commit that is checked out."""
        return self._git("rev-parse", "HEAD").strip()

    def since(self, good: str) -> tuple[Commit, ...]:
        """The commits after `good`, newest first; empty when `good` is not in this history."""
        if not _SHA.fullmatch(good):
            return ()
        return _commits(self._git("log", f"--max-count={_MOST_COMMITS}", f"--format={_FORMAT}", f"{good}..HEAD", "--"))

    def files_since(self, good: str) -> frozenset[str]:
        """The paths that differ from `good`."""
        if not _SHA.fullmatch(good):
            return frozenset()
        out = self._git(
            "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", good, "HEAD", "--"
        )
        return frozenset(filter(None, out.split("\x00")))

    def touching(self, good: str, path: str) -> Commit | None:
        """The newest commit after `good` that changed a file."""
        if not _SHA.fullmatch(good):
            return None
        commits = _commits(self._git("log", "--max-count=1", f"--format={_FORMAT}", f"{good}..HEAD", "--", path))
        return commits[0] if commits else None

    def blame(self, path: str, line: int) -> Commit | None:
        """The commit that last changed a line.

        A shallow clone blames its oldest commit for everything older, so that answer is not given.
        """
        out = self._git("blame", "--porcelain", "--no-textconv", "-w", f"-L{line},{line}", "HEAD", "--", path)
        first = out.partition(" ")[0]
        if not _SHA.fullmatch(first) or re.search(r"^boundary$", out, re.MULTILINE):
            return None
        commits = _commits(self._git("log", "--max-count=1", f"--format={_FORMAT}", first, "--"))
        return commits[0] if commits else None

    def tracked(self) -> tuple[str, ...]:
        """Every path that git keeps here, within a bound of bytes."""
        return tuple(filter(None, self._git("ls-files", "-z").split("\x00")))

    def merge_base(self, branch: str) -> str:
        """Where this history left a branch of the remote; empty when that is not known here."""
        if not branch or branch.startswith("-"):
            return ""
        return self._git("merge-base", "HEAD", f"refs/remotes/origin/{branch}").strip()

    def _git(self, *args: str) -> str:
        if self._root is None or not getattr(self, "_answers", True):
            return ""
        try:
            done = subprocess.run(
                ["git", "-C", str(self._root), "--no-pager", "--literal-pathspecs", *_SAFE, *args],  # noqa: S607 - the user's own git
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                env=_environment(),
            )
        except (OSError, subprocess.TimeoutExpired, ValueError):
            return ""
        return done.stdout[:_MOST_BYTES].decode("utf-8", "replace") if done.returncode == 0 else ""


def _environment() -> dict[str, str]:
    """No prompt, no lock, no settings of the machine, no lazy fetching of missing objects."""
    return {
        "PATH": os.defpath,
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        # The job's own user owns the checkout more often than not; containers are the exception.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }


def _commits(out: str) -> tuple[Commit, ...]:
    commits = []
    for line in out.split("\n"):
        parts = line.split(_SEPARATOR, 3)
        if len(parts) == 4:
            commits.append(Commit(parts[0], parts[1], parts[3], _moment(parts[2])))
    return tuple(commits)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
