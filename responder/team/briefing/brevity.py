"""AutoGen's conversation said once: what a model was told in one call is not told again in the same call.

The orchestrator of AutoGen puts the whole request into every prompt and asks for facts that code has found. With an
evidence pack as the request, that would be most of what a run costs.
"""

import re
from collections.abc import Sequence

from autogen_agentchat.teams._group_chat._magentic_one import _prompts as autogen_prompts
from autogen_core.models import LLMMessage, UserMessage

from responder.team.briefing.prompts import Ask, asked, ledger_request, plan_request
from responder.team.guard.clients import text_of

__all__ = ["said_once"]

_SHORTEST = 200
"""Characters from which on a repeated request is worth a reference."""
_REFERENCE = "(the request above)"
_FRAME = re.split(r"\{\w+\}", autogen_prompts.ORCHESTRATOR_TASK_LEDGER_FULL_PROMPT)
"""What AutoGen puts around request, team, facts and plan."""
_SHORT_FRAME = ("", "\n\nThe team:\n", "\n\n", "\n\nThe plan:\n", "")


def said_once(messages: Sequence[LLMMessage], task: str, speakers: Sequence[str]) -> Sequence[LLMMessage]:
    """Return what one call of the orchestrator has to say.

    Args:
        messages: As AutoGen put them together; the last one asks.
        task: The request, as it stands in them.
        speakers: Names of the team.
    """
    messages = [_framed(messages[0]), *messages[1:]]
    last = messages[-1]
    match asked(text_of(last)):
        case Ask.PLAN:
            return [UserMessage(content=plan_request(task, speakers), source="orchestrator")]
        case Ask.LEDGER:
            return [*messages[:-1], UserMessage(content=ledger_request(speakers), source="orchestrator")]
    if len(task) >= _SHORTEST and isinstance(last, UserMessage) and isinstance(last.content, str):
        return [*messages[:-1], last.model_copy(update={"content": last.content.replace(task, _REFERENCE)})]
    return messages


def _framed(message: LLMMessage) -> LLMMessage:
    """Shorten what stands around the request in AutoGen's task ledger, which begins every thread."""
    text = text_of(message)
    if not text.startswith(_FRAME[0]):
        return message
    for words, fewer in zip(_FRAME, _SHORT_FRAME, strict=True):
        text = text.replace(words, fewer, 1) if words.strip() else text
    return message.model_copy(update={"content": text.strip()})
