"""What this process really does while a run goes on, told by the interpreter's own audit events."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["watching"]

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.mkdir": (0,),
    "os.rmdir": (0,),
    "os.symlink": (1,),
    "os.link": (1,),
    "os.truncate": (0,),
}
_PROGRAMS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn"})
_NETWORK = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind", "urllib.Request"})


class _Watch:
    def __init__(self) -> None:
        self.allowed: Path | None = None
        self.forbidden: Path | None = None
        self.seen: list[str] = []
        self._hooked = False

    def hook(self) -> None:
        if not self._hooked:  # there is no way to remove one
            sys.addaudithook(self._hear)
            self._hooked = True

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self.allowed is None:
            return
        if event == "open":
            path, mode, flags = args
            if isinstance(path, str | bytes | os.PathLike):
                self._opened(_path(path), bool((flags or 0) & _WRITES) or any(sign in (mode or "") for sign in "wax+"))
        elif event in _CHANGES:
            for at in _CHANGES[event]:
                self._opened(_path(args[at]), True)
        elif event in _PROGRAMS or event in _NETWORK:
            self.seen.append(f"{event}{args!r:.200}")

    def _opened(self, path: Path, writes: bool) -> None:
        assert self.allowed is not None
        if path == self.forbidden:
            self.seen.append(f"read {path}")
        spool = path.name.startswith("responder-") and path.parent == Path(tempfile.gettempdir())
        if writes and not (path.is_relative_to(self.allowed) or path == Path(os.devnull) or spool):
            self.seen.append(f"wrote {path}")


def _path(path: str | bytes | os.PathLike[str]) -> Path:
    return Path(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 - resolve() would raise events of its own


_WATCH = _Watch()


@contextmanager
def watching(*, allowed: Path, forbidden: Path) -> Iterator[list[str]]:
    """Collect programs started, connections made, writes outside `allowed`, and reads of `forbidden`."""
    _WATCH.hook()
    _WATCH.seen = []
    _WATCH.forbidden = forbidden
    _WATCH.allowed = allowed
    try:
        yield _WATCH.seen
    finally:
        _WATCH.allowed = None
