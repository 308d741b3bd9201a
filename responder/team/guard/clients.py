"""A `ChatCompletionClient` that passes everything to another one; what the guard and the ledger client build on."""

from abc import abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal

from autogen_core import CancellationToken
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    ModelCapabilities,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema
from pydantic import BaseModel

__all__ = ["ClientWrapper", "NoConfig", "Options", "RoleClient", "text_of"]

JsonOutput = bool | type[BaseModel] | None
ToolChoice = Tool | Literal["auto", "required", "none"]
Options = Mapping[str, Any]
"""The arguments of one call beside its messages; see `RoleClient.answer`."""


class NoConfig(BaseModel):
    """AutoGen asks every component for a configuration schema; a guarded client is never serialised."""


class RoleClient(ChatCompletionClient):
    """Gathers what a call may carry, so that a subclass says only how it answers."""

    component_type = "model"
    component_config_schema = NoConfig

    @abstractmethod
    async def answer(self, messages: Sequence[LLMMessage], options: Options) -> CreateResult:
        """Answer one call.

        Args:
            messages: The conversation.
            options: All other arguments of AutoGen's `create`, by name, each of them present.
        """

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        """Answer with everything the call carries."""
        options = {
            "tools": tools,
            "tool_choice": tool_choice,
            "json_output": json_output,
            "extra_create_args": extra_create_args,
            "cancellation_token": cancellation_token,
        }
        return await self.answer(messages, options)

    async def create_stream(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> AsyncGenerator[str | CreateResult, None]:
        """Give the whole reply as one chunk: a stream would pass the guard by."""
        yield await self.create(
            messages,
            tools=tools,
            tool_choice=tool_choice,
            json_output=json_output,
            extra_create_args=extra_create_args,
            cancellation_token=cancellation_token,
        )


class ClientWrapper(RoleClient):
    """Delegates every call to `inner`; a subclass overrides `answer`."""

    def __init__(self, inner: ChatCompletionClient) -> None:
        self._inner = inner

    async def answer(self, messages: Sequence[LLMMessage], options: Options) -> CreateResult:
        """Ask the inner client."""
        return await self._inner.create(messages, **options)

    async def close(self) -> None:
        """Close the inner client."""
        await self._inner.close()

    def actual_usage(self) -> RequestUsage:
        """Return the inner client's usage of its last call."""
        return self._inner.actual_usage()

    def total_usage(self) -> RequestUsage:
        """Return the inner client's usage of all calls."""
        return self._inner.total_usage()

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """Return the inner client's count."""
        return self._inner.count_tokens(messages, tools=tools)

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """Return the inner client's estimate."""
        return self._inner.remaining_tokens(messages, tools=tools)

    @property
    def capabilities(self) -> ModelCapabilities:
        """What AutoGen asked for before `model_info`."""
        return self._inner.model_info

    @property
    def model_info(self) -> ModelInfo:
        """What the inner client can do."""
        return self._inner.model_info


def text_of(message: LLMMessage) -> str:
    """Return the text of a message; calls and results are written out, images are left away."""
    content = message.content
    if isinstance(content, str):
        return content
    return "\n".join(part if isinstance(part, str) else str(part) for part in content)
