"""What a check is: a claim about the walls, and a way to find out whether it holds here."""

import textwrap
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from responder.sandbox.interface import BackendName, Execution, Sandbox

__all__ = ["Bench", "Check", "CheckResult", "Verdict", "attack", "observation"]

Verdict = Literal["held", "broken"]


class Bench(Struct, frozen=True):
    """A started sandbox, and what lies outside for the checks to reach for."""

    sandbox: Sandbox
    backend: BackendName
    canary: Path
    """A file of the host that everybody may read, outside every mount."""
    outside_pid: int
    """A process of the host, of the same user where there is no other choice."""
    secret: str
    """The value of a variable in this process's environment."""
    another: Callable[[], Sandbox]
    """Makes a second sandbox of the same kind, not yet started."""
    options: Mapping[str, str | None]
    """What `build_sandbox` was given beside the folders and limits."""


class Check(Struct, frozen=True):
    """One claim.

    Args:
        name: Unique, in kebab case; its first word is the subject.
        claim: What must be true, as a sentence.
        probe: Finds out; the empty string when it holds, else what was seen.
        only: The backends it is about; empty for all.
    """

    name: str
    claim: str
    probe: Callable[[Bench], Awaitable[str]]
    only: frozenset[BackendName] = frozenset()

    def concerns(self, backend: BackendName) -> bool:
        """Is the claim about this backend?"""
        return not self.only or backend in self.only


class CheckResult(Struct, frozen=True):
    """What became of one check on one backend."""

    name: str
    claim: str
    backend: BackendName
    verdict: Verdict
    detail: str
    seconds: float


_ATTACK = """
import ctypes, os, socket, sys
CANARY, OUTSIDE_PID, EVIDENCE = {canary!r}, {outside_pid}, os.environ["EVIDENCE_DIR"]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def call(number, *arguments):
    # A system call by number; raises what the kernel said.
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

def attempt():
{body}

try:
    got = attempt()
except OSError as error:
    print("blocked:", error.strerror or error)
else:
    print("SUCCEEDED:", got)
"""


def attack(
    name: str,
    claim: str,
    body: str,
    *,
    only: frozenset[BackendName] = frozenset(),
) -> Check:
    """A check that holds when the kernel refuses what `body` tries.

    Args:
        name: As in `Check`.
        claim: As in `Check`.
        body: Python statements. They must end in an OSError where the wall stands; anything else breaks the check, a
            mistake in the statements too.
        only: As in `Check`.
    """

    async def probe(bench: Bench) -> str:
        code = _ATTACK.format(
            canary=str(bench.canary),
            outside_pid=bench.outside_pid,
            body=textwrap.indent(textwrap.dedent(body).strip(), "    "),
        )
        execution = await bench.sandbox.execute(code)
        last = execution.output.strip().rpartition("\n")[2]
        return "" if execution.exit_code == 0 and last.startswith("blocked: ") else _seen(execution)

    return Check(name, claim, probe, only)


def observation(
    name: str,
    claim: str,
    code: str,
    holds: Callable[[Execution], bool],
    *,
    only: frozenset[BackendName] = frozenset(),
) -> Check:
    """A check that runs `code` and looks at how it went; afterwards the sandbox must still work."""

    async def probe(bench: Bench) -> str:
        execution = await bench.sandbox.execute(textwrap.dedent(code))
        if not holds(execution):
            return _seen(execution)
        after = await bench.sandbox.execute("print(6 * 7)")
        return "" if after.output == "42\n" and after.exit_code == 0 else f"afterwards: {_seen(after)}"

    return Check(name, claim, probe, only)


def _seen(execution: Execution) -> str:
    return f"{execution.ending}, exit {execution.exit_code}: {execution.output.strip()[-300:]} {execution.note}".strip()
