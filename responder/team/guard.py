"""The one choke point between the team and any model: redact, limit, journal, retry, count, and fall back.

Nothing here knows what a good answer is. A model that fails is replaced by the built-in analyst for the rest of the
run, so a dead provider costs time and judgement, never the report.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import ChatCompletionClient, CreateResult, LLMMessage, RequestUsage
from autogen_core.tools import Tool, ToolSchema
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from responder.audit.interface import Journal
from responder.errors import ModelError
from responder.safety.interface import TextRedactor
from responder.team.clients import ClientWrapper, JsonOutput, ToolChoice, text_of
from responder.team.meter import Meter

__all__ = ["GuardedClient", "Takeover"]

_ATTEMPTS = 3
_PASSING_STATUS = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_CHARACTERS_PER_TOKEN = 4


@dataclass(slots=True)
class Takeover:
    """Whether the built-in analyst has taken over, shared by the guards of one run."""

    reason: str = ""
    """Why the model was given up; empty while it answers."""

    @property
    def happened(self) -> bool:
        """True once the model was given up."""
        return bool(self.reason)


class GuardedClient(ClientWrapper):
    """One role's model behind the guard.

    Args:
        inner: The client that answers.
        role: Who asks, for the journal: `orchestrator`, `Coder`, `FileSurfer`.
        meter: Counts every call of the run.
        journal: Gets the prompt before the call and the reply after it.
        redactor: Cleans everything that leaves the process.
        takeover: Shared by all roles of the run.
        analyst: Answers once the model was given up; None when `inner` is the analyst itself.
    """

    def __init__(
        self,
        inner: ChatCompletionClient,
        *,
        role: str,
        meter: Meter,
        journal: Journal,
        redactor: TextRedactor,
        takeover: Takeover,
        analyst: ChatCompletionClient | None = None,
    ) -> None:
        super().__init__(inner)
        self._role = role
        self._meter = meter
        self._journal = journal
        self._redactor = redactor
        self._takeover = takeover
        self._analyst = analyst

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
        """Ask the model, or the analyst once the model was given up.

        Raises:
            ModelError: The model failed and there is no analyst to take over.
            AuditError: The journal could not be written.
        """
        clean = [self._redacted(message) for message in messages]
        options: dict[str, Any] = {
            "tools": tools,
            "tool_choice": tool_choice,
            "json_output": json_output,
            "extra_create_args": extra_create_args,
            "cancellation_token": cancellation_token,
        }
        if self._takeover.happened and self._analyst is not None:
            return await self._ask(self._analyst, clean, options)
        try:
            return await self._ask_with_retries(clean, options)
        except ModelError as error:
            if self._analyst is None:
                raise
            self._takeover.reason = str(error)
            self._journal.record("decision", {"what": "the built-in analyst takes over", "because": str(error)})
            return await self._ask(self._analyst, clean, options)

    async def _ask_with_retries(self, messages: Sequence[LLMMessage], options: Mapping[str, Any]) -> CreateResult:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=0.5, max=8.0),
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )
        try:
            async with asyncio.timeout(max(1.0, self._meter.seconds_left)):
                return await retrying(self._ask, self._inner, messages, options)
        except TimeoutError as error:
            raise ModelError(f"the model for {self._role} did not answer in time") from error
        except Exception as error:
            if isinstance(error, ModelError):
                raise
            said = self._redactor.redact(f"{type(error).__name__}: {error}")[:500]
            raise ModelError(f"the model for {self._role} failed: {said}") from error

    async def _ask(
        self, client: ChatCompletionClient, messages: Sequence[LLMMessage], options: Mapping[str, Any]
    ) -> CreateResult:
        request = self._journal.record(
            "model.requested",
            {
                "role": self._role,
                "json": bool(options["json_output"]),
                "messages": [{"type": message.type, "text": text_of(message)} for message in messages],
            },
        )
        try:
            result = await client.create(messages, **options)
        except Exception as error:
            said = self._redactor.redact(f"{type(error).__name__}: {error}")[:2000]
            self._journal.record("model.failed", {"role": self._role, "request": request, "error": said})
            raise
        usage, estimated = _usage(result, messages)
        self._meter.count_call(usage.prompt_tokens, usage.completion_tokens, estimated=estimated)
        self._journal.record(
            "model.replied",
            {
                "role": self._role,
                "request": request,
                "reply": _written(result.content),
                "calls": _calls(result.content),
                "finish_reason": result.finish_reason,
                "prompt_tokens": result.usage.prompt_tokens,
                "completion_tokens": result.usage.completion_tokens,
                "estimated": estimated,
            },
        )
        return result

    def _redacted(self, message: LLMMessage) -> LLMMessage:
        if isinstance(message.content, str):
            return message.model_copy(update={"content": self._redactor.redact(message.content)})
        return message


def _may_pass(error: BaseException) -> bool:
    """Tell a fault that a second try may cure from one that it cannot, by status code or kind."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in _PASSING_STATUS
    name = type(error).__name__
    return "Timeout" in name or "Connection" in name


def _usage(result: CreateResult, messages: Sequence[LLMMessage]) -> tuple[RequestUsage, bool]:
    """Return the reported usage, or an estimate by length when the endpoint reports none."""
    if result.usage.prompt_tokens or result.usage.completion_tokens:
        return result.usage, False
    prompt = sum(len(text_of(message)) for message in messages)
    completion = len(_written(result.content))
    return RequestUsage(prompt // _CHARACTERS_PER_TOKEN, completion // _CHARACTERS_PER_TOKEN), True


def _calls(content: str | list[FunctionCall]) -> list[dict[str, str]]:
    if isinstance(content, str):
        return []
    return [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in content]


def _written(content: str | list[FunctionCall]) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(f"{call.name}({call.arguments})" for call in content)
