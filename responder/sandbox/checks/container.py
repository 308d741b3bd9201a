"""What the engine itself says about the container: the CIS Docker benchmark, section 5, as far as `inspect` tells."""

from collections.abc import Callable, Sequence
from typing import Any

from responder.sandbox.checks.model import Bench, Check

__all__ = ["CONTAINER_CHECKS"]

Inspection = dict[str, Any]
_SECRET_PLACES = ("/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr")

_OWN = ("", "private", "shareable")
"""The container's own, in the words of Docker and of Podman; `shareable` is with other containers, were there any."""
_USUAL_CAPABILITIES = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID"),
    *("SETPCAP", "SETUID", "SYS_CHROOT"),
}
"""What an engine gives unless told otherwise; Podman lists what it took away."""


def _inspected(name: str, claim: str, holds: Callable[[Inspection, Inspection], bool]) -> Check:
    async def probe(bench: Bench) -> str:
        from responder.sandbox.docker import DockerSandbox

        if not isinstance(bench.sandbox, DockerSandbox):
            return "not a container"
        facts = await bench.sandbox.inspect()
        return "" if holds(facts, facts["HostConfig"]) else "the engine's record says otherwise"

    return Check(name, claim, probe, frozenset({"docker"}))


async def _killed_idle(bench: Bench) -> str:
    from responder.sandbox.docker import DockerSandbox
    from responder.sandbox.engine import connect

    if not isinstance(bench.sandbox, DockerSandbox):
        return "not a container"
    engine = connect(bench.sandbox.docker_host)
    try:
        engine.kill(bench.sandbox.container_name)
    finally:
        engine.close()
    after = await bench.sandbox.execute("print(42)")
    if after.output != "42\n":
        return f"{after.ending}: {after.output} {after.note}"
    return "" if "empty again" in after.note else "the model was not told that the workspace is new"


CONTAINER_CHECKS: Sequence[Check] = (
    _inspected(
        "cis-5.1-apparmor", "No profile is switched off.", lambda _, h: "unconfined" not in str(h["SecurityOpt"])
    ),
    _inspected(
        "cis-5.3-capabilities",
        "All are dropped, none added.",
        lambda _, h: not h["CapAdd"] and (h["CapDrop"] == ["ALL"] or set(h["CapDrop"]) >= _USUAL_CAPABILITIES),
    ),
    _inspected("cis-5.4-privileged", "Not privileged.", lambda _, h: not h["Privileged"]),
    _inspected(
        "cis-5.5-mounts",
        "No sensitive folder is mounted.",
        lambda f, _: all(m["Source"] not in _SECRET_PLACES for m in f["Mounts"]),
    ),
    _inspected(
        "cis-5.7-ports", "No port is published.", lambda f, h: not h["PortBindings"] and not h["PublishAllPorts"]
    ),
    _inspected(
        "cis-5.9-network", "The host's network is not shared; there is none.", lambda _, h: h["NetworkMode"] == "none"
    ),
    _inspected(
        "cis-5.10-memory", "Memory is limited, and swap is not extra.", lambda _, h: 0 < h["Memory"] == h["MemorySwap"]
    ),
    _inspected("cis-5.11-cpu", "Processors are limited.", lambda _, h: h["NanoCpus"] > 0),
    _inspected("cis-5.12-root", "The root file system is read-only.", lambda _, h: h["ReadonlyRootfs"] is True),
    _inspected(
        "cis-5.13-bindings",
        "Every bind mount is read-only.",
        lambda f, _: not any(m["RW"] for m in f["Mounts"] if m["Type"] == "bind"),
    ),
    _inspected(
        "cis-5.14-restart",
        "It is never restarted by the engine.",
        lambda _, h: h["RestartPolicy"]["Name"] in ("", "no"),
    ),
    _inspected("cis-5.15-pid", "The host's processes are not shared.", lambda _, h: h["PidMode"] in _OWN),
    _inspected("cis-5.16-ipc", "The host's memory segments are not shared.", lambda _, h: h["IpcMode"] in _OWN),
    _inspected("cis-5.17-devices", "No device is passed in.", lambda _, h: not h["Devices"]),
    _inspected(
        "cis-5.18-ulimits",
        "Open files and core dumps are limited.",
        lambda _, h: {u["Name"].lower().removeprefix("rlimit_") for u in h["Ulimits"]} >= {"nofile", "core"},
    ),
    _inspected(
        "cis-5.19-propagation",
        "Mounts do not travel back.",
        lambda f, _: all(m["Propagation"] != "shared" for m in f["Mounts"]),
    ),
    _inspected("cis-5.20-uts", "The host's name is not shared.", lambda _, h: h["UTSMode"] in _OWN),
    _inspected(
        "cis-5.21-seccomp",
        "The engine's call filter is on.",
        lambda _, h: "seccomp=unconfined" not in str(h["SecurityOpt"]),
    ),
    _inspected(
        "cis-5.25-new-privileges",
        "No privileges can be gained.",
        lambda _, h: any("no-new-privileges" in o for o in h["SecurityOpt"]),
    ),
    _inspected("cis-5.28-pids", "Processes are limited.", lambda _, h: 0 < h["PidsLimit"] <= 256),
    _inspected("cis-5.30-users", "Its first process is not root.", lambda f, _: f["Config"]["User"] == "10000:10000"),
    _inspected(
        "cis-5.31-socket", "The engine's socket is not mounted.", lambda f, _: "docker.sock" not in str(f["Mounts"])
    ),
    _inspected("container-logs", "The engine keeps no log.", lambda _, h: h["LogConfig"]["Type"] == "none"),
    _inspected(
        "container-lifeline",
        "It ends with its standard input and is removed then.",
        lambda f, h: f["Config"]["OpenStdin"] and h["AutoRemove"],
    ),
    Check("container-killed-idle", "A container killed from outside is replaced.", _killed_idle, frozenset({"docker"})),
)
