"""The question a sandbox must answer before any agent's code enters it: do the walls stand, here and now?

The same few facts for every backend. The long list of attacks is `checks`, which `sandbox check` runs.
"""

import json
import secrets
from pathlib import Path

from msgspec import Struct

from responder.errors import SandboxUnavailable
from responder.sandbox.interface import Sandbox

__all__ = ["SelfTest", "passed_self_test"]

_PROBE = """
import ctypes, json, os, socket

def fields(path):
    # One "name: value" a line, as /proc writes them; nothing where there is no /proc.
    try:
        lines = open(path).read().splitlines()
    except OSError:
        return {}
    return {line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in lines if ":" in line}

def refused(act):
    try:
        act()
    except OSError as error:
        return error.strerror
    return ""

prctl = ctypes.CDLL(None).prctl
capget = ctypes.CDLL(None).capget
header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
capget(header, sets)
canary = CANARY
print(json.dumps({
    "uid": os.getuid(),
    "capabilities": any(sets),
    "no_new_privileges": prctl(39, 0, 0, 0, 0),
    "seccomp": prctl(21, 0, 0, 0, 0),
    "interfaces": sorted(fields("/proc/self/net/dev")),
    "socket": refused(lambda: socket.socket().close()),
    "canary": refused(lambda: open(canary).close()),
    "root": refused(lambda: open("/.canary", "w").close()),
    "evidence": refused(lambda: os.listdir(os.environ["EVIDENCE_DIR"])) if os.environ.get("EVIDENCE_DIR") else "",
    "evidence_writable": not refused(lambda: open(os.environ["EVIDENCE_DIR"] + "/.canary", "w").close()),
}))
"""


def _planted_canary(scratch: Path) -> Path:
    canary = scratch.absolute() / f"canary-{secrets.token_hex(8)}"
    canary.write_text("out of reach", encoding="utf-8")
    canary.chmod(0o644)
    return canary


class SelfTest(Struct, frozen=True):
    """What the probe saw, and what is wrong with it."""

    facts: dict[str, str]
    failures: tuple[str, ...]
    """Empty when the walls stand."""


async def passed_self_test(sandbox: Sandbox, *, scratch: Path, has_evidence: bool) -> SelfTest:
    """Run the probe in a started sandbox.

    Args:
        sandbox: Must be started.
        scratch: A folder of the host in which a canary is put that the code must not be able to read.
        has_evidence: Was an evidence folder given, so that it must be readable?

    Raises:
        SandboxUnavailable: The probe itself could not be run.
    """
    canary = _planted_canary(scratch)
    try:
        probe = _PROBE.replace("CANARY", repr(str(canary)))
        execution = await sandbox.execute(probe, name="self_test.py")
    finally:
        canary.unlink()
    if execution.exit_code != 0:
        last = (execution.note or execution.output).strip().splitlines()[-1:]
        raise SandboxUnavailable(f"the self-test did not run: {''.join(last)[:200]}")
    try:
        seen = json.loads(execution.output)
    except ValueError as error:
        raise SandboxUnavailable("the self-test printed something else than its facts") from error
    return SelfTest({key: str(value) for key, value in seen.items()}, tuple(_failures(seen, has_evidence=has_evidence)))


def _failures(seen: dict[str, object], *, has_evidence: bool) -> list[str]:
    interfaces = seen["interfaces"]
    wanted = [
        (seen["uid"] != 0, "the code is root"),
        (seen["capabilities"] is False, "the code has capabilities"),
        (seen["no_new_privileges"] == 1, "the code may gain privileges"),
        (seen["seccomp"] == 2, "no system call filter is on"),
        (interfaces in ([], ["lo"]), f"network interfaces are there: {interfaces}"),
        (bool(seen["socket"]), "the code can open a socket"),
        (bool(seen["canary"]), "the code can read files of the host"),
        (bool(seen["root"]), "the root folder is writable"),
        (not has_evidence or not seen["evidence"], f"the evidence cannot be read: {seen['evidence']}"),
        (not seen["evidence_writable"], "the evidence is writable"),
    ]
    return [failure for holds, failure in wanted if not holds]
