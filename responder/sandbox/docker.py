"""The first choice: a container that holds nothing but Python, the evidence and the code.

The engine is driven from threads, since its client blocks; the running block's stream is not. Two connections stay
open while the container lives: the lifeline to its first process, whose end ends everything however this process
dies, and the line to the supervisor.
"""

import asyncio
import os
import secrets
import socket
import time
from pathlib import PurePath
from typing import Any, ClassVar

from docker.errors import APIError
from docker.types import HostConfig, LogConfig, Ulimit
from msgspec.structs import replace

from responder.background import in_background
from responder.errors import SandboxUnavailable
from responder.sandbox.engine import IMAGE, EngineAPI, connect, engine_errors, image_facts, is_podman, runtime_of
from responder.sandbox.interface import CODE_DIR, EVIDENCE_DIR, WORK_DIR, BackendName, Limits, Mounts
from responder.sandbox.line import Line
from responder.sandbox.owner import Owner
from responder.sandbox.reaper import DEADLINE_LABEL, LABEL, OWNER_LABEL, reap
from responder.sandbox.supervised import SupervisedSandbox

__all__ = ["CODE_USER", "DockerSandbox"]

CODE_USER = 10001
_FIRST_PROCESS_USER = 10000
_ULIMITS = {"nofile": 512, "core": 0, "nproc": 4096}
"""`nproc` counts the users of every container together, so `pids_limit` is the limit and this only a bound that an
engine without the right to raise it does not try to raise."""
_CONTAINER_SPARE_SECONDS = 60
_REMOVE_SECONDS = 5


class DockerSandbox(SupervisedSandbox):
    """A hardened container for one run.

    Args:
        mounts: The host folders it may read.
        limits: What it may use.
        docker_host: The engine's address; None is the default socket.
        image: What to run; it must have `python3`. None is the one that `sandbox build` makes.
        runtime: An OCI runtime that the engine knows, such as `runsc`; None is the engine's own.
    """

    backend: ClassVar[BackendName] = "docker"

    def __init__(
        self,
        *,
        mounts: Mounts,
        limits: Limits | None = None,
        docker_host: str | None = None,
        image: str | None = None,
        runtime: str | None = None,
    ) -> None:
        super().__init__(mounts=mounts, limits=limits)
        self.image = image or IMAGE
        self.container_name = ""
        """Of the container that runs, or ran last; no two have the same."""
        self.docker_host = docker_host
        self._runtime = runtime
        self._engine: EngineAPI | None = None
        self._container: str | None = None
        self._lifeline: socket.socket | None = None

    async def _open(self) -> Line:
        # A cancelled start still ends in a known state: the thread is let finish, then torn down by the caller.
        work = asyncio.ensure_future(in_background(self._create))
        try:
            connection = await asyncio.shield(work)
        except asyncio.CancelledError:
            # An engine that hangs now is not waited for: the lifeline goes with this process.
            await asyncio.wait([work], timeout=_REMOVE_SECONDS)
            if work.done() and not work.exception():
                work.result().close()
            raise
        return await Line.over(connection, multiplexed=True)

    def _create(self) -> socket.socket:
        """Make the container, hold its lifeline, start it, start the supervisor; the connection to it."""
        with engine_errors():
            engine = self._engine = self._engine or connect(self.docker_host)
            podman = is_podman(engine)
            reap(self.docker_host)
            image = image_facts(engine, self.image)
            self.info = replace(self.info, facts={**self.info.facts, "image": image["Id"]})
            # A new name each time: one that was killed may still be on its way out.
            self.container_name = f"responder-{secrets.token_hex(6)}"
            made = engine.create_container_from_config(  # type: ignore[no-untyped-call]
                self._container_config(engine, podman=podman), name=self.container_name
            )
            self._container = made["Id"]
            self._check_runtime(engine, self._container)
            # The lifeline is held before the container starts, so that there is no moment in which it could be left.
            self._lifeline = _own_socket(engine.attach_socket(self._container, params={"stdin": 1, "stream": 1}))
            engine.start(self._container)
            config = self._supervisor_config()
            if podman:  # which cannot limit the number of files
                folders = [WORK_DIR, "/tmp", "/dev/shm"]  # noqa: S108 - the sandbox's own
                config["watched"] = {"folders": folders, "bytes": 0, "files": self.limits.files}
            command = ["python3", *self._folder.program(CODE_DIR, "supervisor", "serve", config)]
            process = engine.exec_create(
                self._container, command, stdin=True, stderr=False, user=f"{CODE_USER}:{CODE_USER}", workdir=WORK_DIR
            )
            return _own_socket(engine.exec_start(process["Id"], socket=True))

    def _check_runtime(self, engine: EngineAPI, container: str) -> None:
        """Refuse an engine that takes the wish for a runtime and gives another, as Podman does."""
        if self._runtime is None:
            return
        found = runtime_of(engine, container)
        if PurePath(found).name != PurePath(self._runtime).name:
            raise SandboxUnavailable(
                f"the container engine would use {found!r} and not the runtime {self._runtime!r}",
                hint=f"with Podman, choose it for the service: podman --runtime {self._runtime} system service",
            )

    def _container_config(self, engine: EngineAPI, *, podman: bool) -> dict[str, Any]:
        limits = self.limits
        config = {"lifetime_seconds": limits.lifetime_seconds}
        deadline = int(time.time()) + limits.lifetime_seconds + _CONTAINER_SPARE_SECONDS
        made: dict[str, Any] = engine.create_container_config(
            self.image,
            ["python3", *self._folder.program(CODE_DIR, "deadman", "stand", config)],
            entrypoint=[],
            user=f"{_FIRST_PROCESS_USER}:{_FIRST_PROCESS_USER}",
            hostname="sandbox",
            working_dir="/",
            stdin_open=True,
            network_disabled=True,
            environment={"LANG": "C.UTF-8"},
            labels={LABEL: "1", OWNER_LABEL: str(Owner.this_process()), DEADLINE_LABEL: str(deadline)},
            host_config=self._host_config(engine, podman=podman),
        )
        made["StdinOnce"] = True
        made["AttachStdout"] = made["AttachStderr"] = False
        return made

    def _host_config(self, engine: EngineAPI, *, podman: bool) -> HostConfig:
        limits = self.limits
        binds = [f"{self._folder.path}:{CODE_DIR}:ro"]
        if self.mounts.evidence is not None:
            binds.append(f"{self.mounts.evidence.absolute()}:{EVIDENCE_DIR}:ro")
        return engine.create_host_config(
            auto_remove=True,
            network_mode="none",
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            read_only=True,
            privileged=False,
            binds=binds,
            tmpfs=self._memory_folders(podman=podman),
            shm_size="16m",
            ipc_mode="private",
            pids_limit=limits.processes,
            mem_limit=limits.memory_mb << 20,
            memswap_limit=limits.memory_mb << 20,
            nano_cpus=int(limits.cpus * 1e9),
            ulimits=[Ulimit(name=name, soft=most, hard=most) for name, most in _ULIMITS.items()],
            log_config=LogConfig(type="none", config={}),
            runtime=self._runtime,
        )

    def _memory_folders(self, *, podman: bool) -> dict[str, str]:
        limits, walls = self.limits, "nosuid,nodev,noexec"
        files, owner = f",nr_inodes={limits.files}", f",mode=0700,uid={CODE_USER},gid={CODE_USER}"
        closed = {}
        if podman:  # knows neither option, and would make more folders writable
            files, owner = "", ",mode=1777"
            closed = dict.fromkeys(("/run", "/var/tmp"), f"ro,{walls},size=4k")  # noqa: S108 - not ours
        return closed | {
            "/tmp": f"rw,{walls},size={limits.tmp_mb}m{files},mode=1777",  # noqa: S108 - the sandbox's own
            WORK_DIR: f"rw,{walls},size={limits.workspace_mb}m{files}{owner}",
        }

    async def inspect(self) -> dict[str, Any]:
        """What the engine knows of the running container.

        Raises:
            SandboxUnavailable: It is not running.
        """
        return await in_background(self._inspect)

    def _inspect(self) -> dict[str, Any]:
        with engine_errors():
            if self._engine is None or self._container is None:
                raise SandboxUnavailable("the container is not running")
            facts: dict[str, Any] = self._engine.inspect_container(self._container)
            return facts

    async def _tear_down(self) -> None:
        if self._engine is not None:
            await in_background(self._remove)

    def _remove(self) -> None:
        engine, self._engine = self._engine, None
        container, self._container = self._container, None
        lifeline, self._lifeline = self._lifeline, None
        if engine is None:
            return
        try:
            if container is not None:
                engine.timeout = _REMOVE_SECONDS
                engine.remove_container(container, force=True, v=True)
        except (APIError, OSError):
            pass  # gone already, or the engine is: then the lifeline below ends it
        finally:
            if lifeline is not None:
                lifeline.close()
            engine.close()


def _own_socket(borrowed: Any) -> socket.socket:
    """A socket of our own for a hijacked connection, which the engine's client would close when it likes."""
    connection = socket.socket(fileno=os.dup(borrowed.fileno()))
    connection.settimeout(None)
    response = getattr(borrowed, "_response", None)
    if response is not None:
        response.close()
    return connection
