"""The HTTP API of Prometheus: range queries and names, within bounds of time and bytes.

No redirect is followed, because requests carry credentials. What is wrong with an answer is told without the address:
it may hold a password.
"""

import json
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx2

from responder.errors import EvidenceError
from responder.evidence.prometheus.interface import Window

__all__ = ["Answer", "PrometheusClient", "Unreachable", "without_credentials"]

_MOST_SAID = 200
_PATIENCE = 2
"""Times the longest silence that a whole answer may take."""

Answer = Mapping[str, Any]


class Unreachable(EvidenceError):
    """Nobody answers there, or nobody who lets us in: another request would fail as well."""


def without_credentials(url: str) -> str:
    """The address as it may be shown."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
    return urlunsplit((parts.scheme, host + port, parts.path, "", ""))


class PrometheusClient:
    """Asks one server. Safe to use from several threads.

    Args:
        url: Address of the server, with user and password in it where it wants them, and with its path prefix.
        token: Sent as a bearer token; empty for none.
        timeout_seconds: Longest silence of the server.
        most_bytes: Longest answer that is read.
    """

    def __init__(
        self, url: str, *, token: str = "", timeout_seconds: float = 10.0, most_bytes: int = 4_000_000
    ) -> None:
        parts = urlsplit(url)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        user = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._base = without_credentials(url).rstrip("/")
        self._most_bytes = most_bytes
        self._timeout_seconds = timeout_seconds
        self._http = httpx2.Client(timeout=timeout_seconds, follow_redirects=False, headers=headers, auth=user)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def names(self, window: Window, match: str) -> list[str]:
        """The metrics that have samples in the window, of series that `match` selects.

        Raises:
            EvidenceError: The server does not answer, or not with names.
        """
        selector = {"match[]": f"{{{match}}}"} if match else {}
        data = self._get("label/__name__/values", {**_ends(window), **selector})
        if not isinstance(data, list):
            raise EvidenceError("its answer to the question for names is no list")
        return [name for name in data if isinstance(name, str)]

    def range(self, query: str, window: Window) -> list[Answer]:
        """The series of a query over the window.

        Raises:
            EvidenceError: The server does not answer, or refuses the query.
        """
        data = self._get("query_range", {"query": query, **_ends(window), "step": str(window.step_seconds)})
        result = data.get("result") if isinstance(data, dict) else None
        if not isinstance(result, list):
            raise EvidenceError("its answer holds no series")
        return [series for series in result if isinstance(series, dict)]

    def _get(self, path: str, parameters: Mapping[str, str]) -> Any:
        try:
            with self._http.stream("GET", f"{self._base}/api/v1/{path}", params=parameters) as response:
                body = self._read(response)
                status = response.status_code
        except httpx2.ConnectTimeout as error:
            raise Unreachable(f"it cannot be reached within {self._timeout_seconds:g} s") from error
        except httpx2.TimeoutException as error:
            raise EvidenceError(f"it did not answer within {self._timeout_seconds:g} s") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unreachable(f"it cannot be reached: {type(error).__name__}") from error
        if status in (401, 403):
            hint = "set RESPONDER_PROMETHEUS_TOKEN, or write user:password@ into the address"
            raise Unreachable(f"it answered {status}: it wants other credentials", hint=hint)
        if 300 <= status < 400:
            raise Unreachable(f"it answered {status}: redirects are not followed", hint="give the final address")
        return _data(status, body)

    def _read(self, response: httpx2.Response) -> bytes:
        body, until = bytearray(), time.monotonic() + _PATIENCE * self._timeout_seconds
        for chunk in response.iter_bytes():
            body += chunk
            if time.monotonic() > until:
                raise EvidenceError("its answer came too slowly")
            if len(body) > self._most_bytes:
                raise EvidenceError(f"its answer is larger than {self._most_bytes:,} bytes")
        return bytes(body)


def _ends(window: Window) -> dict[str, str]:
    return {"start": f"{window.start.timestamp():.3f}", "end": f"{window.end.timestamp():.3f}"}


def _data(status: int, body: bytes) -> Any:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"it answered {status} with something that is not JSON") from error
    if not isinstance(answer, dict) or answer.get("status") != "success":
        said = str(answer.get("error", "")) if isinstance(answer, dict) else ""
        raise EvidenceError(f"it answered {status}: {said[:_MOST_SAID] or 'no reason given'}")
    return answer.get("data")
