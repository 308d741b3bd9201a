"""The HTTP client under every provider's library: where a request may go, and how much may come back.

No redirect is followed, since a request carries a key and evidence. A body is read up to a bound, unpacked up to the
same bound, and put right before the library parses it.
"""

import zlib

import httpx2

from responder.team.models.wire import UnusableReply, normalised

__all__ = ["http_client"]

_MOST_BYTES = 4_000_000
_MOST_ERROR_BYTES = 20_000


def http_client(timeout_seconds: float) -> httpx2.AsyncClient:
    """Make the client; proxies of the environment are honoured. Its owner closes it.

    Args:
        timeout_seconds: Longest silence of the other side. The guard bounds the whole call.
    """
    return httpx2.AsyncClient(
        timeout=timeout_seconds,
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"response": [_admit]},
    )


async def _admit(response: httpx2.Response) -> None:
    """Replace the body of a response by one that is bounded and readable.

    Raises:
        UnusableReply: There is none.
    """
    if 300 <= response.status_code < 400:
        target = httpx2.URL(response.headers.get("location", "")).host or "another path"
        raise UnusableReply(f"it redirects to {target}, which is not followed", status_code=response.status_code)
    if response.is_success:
        body = normalised(await _read(response, _MOST_BYTES))
    else:
        try:
            body = await _read(response, _MOST_ERROR_BYTES)
        except UnusableReply:
            body = b""
    for name in ("content-encoding", "content-length", "content-type"):
        response.headers.pop(name, None)
    response.headers["content-type"] = "application/json"
    response.stream = httpx2.ByteStream(body)


async def _read(response: httpx2.Response, most: int) -> bytes:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise UnusableReply(f"its reply is packed as {encoding[:20]!r}, which was not asked for")
    # 32 + 15: gzip and zlib by their headers.
    unpack = zlib.decompressobj(47) if encoding not in ("", "identity") else None
    body = bytearray()
    stream = response.stream
    assert isinstance(stream, httpx2.AsyncByteStream)  # noqa: S101 - the client is asynchronous
    try:
        async for chunk in stream:
            body += unpack.decompress(chunk, most + 1 - len(body)) if unpack else chunk
            if len(body) > most:
                raise UnusableReply(f"its reply is larger than {most:,} bytes")
    except zlib.error as error:
        raise UnusableReply("its packed reply is garbled") from error
    finally:
        await stream.aclose()
    return bytes(body)
