"""The engine's socket by hand: HTTP/1.0, one question a connection, an answer in time or none.

For the two who cannot use the engine's own client: the first question, which must not wait a minute for an engine that
accepts and never answers; and the reaper, which has less time than the client takes to load.
"""

import contextlib
import re
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from responder.errors import SandboxUnavailable

__all__ = ["DEFAULT_HOST", "ENGINE_HINT", "ask", "ping", "socket_errors"]

DEFAULT_HOST = "unix:///var/run/docker.sock"
ENGINE_HINT = "start the engine (systemctl start docker), or point DOCKER_HOST at one that runs"
_PING_SECONDS = 2.0
_MAX_ANSWER_BYTES = 16 << 20
_VERSION = re.compile(rb"^api-version:[ \t]*([0-9.]+)\r?$", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")


def ping(host: str) -> str:
    """The version of the API that the engine speaks.

    Raises:
        SandboxUnavailable: What listens there is no engine.
        OSError: Nothing listens, it may not be used, or does not answer within two seconds.
    """
    answer = _answer(host, b"GET /_ping", seconds=_PING_SECONDS, until=b"\r\n\r\n")
    version = _VERSION.search(answer)
    if version is None:
        raise SandboxUnavailable(f"what listens at {host} is not a container engine", hint=ENGINE_HINT)
    return version[1].decode()


def ask(host: str, method: str, path: str, *, seconds: float) -> tuple[int, bytes]:
    """Put one question without a body: the status and the body of the answer.

    Raises:
        SandboxUnavailable: The answer is not HTTP.
        OSError: As in `ping`, within `seconds`.
    """
    head, _, body = _answer(host, f"{method} {path}".encode("ascii"), seconds=seconds).partition(b"\r\n\r\n")
    status = _STATUS.match(head)
    if status is None:
        raise SandboxUnavailable(f"what listens at {host} is not a container engine", hint=ENGINE_HINT)
    return int(status[1]), body


@contextlib.contextmanager
def socket_errors() -> Iterator[None]:
    """Turn what a socket raises into `SandboxUnavailable` with a hint."""
    try:
        yield
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise SandboxUnavailable("no container engine listens here", hint=ENGINE_HINT) from error
    except PermissionError as error:
        hint = "join the group docker (sudo usermod -aG docker $USER) and log in again"
        raise SandboxUnavailable("this user may not use the container engine", hint=hint) from error
    except TimeoutError as error:
        raise SandboxUnavailable("the container engine does not answer", hint=ENGINE_HINT) from error
    except OSError as error:
        raise SandboxUnavailable(f"the container engine failed: {str(error)[:300]}", hint=ENGINE_HINT) from error


def _answer(host: str, question: bytes, *, seconds: float, until: bytes | None = None) -> bytes:
    """What the engine says, to the end or until it has said `until`."""
    deadline = time.monotonic() + seconds
    answer = bytearray()
    with _dial(host, seconds) as connection:
        with contextlib.suppress(BrokenPipeError):  # it spoke and hung up before it listened; then that is its answer
            connection.sendall(question + b" HTTP/1.0\r\nHost: engine\r\n\r\n")
        while len(answer) < _MAX_ANSWER_BYTES and not (until and until in answer):
            connection.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = connection.recv(1 << 16)
            except ConnectionResetError:
                break
            if not data:
                break
            answer += data
    return bytes(answer)


def _dial(host: str, seconds: float) -> socket.socket:
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
        connection.settimeout(seconds)
        connection.connect(where)
    except BaseException:
        connection.close()
        raise
    return connection
