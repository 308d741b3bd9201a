"""What an endpoint turned out not to understand, so that it is asked again without it and never asked with it again.

Compatible endpoints differ: some refuse JSON mode, some refuse tools, some have a small context. None of these is a
reason to give a model up.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from autogen_core.models import LLMMessage, SystemMessage, UserMessage
from autogen_core.tools import Tool, ToolSchema
from msgspec import Struct

from responder.patterns import lazy
from responder.team.models.patience import described, status_of

__all__ = ["Dialect"]

_REFUSALS = frozenset({400, 404, 413, 422, 500, 501})
"""500 too: some local servers answer it to what they cannot parse."""
_JSON_MODE = lazy(r"response_format|json[ _-]?(object|mode|schema|output)", re.IGNORECASE)
_TOOLS = lazy(r"\btool|function[ _-]?call", re.IGNORECASE)
_CONTEXT = lazy(
    r"context[ _-]?(length|window|size)|maximum context|too many (input )?tokens|too long|exceeds? the (available|max)",
    re.IGNORECASE,
)
_SHORTEST_CHARACTERS = 4_000
_MOST_HALVINGS = 2


class Dialect(Struct):
    """The concessions to one endpoint, shared by all roles that ask it."""

    json_mode: bool = True
    tools: bool = True
    halvings: int = 0
    """How often the longest allowed message was halved; 0 for no bound."""

    def concede(self, error: BaseException, options: Mapping[str, Any]) -> str:
        """Learn from a refusal.

        Args:
            error: What the endpoint answered.
            options: What it was asked with.

        Returns:
            What is left away from now on; empty when the refusal is about something else.
        """
        if status_of(error) not in _REFUSALS:
            return ""
        said = described(error)
        if options.get("json_output") and self.json_mode and _JSON_MODE.search(said):
            self.json_mode = False
            return "JSON mode"
        if options.get("tools") and self.tools and _TOOLS.search(said):
            self.tools = False
            return "the tool interface"
        if self.halvings < _MOST_HALVINGS and _CONTEXT.search(said):
            self.halvings += 1
            return "half of each long message"
        return ""

    def options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options that the endpoint understands."""
        fit = dict(options)
        if not self.json_mode:
            fit["json_output"] = None
        if not self.tools:
            fit["tools"] = ()
        return fit

    def messages(self, messages: Sequence[LLMMessage], tools: Sequence[Tool | ToolSchema]) -> list[LLMMessage]:
        """Return the messages that the endpoint understands; its tools are told in words where it must be."""
        fit = list(messages)
        if self.halvings:
            longest = max((len(item.content) for item in fit if isinstance(item.content, str)), default=0)
            fit = [_shortened(item, max(_SHORTEST_CHARACTERS, longest >> self.halvings)) for item in fit]
        if tools and not self.tools:
            fit.append(UserMessage(content=_told(tools), source="guard"))
        return fit


def _shortened(message: LLMMessage, most: int) -> LLMMessage:
    """Keep head and tail: the head says what it is about, the tail what is asked."""
    text = message.content
    if not isinstance(text, str) or len(text) <= most or isinstance(message, SystemMessage):
        return message
    half = most // 2
    cut = f"{text[:half]}\n[{len(text) - 2 * half} characters left out]\n{text[-half:]}"
    return message.model_copy(update={"content": cut})


def _told(tools: Sequence[Tool | ToolSchema]) -> str:
    schemas = [tool.schema if isinstance(tool, Tool) else tool for tool in tools]
    rows = [
        f"- {schema['name']}: {schema.get('description', '')} "
        f"Arguments: {json.dumps(schema.get('parameters', {}).get('properties', {}))}"
        for schema in schemas
    ]
    return (
        'Reply with one JSON object and nothing else: {"tool": NAME, "arguments": {...}}. The tools are:\n'
        + "\n".join(rows)
    )
