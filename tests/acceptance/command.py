"""The program as a user runs it: a process, its exit code, what it printed, the report it left."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ENTRYPOINT", "PROJECT", "Ended", "environment", "run", "run_folder"]

PROJECT = Path(__file__).resolve().parents[2]
ENTRYPOINT = PROJECT / "magentic_one_orchestrator.py"

_KEPT = ("PATH", "DOCKER_HOST", "TMPDIR")
# Still root, who may start the interpreter wherever it lies, but without root's licence to ignore permissions.
_ORDINARY = ("setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        """What `--json` printed."""
        report: dict[str, Any] = json.loads(self.stdout)
        return report


def environment(**more: str) -> Mapping[str, str]:
    """No keys, no settings file, no home: only what finds programs, the engine and temporary space."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "HOME": "/nonexistent", "RESPONDER_ENV_FILE": "/dev/null", **more}


def run(*args: str | Path, timeout: float = 120, ordinary: bool = False, **more: str) -> Ended:
    """Run the command line and wait for it.

    Args:
        args: What follows the program's name.
        timeout: Seconds after which the test fails.
        ordinary: Obey file permissions even when root runs the tests.
        more: Environment variables.
    """
    done = subprocess.run(
        [*(_ORDINARY if ordinary and os.geteuid() == 0 else []), sys.executable, str(ENTRYPOINT), *map(str, args)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=timeout,
        env=environment(**more),
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_folder(out: Path) -> Path:
    """The only run folder below `out`."""
    (folder,) = [path for path in out.iterdir() if path.is_dir() and not path.is_symlink()]
    return folder
