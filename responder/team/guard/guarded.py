"""The one choke point between the team and any model: redact, limit, journal, retry, count, and fall back.

Nothing here knows what a good answer is. A model that fails is replaced by the built-in analyst for the rest of the
run, so a dead provider costs time and judgement, never the report.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from autogen_core import FunctionCall
from autogen_core.models import ChatCompletionClient, CreateResult, LLMMessage
from msgspec import Struct, field

from responder.audit.interface import Journal
from responder.errors import AuditError, ModelError
from responder.safety.interface import TextRedactor
from responder.team.guard.attempts import Attempts
from responder.team.guard.clients import ClientWrapper, Options, text_of
from responder.team.guard.meter import Meter
from responder.team.guard.replies import replace_content, tidied, written
from responder.team.interface import StopReason
from responder.team.masking.mask import Mask
from responder.team.models.dialect import Dialect
from responder.team.models.patience import Patience, described, status_of
from responder.team.models.prices import Price

__all__ = ["GuardedClient", "Provider"]

_CHARACTERS_PER_TOKEN = 4
_BUDGET_WORDS: Mapping[StopReason, str] = {"budget": "the budget", "timeout": "the time"}


class Provider(Struct):
    """One model as the guards of a run know it; shared by every role that asks it."""

    price: Price | None = None
    """None when it is not known."""
    counts_tokens: bool = True
    """False for the built-in analyst, which buys none."""
    dialect: Dialect = field(default_factory=Dialect)
    given_up: str = ""
    """Why the built-in analyst has taken over; empty while the model answers."""


class GuardedClient(ClientWrapper):
    """One role's model behind the guard.

    Args:
        inner: The client that answers.
        role: Who asks, for the journal: `orchestrator`, `Coder`, `FileSurfer`.
        meter: Counts every call of the run.
        journal: Gets the prompt before the call and the reply after it.
        redactor: Cleans everything that leaves the process.
        mask: Worn by the messages to the model, and taken off its replies; None to name things as they are.
        provider: What is known of the model.
        analyst: Answers once the model was given up; None when `inner` is the analyst itself.
        now: The time of day, for a `Retry-After` that is a date.
        patience: How a call is tried again; the usual way when None.
    """

    def __init__(
        self,
        inner: ChatCompletionClient,
        *,
        role: str,
        meter: Meter,
        journal: Journal,
        redactor: TextRedactor,
        mask: Mask | None = None,
        provider: Provider,
        analyst: ChatCompletionClient | None = None,
        now: Callable[[], datetime],
        patience: Patience | None = None,
    ) -> None:
        super().__init__(inner)
        self._role = role
        self._meter = meter
        self._journal = journal
        self._redactor = redactor
        self._mask = mask
        self._provider = provider
        self._analyst = analyst
        self._patience = patience or Patience()
        self._now = now

    async def answer(self, messages: Sequence[LLMMessage], options: Options) -> CreateResult:
        """Ask the model, or the analyst once the model was given up or cannot be afforded.

        Raises:
            ModelError: The model failed and there is no analyst to take over.
            CancelledError: The run is over; AutoGen takes no other end of a conversation that was cancelled.
            AuditError: The journal could not be written.
        """
        if self._meter.closed:
            raise asyncio.CancelledError
        clean = [_changed(message, self._redactor.redact) for message in messages]
        if self._analyst is None:
            return await self._ask(self._inner, clean, options)
        if not self._provider.given_up and self._can_afford(clean):
            try:
                return await self._ask_patiently(clean, options)
            except ModelError as error:
                self.give_up(str(error))
        return await self._ask(self._analyst, clean, options)

    def give_up(self, reason: str) -> None:
        """Let the built-in analyst answer from now on.

        Args:
            reason: Why, as a clause; goes into the report.
        """
        if self._analyst is not None and not self._provider.given_up:
            self._provider.given_up = reason
            self._journal.record("decision", {"what": "the built-in analyst takes over", "because": reason})

    @property
    def is_the_model(self) -> bool:
        """True while a model answers that may fail, rather than the analyst."""
        return self._analyst is not None and not self._provider.given_up

    def _can_afford(self, messages: Sequence[LLMMessage]) -> bool:
        """Tell whether one more request fits; the first that does not fit at all hands the whole run over."""
        reached = self._meter.refuses(_estimated(messages), price=self._provider.price)
        if reached is None:
            return True
        self._meter.stop(reached)
        self._journal.record("limit", {"reached": reached, "role": self._role, "tokens": self._meter.tokens})
        if self._meter.calls == 0:
            self.give_up(f"{_BUDGET_WORDS.get(reached, reached)} does not allow one call")
        return False

    async def _ask_patiently(self, messages: Sequence[LLMMessage], options: Options) -> CreateResult:
        tokens = _estimated(messages)
        attempts = Attempts(
            self._patience,
            # What follows this answer, or takes over from it, needs time too.
            seconds=self._meter.seconds_for_a_call,
            now=self._now,
            may_go_on=lambda: self._meter.refuses(tokens, price=self._provider.price) is None,
        )
        try:
            return await attempts.run(lambda: self._ask_in_its_dialect(messages, options))
        except AuditError:
            raise
        except Exception as error:
            said = self._redactor.redact(described(error))
            raise ModelError(f"the model for {self._role} failed: {said}") from error

    async def _ask_in_its_dialect(self, messages: Sequence[LLMMessage], options: Options) -> CreateResult:
        dialect = self._provider.dialect
        while True:
            try:
                fit = dialect.messages(messages, options["tools"])
                result = await self._ask(self._inner, fit, dialect.options(options))
                # Without its tool interface the model was told the tools in words, and answers in words.
                return tidied(result, options["tools"])
            except Exception as error:
                given = dialect.concede(error, options)
                if not given:
                    raise
                self._journal.record("decision", {"what": f"the endpoint is asked again without {given}"})

    async def _ask(
        self, client: ChatCompletionClient, messages: Sequence[LLMMessage], options: Options
    ) -> CreateResult:
        mask = self._mask if client is self._inner and self._analyst is not None else None
        if mask is not None:
            messages = [_changed(message, mask.put_on) for message in messages]
        who = {"role": self._role, "by": "analyst" if client is self._analyst else "model"}
        asked = {
            "json": bool(options["json_output"]),
            "messages": [{"type": message.type, "text": text_of(message)} for message in messages],
        }
        request = self._journal.record("model.requested", {**who, **asked})
        try:
            result = await client.create(messages, **options)
        except (Exception, asyncio.CancelledError) as error:
            if client is not self._analyst:
                self._count_failure(error, messages)
            self._journal.record("model.failed", {**who, "request": request, **self._failure(error)})
            raise
        prompt, completion, estimated = _usage(result, messages) if self._provider.counts_tokens else (0, 0, False)
        if client is not self._analyst:
            self._meter.count_call(prompt, completion, estimated=estimated, price=self._provider.price)
        replied = {
            "reply": written(result.content),
            "calls": _calls(result.content),
            "finish_reason": result.finish_reason,
            "prompt_tokens": result.usage.prompt_tokens,
            "completion_tokens": result.usage.completion_tokens,
            "estimated": estimated,
        }
        self._journal.record("model.replied", {**who, "request": request, **replied})
        tidy = tidied(result, options["tools"])
        return tidy if mask is None else _unmasked(tidy, mask)

    def _failure(self, error: BaseException) -> dict[str, Any]:
        return {
            "error": self._redactor.redact(described(error)),
            "status": status_of(error),
            # Cancelled from outside, or by the bound of one attempt: nothing came.
            "silent": isinstance(error, asyncio.CancelledError | TimeoutError),
        }

    def _count_failure(self, error: BaseException, messages: Sequence[LLMMessage]) -> None:
        """Count a request that brought nothing; one that was not refused outright may well be billed."""
        billed = status_of(error) is None
        tokens = _estimated(messages) if billed else 0
        self._meter.count_call(tokens, 0, estimated=billed, price=self._provider.price)


def _changed(message: LLMMessage, change: Callable[[str], str]) -> LLMMessage:
    if isinstance(message.content, str):
        return message.model_copy(update={"content": change(message.content)})
    return message


def _unmasked(result: CreateResult, mask: Mask) -> CreateResult:
    """Put the names back into what was said; code that the model wrote runs on copies that wear no mask."""
    if isinstance(result.content, str):
        return replace_content(result, mask.take_off(result.content))
    return replace_content(result, [replace(call, arguments=mask.take_off(call.arguments)) for call in result.content])


def _usage(result: CreateResult, messages: Sequence[LLMMessage]) -> tuple[int, int, bool]:
    """Return prompt and completion tokens, estimated by length where the endpoint reports none."""
    prompt, completion = max(0, result.usage.prompt_tokens), max(0, result.usage.completion_tokens)
    if prompt and completion:
        return prompt, completion, False
    said = len(written(result.content)) // _CHARACTERS_PER_TOKEN
    return prompt or _estimated(messages), completion or said, not prompt or (not completion and said > 0)


def _calls(content: str | list[FunctionCall]) -> list[dict[str, str]]:
    if isinstance(content, str):
        return []
    return [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in content]


def _estimated(messages: Sequence[LLMMessage]) -> int:
    return sum(len(text_of(message)) for message in messages) // _CHARACTERS_PER_TOKEN
