"""What an endpoint's body must look like before a provider's library reads it, and the small repairs it may need.

The libraries trust their provider: a null message, an error inside a 200, a tool call without an id or a page of HTML
come back from them as `AttributeError` and the like. Here each of these is either put right or named.
"""

import json
from collections.abc import Iterator
from typing import Any

__all__ = ["UnusableReply", "normalised"]

_MESSAGE_CHARACTERS = 300


class UnusableReply(Exception):
    """An HTTP reply that holds no answer.

    Args:
        message: What came instead, as a clause.
        status_code: The HTTP status, or the one that the body states; None when neither says anything.
        passes: Whether another try may bring an answer; None when the status decides.
    """

    def __init__(self, message: str, *, status_code: int | None = None, passes: bool | None = None) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.passes = passes


def normalised(body: bytes) -> bytes:
    """Return the body as the provider's library expects it, UTF-8 JSON with one readable answer.

    Raises:
        UnusableReply: The body holds no answer.
    """
    text = body.decode("utf-8", "replace").removeprefix("\ufeff").strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusableReply(f"it answered with {_kind(text)} where JSON was asked") from error
    if not isinstance(value, dict):
        raise UnusableReply("it answered with JSON that is not an object")
    if value.get("error") and not value.get("choices"):
        raise _stated(value["error"])
    if isinstance(value.get("content"), list):
        _complete_anthropic(value)
    else:
        _complete_openai(value)
    return json.dumps(value).encode()


def _kind(text: str) -> str:
    if not text:
        return "an empty body"
    if text.startswith("<"):
        return "an HTML page"
    if text.startswith(("data:", "event:", ":")):
        return "a stream of events"
    return "text that is not JSON"


def _stated(error: Any) -> UnusableReply:
    """Read an error that came with status 200, as proxies send it."""
    fields = error if isinstance(error, dict) else {"message": error}
    code = fields.get("code")
    status = int(code) if isinstance(code, int | str) and str(code).isdecimal() and len(str(code)) == 3 else None
    message = " ".join(str(fields.get("message")).split())[:_MESSAGE_CHARACTERS]
    return UnusableReply(f"it answered 200 with an error: {message}", status_code=status)


def _complete_anthropic(value: dict[str, Any]) -> None:
    usage = value.get("usage")
    counted = usage if isinstance(usage, dict) else {}
    value["usage"] = {key: _count(counted.get(key)) for key in ("input_tokens", "output_tokens")}


def _complete_openai(value: dict[str, Any]) -> None:
    choices = value.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if not isinstance(message, dict):
        raise UnusableReply("its reply holds no message")
    assert isinstance(first, dict)  # noqa: S101 - it gave the message
    message["content"] = _text(message.get("content"))
    message["tool_calls"] = list(_calls(message.get("tool_calls"))) or None
    message.pop("function_call", None)
    if message["tool_calls"]:
        first["finish_reason"] = "tool_calls"
    value["choices"] = [{**first, "message": message, "logprobs": None}]
    usage = value.get("usage")
    if isinstance(usage, dict):
        counts = {key: _count(usage.get(key)) for key in ("prompt_tokens", "completion_tokens")}
        value["usage"] = {**counts, "total_tokens": sum(counts.values())}
    else:
        value["usage"] = None


def _text(content: Any) -> str | None:
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else None


def _calls(calls: Any) -> Iterator[dict[str, Any]]:
    for number, call in enumerate(calls if isinstance(calls, list) else (), 1):
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            arguments = function.get("arguments")
            written = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
            yield {
                "id": str(call.get("id") or f"call-{number}"),
                "type": "function",
                "function": {"name": function["name"], "arguments": written},
            }


def _count(value: Any) -> int:
    """Read a token count; what is no count is zero, which the guard takes for not reported."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40 else 0
