"""Anthropic's own client as AutoGen's adapter can use it.

The adapter always sends a temperature, which the library, like the newer models, no longer takes. So the request
passes here once more, and what is no longer known is left away.
"""

from typing import Any

from anthropic import AsyncAnthropic
from autogen_core.models import ModelInfo
from autogen_ext.models.anthropic import BaseAnthropicChatCompletionClient

__all__ = ["anthropic_client"]


def anthropic_client(
    *, model: str, model_info: ModelInfo, max_tokens: int, **connection: Any
) -> BaseAnthropicChatCompletionClient:
    """Make the client.

    Args:
        model: As Anthropic calls it.
        model_info: What it can do.
        max_tokens: Longest reply.
        connection: For `AsyncAnthropic`: key, address, time limit.
    """
    return BaseAnthropicChatCompletionClient(
        _Connection(AsyncAnthropic(**connection)),
        create_args={"model": model, "max_tokens": max_tokens},
        model_info=model_info,
    )


class _Connection:
    """What AutoGen's adapter uses of `AsyncAnthropic`."""

    def __init__(self, client: AsyncAnthropic) -> None:
        self._client = client
        self.messages = _Messages(client)
        self.base_url = client.base_url

    async def close(self) -> None:
        await self._client.close()


class _Messages:
    def __init__(self, client: AsyncAnthropic) -> None:
        self._client = client

    async def create(self, *, temperature: float, **request: Any) -> Any:
        return await self._client.messages.create(**request)
