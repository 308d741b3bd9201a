"""Asks a model two tiny questions, to say what of it works before a run depends on it."""

import asyncio
import json
import time

from autogen_core.models import ChatCompletionClient, CreateResult, LLMMessage, UserMessage
from autogen_core.tools import ParametersSchema, ToolSchema
from msgspec import Struct

from responder.team.guard.replies import objects_in, tidied
from responder.team.models.patience import described

__all__ = ["Liveness", "ask_live"]

_JSON: list[LLMMessage] = [UserMessage(content='Reply with this JSON object alone: {"ready": true}', source="user")]
_CALL: list[LLMMessage] = [UserMessage(content="Call the tool `ready` now.", source="user")]
_TOOL = ToolSchema(
    name="ready",
    description="Say that you are ready.",
    parameters=ParametersSchema(type="object", properties={}, required=[]),
)


class Liveness(Struct, frozen=True):
    """What a model was seen to do."""

    seconds: float
    """Until its first answer."""
    json: bool = False
    """It answers in JSON when asked to, in JSON mode."""
    tools: bool = False
    """It calls a tool when asked to, through the tool interface."""
    usage: bool = False
    """It says how many tokens it used."""
    error: str = ""
    """Why it did not answer at all; may hold whatever the endpoint sent."""

    def __str__(self) -> str:
        parts = {"JSON": self.json, "tools": self.tools, "usage": self.usage}
        return f"answered in {self.seconds:.1f} s; " + ", ".join(
            f"{name} {'yes' if works else 'no'}" for name, works in parts.items()
        )


async def ask_live(client: ChatCompletionClient, *, timeout_seconds: float = 30.0) -> Liveness:
    """Ask for a JSON object, then for a tool call, about a hundred tokens together.

    A refusal of either is an answer; a run does without JSON mode, without tools and without usage.

    Args:
        client: The provider's client; it is not closed here.
        timeout_seconds: Longest wait for each of the two.
    """
    started = time.monotonic()
    answers: list[CreateResult | Exception] = []
    for messages, json_output, tools in ((_JSON, True, []), (_CALL, None, [_TOOL])):
        try:
            async with asyncio.timeout(timeout_seconds):
                answers.append(await client.create(messages, json_output=json_output, tools=tools))
        except Exception as error:  # noqa: BLE001 - whatever a provider's library raises is the finding
            answers.append(error)
        if len(answers) == 1:
            seconds = time.monotonic() - started
    written, called = answers
    if isinstance(written, Exception) and isinstance(called, Exception):
        return Liveness(seconds, error=described(written))
    answered = written if isinstance(written, CreateResult) else called
    assert isinstance(answered, CreateResult)  # noqa: S101 - not both are errors
    return Liveness(
        seconds,
        json=isinstance(written, CreateResult) and isinstance(written.content, str) and _says_ready(written),
        tools=isinstance(called, CreateResult) and isinstance(called.content, list) and bool(called.content),
        usage=answered.usage.prompt_tokens > 0,
    )


def _says_ready(result: CreateResult) -> bool:
    text = tidied(result, []).content
    return isinstance(text, str) and any("ready" in json.dumps(value) for value in objects_in(text))
