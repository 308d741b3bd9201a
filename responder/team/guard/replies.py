"""A model's reply made fit for the team: bounded, without its reasoning, and of the kind that was asked for."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from autogen_core import FunctionCall
from autogen_core.models import CreateResult
from autogen_core.tools import Tool, ToolSchema

from responder.patterns import lazy
from responder.safety.fence import bounded

__all__ = ["calls_in", "objects_in", "tidied", "tool_names", "without_reasoning", "written"]

_MOST_CHARACTERS = 40_000
_MOST_CALLS = 8
_MOST_ARGUMENTS = 4_000
_REASONING = lazy(r"\s*<(think|thinking|thought|reasoning)>", re.IGNORECASE)


def tidied(result: CreateResult, tools: Sequence[Tool | ToolSchema]) -> CreateResult:
    """Return the reply with text where text was asked, and with tool calls where tools were offered and one is meant.

    Args:
        result: What the provider's client returned.
        tools: The tools that were offered.
    """
    content = result.content
    if isinstance(content, list):
        calls = [_bounded_call(call) for call in content[:_MOST_CALLS]]
        return replace_content(result, calls if tools else written(calls))
    text = bounded(without_reasoning(_encodable(content)), _MOST_CHARACTERS)
    calls = calls_in(text, tool_names(tools)) if tools else []
    return replace_content(result, calls or text)


def replace_content(result: CreateResult, content: str | list[FunctionCall]) -> CreateResult:
    """Return the reply with another content and no thought; nothing reads thoughts."""
    return result.model_copy(update={"content": content, "thought": None})


def without_reasoning(text: str) -> str:
    """Drop leading blocks of reasoning; code or JSON in it was considered, not proposed."""
    while (opened := _REASONING.match(text)) is not None:
        closing = f"</{opened[1].lower()}>"
        end = text.lower().find(closing, opened.end())
        # Cut off in the middle of its reasoning, the model has said nothing.
        text = "" if end == -1 else text[end + len(closing) :].lstrip()
    return text


def tool_names(tools: Sequence[Tool | ToolSchema]) -> list[str]:
    """Return the names of the tools that were offered."""
    return [tool.name if isinstance(tool, Tool) else tool["name"] for tool in tools]


def calls_in(text: str, names: Sequence[str]) -> list[FunctionCall]:
    """Find the tool call that a model wrote as text, as models without a tool interface do.

    The first JSON object that names an offered tool under `name`, `tool` or `function` is taken, its arguments from
    `arguments` or `parameters`.
    """
    for value in objects_in(text):
        name = next((value[key] for key in ("name", "tool", "function") if value.get(key) in names), None)
        if name is not None:
            arguments: Any = value.get("arguments", value.get("parameters", {}))
            shown = arguments if isinstance(arguments, str) else json.dumps(arguments)
            return [_bounded_call(FunctionCall(id="text-1", name=str(name), arguments=shown))]
    return []


def objects_in(text: str) -> Iterator[dict[str, Any]]:
    """Yield each JSON object of a text that is not inside one already yielded; at most 200 places are tried."""
    decoder = json.JSONDecoder()
    position = text.find("{")
    tries = 0
    # A reply of nothing but braces would otherwise cost a parse attempt each.
    while position != -1 and tries < 200:
        tries += 1
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            if isinstance(value, dict):
                yield value
        position = text.find("{", end)


def written(content: str | Sequence[FunctionCall]) -> str:
    """Write a reply out as text, for the journal and for estimates."""
    if isinstance(content, str):
        return content
    return "\n".join(f"{call.name}({call.arguments})" for call in content)


def _bounded_call(call: FunctionCall) -> FunctionCall:
    # Cut arguments are no JSON any more, so the tool says that it did not understand them.
    return replace(call, name=_encodable(call.name)[:100], arguments=_encodable(call.arguments)[:_MOST_ARGUMENTS])


def _encodable(text: str) -> str:
    r"""Replace lone surrogates, which JSON can spell (`\ud800`) and no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
