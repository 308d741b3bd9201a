"""A real HTTP server on loopback that speaks the OpenAI chat protocol and fails on request."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One HTTP response; `body` is sent as it is."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def completion(content: str | None = None, *, tool: str = "", arguments: str = "{}") -> Answer:
    """Return a well-formed chat completion."""
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if tool:
        call = {"id": "call-1", "type": "function", "function": {"name": tool, "arguments": arguments}}
        message["tool_calls"] = [call]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if tool else "stop"}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return Answer(200, json.dumps(body))


class Endpoint:
    """Where the server listens and what it was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.requests: list[dict[str, Any]] = []


@contextmanager
def endpoint(answer: Callable[[dict[str, Any], int], Answer]) -> Iterator[Endpoint]:
    """Serve on a free port; `answer` gets the request and its number from 1."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            served.requests.append(request)
            reply = answer(request, len(served.requests))
            data = reply.body.encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Endpoint(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
