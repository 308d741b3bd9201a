"""A real HTTP server on loopback that speaks the OpenAI chat protocol and fails on request."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Way = Literal["whole", "silent", "drip", "reset", "short", "close"]
"""whole: as it should be; silent: nothing, ever; drip: a byte now and then; reset: the connection is torn in the middle
of the body; short: closed in the middle of the body; close: closed without a word."""


@dataclass(frozen=True)
class Answer:
    """One HTTP response; `body` is sent as it is."""

    status: int = 200
    body: str | bytes = ""
    headers: dict[str, str] = field(default_factory=dict)
    way: Way = "whole"


Respond = Callable[[dict[str, Any], int], Answer]


def completion(
    content: Any = None,
    *,
    tool: str = "",
    arguments: Any = "{}",
    calls: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Answer:
    """Return a chat completion, well-formed but for what `more` replaces: `message`, `finish_reason`, `usage`."""
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if tool:
        calls = [{"id": "call-1", "type": "function", "function": {"name": tool, "arguments": arguments}}]
    if calls:
        message["tool_calls"] = calls
    usage = more.get("usage", {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18})
    choice = {
        "index": 0,
        "message": more.get("message", message),
        "finish_reason": more.get("finish_reason", "tool_calls" if calls else "stop"),
    }
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return Answer(200, json.dumps(body))


class Endpoint:
    """Where the server listens and what it was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.over = threading.Event()
        """Set when the test is done, so that nothing that hangs outlives it."""


@contextmanager
def endpoint(answer: Respond) -> Iterator[Endpoint]:
    """Serve on a free port; `answer` gets the request and its number from 1."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            served.requests.append(request)
            served.paths.append(self.path)
            served.headers.append({name.lower(): value for name, value in self.headers.items()})
            reply = answer(request, len(served.requests))
            with suppress(OSError):  # a client that gave up has closed its end
                self._send(reply)

        def _send(self, reply: Answer) -> None:
            data = reply.body if isinstance(reply.body, bytes) else reply.body.encode()
            if reply.way in ("silent", "close"):
                self.close_connection = True
                served.over.wait(30 if reply.way == "silent" else 0)
                return
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            match reply.way:
                case "whole":
                    self.wfile.write(data)
                case "drip":
                    for byte in data:
                        self.wfile.write(bytes([byte]))
                        if served.over.wait(0.05):
                            break
                case _:
                    self.wfile.write(data[: len(data) // 2])
                    self.close_connection = True
                    if reply.way == "reset":
                        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        self.connection.close()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A connection that the test tore on purpose is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    served = Endpoint(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def anthropic_message(answer: Answer) -> Answer:
    """Return a chat completion as Anthropic's Messages API would say it."""
    message = json.loads(answer.body)["choices"][0]["message"]
    content: list[dict[str, Any]] = [{"type": "text", "text": message["content"]}] if message["content"] else []
    for call in message.get("tool_calls", ()):
        function = call["function"]
        use = {"type": "tool_use", "id": call["id"], "name": function["name"]}
        content.append({**use, "input": json.loads(function["arguments"])})
    body = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": content,
        "stop_reason": "tool_use" if message.get("tool_calls") else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }
    return Answer(200, json.dumps(body))
