"""The way to the container engine: one connection recipe, and foreign errors turned into ours.

Anything that speaks Docker's API on a local socket works, Podman's compatible socket included. An engine on another
machine does not: it could not mount this machine's evidence.
"""

import contextlib
import re
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import docker
from docker.errors import DockerException, ImageNotFound

from responder.errors import SandboxUnavailable

__all__ = ["IMAGE", "EngineAPI", "connect", "engine_errors", "image_facts", "is_podman", "runtime_of"]

IMAGE = "magentic-one-responder-sandbox"
"""The tag that `sandbox build` gives and the Docker backend asks for."""

EngineAPI = docker.APIClient

_DEFAULT_HOST = "unix:///var/run/docker.sock"
_PING_SECONDS = 2.0
_BUILD_HINT = "python magentic_one_orchestrator.py sandbox build"
_ENGINE_HINT = "start the engine (systemctl start docker), or point DOCKER_HOST at one that runs"
_VERSION = re.compile(rb"^api-version:[ \t]*([0-9.]+)\r?$", re.IGNORECASE | re.MULTILINE)


def connect(docker_host: str | None = None, *, call_seconds: int = 15) -> EngineAPI:
    """Open the engine's API and prove that it answers.

    Args:
        docker_host: `unix:///path` or `tcp://127.0.0.1:port`; None is the system's default socket.
        call_seconds: Patience with each later call.

    Raises:
        SandboxUnavailable: No engine, no permission, or no answer within two seconds.
    """
    host = docker_host or _DEFAULT_HOST
    with engine_errors():
        # Asked by hand, and first: the client would wait a minute for an engine that accepts but never answers.
        return EngineAPI(base_url=host, version=_ping(host), timeout=call_seconds)


def image_facts(engine: EngineAPI, image: str) -> dict[str, Any]:
    """What the engine knows of an image.

    Raises:
        docker.errors.ImageNotFound: It is not there.
    """
    facts: dict[str, Any] = engine.inspect_image(image)  # type: ignore[no-untyped-call]
    return facts


def is_podman(engine: EngineAPI) -> bool:
    """Is it Podman that speaks Docker's API here?"""
    components = engine.version().get("Components") or []
    return any(component.get("Name") == "Podman Engine" for component in components)


def runtime_of(engine: EngineAPI, container: str) -> str:
    """The OCI runtime that a created container will run in.

    Raises:
        docker.errors.APIError: There is no such container.
    """
    if is_podman(engine):  # whose answer in Docker's words is "oci", whatever it is
        answer = engine.get(f"{engine.base_url}/v4.0.0/libpod/containers/{container}/json", timeout=engine.timeout)
        return str(answer.json().get("OCIRuntime", ""))
    return str(engine.inspect_container(container)["HostConfig"]["Runtime"])


@contextlib.contextmanager
def engine_errors() -> Iterator[None]:
    """Turn whatever the engine and its client raise into `SandboxUnavailable` with a hint."""
    try:
        yield
    except ImageNotFound as error:
        raise SandboxUnavailable("the sandbox image is not there", hint=_BUILD_HINT) from error
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise SandboxUnavailable("no container engine listens here", hint=_ENGINE_HINT) from error
    except PermissionError as error:
        hint = "join the group docker (sudo usermod -aG docker $USER) and log in again"
        raise SandboxUnavailable("this user may not use the container engine", hint=hint) from error
    except TimeoutError as error:
        raise SandboxUnavailable("the container engine does not answer", hint=_ENGINE_HINT) from error
    except (DockerException, OSError) as error:  # the client's connection errors are OSErrors too
        raise SandboxUnavailable(f"the container engine failed: {str(error)[:300]}", hint=_ENGINE_HINT) from error


def _ping(host: str) -> str:
    """The version of the API that the engine speaks."""
    deadline = time.monotonic() + _PING_SECONDS
    answer = b""
    with _dial(host) as connection:
        with contextlib.suppress(BrokenPipeError):  # it spoke and hung up before it listened; then that is its answer
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
        while b"\r\n\r\n" not in answer and len(answer) < 1 << 16:
            connection.settimeout(max(0.001, deadline - time.monotonic()))
            data = _received(connection)
            if not data:
                break
            answer += data
    version = _VERSION.search(answer)
    if version is None:
        raise SandboxUnavailable(f"what listens at {host} is not a container engine", hint=_ENGINE_HINT)
    return version[1].decode()


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(4096)
    except ConnectionResetError:
        return b""


def _dial(host: str) -> socket.socket:
    address = urlsplit(host)
    if address.scheme in ("unix", "http+unix"):
        connection = socket.socket(socket.AF_UNIX)
        where: Any = address.path
    elif address.scheme in ("tcp", "http") and address.hostname in ("127.0.0.1", "localhost") and address.port:
        connection = socket.socket(socket.AF_INET)
        where = (address.hostname, address.port)
    else:
        raise SandboxUnavailable(
            f"the engine at {host} is not a local socket, and another machine's engine cannot mount the evidence",
            hint="use unix:///path or tcp://127.0.0.1:port",
        )
    try:
        connection.settimeout(_PING_SECONDS)
        connection.connect(where)
    except BaseException:
        connection.close()
        raise
    return connection
