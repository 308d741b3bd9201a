"""The team's Coder: writes code, has it run in the sandbox, and answers with what it really printed.

AutoGen's `CodeExecutorAgent` lets the model retell the output in a second call. Here the output itself goes to the
orchestrator: half the calls, and nothing to invent.
"""

import hashlib
import re
from collections.abc import AsyncGenerator, Callable, Sequence

from autogen_agentchat.agents import ApprovalFuncType, CodeExecutorAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import (
    BaseAgentEvent,
    BaseChatMessage,
    CodeExecutionEvent,
    CodeGenerationEvent,
    TextMessage,
)
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeExecutor
from autogen_core.models import AssistantMessage, ChatCompletionClient, CreateResult, UserMessage

from responder.safety.fence import without_fences
from responder.team.briefing.prompts import TEAM, quoted
from responder.team.guard.meter import Meter

__all__ = ["CODER_NAME", "Coder"]

CODER_NAME = "Coder"


class Coder(CodeExecutorAgent):
    """A `CodeExecutorAgent` that shows the output of its code as it is.

    Args:
        model_client: Writes the code; must be the guarded client.
        code_executor: The sandbox.
        system_message: What the code may use, and how to state a verdict.
        approval_func: Asked before each run.
        meter: Notes what each run brought.
        last_run: Gives the id of the last code run, `V2`, so that it can be cited.
    """

    def __init__(
        self,
        *,
        model_client: ChatCompletionClient,
        code_executor: CodeExecutor,
        system_message: str,
        approval_func: ApprovalFuncType,
        meter: Meter,
        last_run: Callable[[], str],
    ) -> None:
        super().__init__(
            CODER_NAME,
            code_executor,
            model_client=model_client,
            description=TEAM[CODER_NAME],
            system_message=system_message,
            # Without this AutoGen would run every fenced block of every message, a log's included.
            sources=[CODER_NAME],
            supported_languages=["python", "sh"],
            approval_func=approval_func,
        )
        self._meter = meter
        self._last_run = last_run

    async def on_messages_stream(
        self, messages: Sequence[BaseChatMessage], cancellation_token: CancellationToken
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | Response, None]:
        """Write code for the last request, run it once, and answer with the code and its output."""
        assert self._model_client is not None  # noqa: S101 - the constructor requires it
        await self._add_messages_to_context(self._model_context, messages)
        context = [*self._system_messages, *await self._model_context.get_messages()]
        result: CreateResult = await self._model_client.create(context, cancellation_token=cancellation_token)
        reply = result.content if isinstance(result.content, str) else ""
        await self._model_context.add_message(AssistantMessage(content=reply or "(no text)", source=self.name))
        blocks = self._extract_markdown_code_blocks(reply)
        if not blocks:
            self._meter.count_answer(reply)
            yield Response(chat_message=TextMessage(content=quoted(reply), source=self.name))
            return
        yield CodeGenerationEvent(retry_attempt=0, content=reply, code_blocks=blocks, source=self.name)
        outcome = await self.execute_code_block(blocks, cancellation_token)
        await self._model_context.add_message(UserMessage(content=outcome.output, source=self.name))
        yield CodeExecutionEvent(retry_attempt=0, result=outcome, source=self.name)
        self._meter.count_answer(outcome.output)
        shown = (
            f"{quoted(_without_code(reply))}\n\n"
            f"{self._last_run()}: exit code {outcome.exit_code}. Output:\n{without_fences(outcome.output)}"
        )
        yield Response(chat_message=TextMessage(content=shown.strip(), source=self.name))


def _without_code(reply: str) -> str:
    """Replace each fenced block by its hash, so that no other agent can take it for code to run."""
    return re.sub(
        r"```[^\n`]*\n(.*?)```",
        lambda block: f"[code {hashlib.sha256(block[1].encode('utf-8', 'replace')).hexdigest()[:12]}]",
        reply,
        flags=re.DOTALL,
    )
