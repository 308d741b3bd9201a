"""The way to the container engine: one connection recipe, and foreign errors turned into ours.

Anything that speaks Docker's API on a local socket works, Podman's compatible socket included. An engine on another
machine does not: it could not mount this machine's evidence.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import docker
from docker.errors import DockerException, ImageNotFound

from responder.errors import SandboxUnavailable
from responder.sandbox.wire import DEFAULT_HOST, ENGINE_HINT, ping, socket_errors

__all__ = ["IMAGE", "EngineAPI", "connect", "engine_errors", "image_facts", "is_podman", "runtime_of"]

IMAGE = "magentic-one-responder-sandbox"
"""The tag that `sandbox build` gives and the Docker backend asks for."""

EngineAPI = docker.APIClient

_BUILD_HINT = "python magentic_one_orchestrator.py sandbox build"


def connect(docker_host: str | None = None, *, call_seconds: int = 15) -> EngineAPI:
    """Open the engine's API and prove that it answers.

    Args:
        docker_host: `unix:///path` or `tcp://127.0.0.1:port`; None is the system's default socket.
        call_seconds: Patience with each later call.

    Raises:
        SandboxUnavailable: No engine, no permission, or no answer within two seconds.
    """
    host = docker_host or DEFAULT_HOST
    with engine_errors():
        # Asked by hand, and first: the client would wait a minute for an engine that accepts but never answers.
        return EngineAPI(base_url=host, version=ping(host), timeout=call_seconds)


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
    with socket_errors():
        try:
            yield
        except ImageNotFound as error:
            raise SandboxUnavailable("the sandbox image is not there", hint=_BUILD_HINT) from error
        except DockerException as error:
            raise SandboxUnavailable(f"the container engine failed: {str(error)[:300]}", hint=ENGINE_HINT) from error
