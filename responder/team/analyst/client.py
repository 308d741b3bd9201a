"""The analyst as AutoGen's model client, one for each role; it needs no key and no network."""

import json
from collections.abc import Callable, Sequence

from autogen_core import FunctionCall
from autogen_core.models import (
    CreateResult,
    LLMMessage,
    ModelCapabilities,
    ModelFamily,
    ModelInfo,
    RequestUsage,
)
from autogen_core.tools import Tool, ToolSchema

from responder.incident import HypothesisId
from responder.patterns import lazy
from responder.team.analyst.conclude import conclusion_json
from responder.team.analyst.memory import Memory
from responder.team.analyst.moves import PROVE, Done, next_move, plan
from responder.team.analyst.programs import probe_program, prove_program, survey_program
from responder.team.briefing.prompts import Ask, asked
from responder.team.guard.clients import Options, RoleClient, text_of
from responder.team.guard.ledger import Ledger

__all__ = ["AnalystClient", "coder_role", "file_surfer_role", "orchestrator_role"]

Reply = str | list[FunctionCall]
Role = Callable[[Sequence[LLMMessage], bool], Reply]
"""Answers messages; the flag says whether a progress ledger is wanted."""

_HYPOTHESIS = lazy(r"\bH\d+\b")
_PLACE = lazy(r"Open (?P<path>.+) at line (?P<line>\d+)")
_INFO = ModelInfo(
    vision=False,
    function_calling=True,
    json_output=True,
    structured_output=False,
    multiple_system_messages=True,
    family=ModelFamily.UNKNOWN,
)


class AnalystClient(RoleClient):
    """Answers one role by `role`, a plain function; reports no tokens, because none are bought."""

    def __init__(self, role: Role) -> None:
        self._role = role

    async def answer(self, messages: Sequence[LLMMessage], options: Options) -> CreateResult:
        """Answer at once, by rule."""
        content = self._role(messages, bool(options["json_output"]))
        return CreateResult(
            finish_reason="stop" if isinstance(content, str) else "function_calls",
            content=content,
            usage=RequestUsage(0, 0),
            cached=False,
        )

    async def close(self) -> None:
        """Nothing is open."""

    def actual_usage(self) -> RequestUsage:
        """No tokens are used."""
        return RequestUsage(0, 0)

    def total_usage(self) -> RequestUsage:
        """No tokens are used."""
        return RequestUsage(0, 0)

    def count_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """No tokens are used."""
        return 0

    def remaining_tokens(self, messages: Sequence[LLMMessage], *, tools: Sequence[Tool | ToolSchema] = ()) -> int:
        """As many as anyone could want."""
        return 1 << 30

    @property
    def capabilities(self) -> ModelCapabilities:
        """What AutoGen asked for before `model_info`."""
        return _INFO

    @property
    def model_info(self) -> ModelInfo:
        """Calls tools and writes JSON."""
        return _INFO


def orchestrator_role(memory: Memory, *, has_coder: bool) -> Role:
    """Plan, choose the next step, and conclude."""

    def answer(messages: Sequence[LLMMessage], wants_ledger: bool) -> Reply:
        memory.learn(messages)
        if wants_ledger:
            return _ledger(memory, has_coder=has_coder).model_dump_json()
        ask = asked(text_of(messages[-1]))
        if ask is Ask.NEW_FACTS:
            return _facts(memory)
        if ask in (Ask.PLAN, Ask.NEW_PLAN):
            return plan(memory, has_coder=has_coder)
        return conclusion_json(memory)

    return answer


def coder_role(memory: Memory) -> Role:
    """Write the program that the last instruction asks for."""

    def answer(messages: Sequence[LLMMessage], _: bool) -> Reply:
        instruction = text_of(messages[-1])
        named = _HYPOTHESIS.search(instruction)
        hypothesis = memory.case.hypotheses.get(HypothesisId(named[0])) if named else None
        if hypothesis is not None:
            return f"This program tests {hypothesis.id}.\n```python\n{probe_program(memory.case, hypothesis)}\n```"
        if instruction.strip() == PROVE:
            return f"This program says where it runs.\n```python\n{prove_program()}\n```"
        return f"This program counts records and failures.\n```python\n{survey_program()}\n```"

    return answer


def file_surfer_role(memory: Memory) -> Role:
    """Open the place that the last instruction names, else the first piece of evidence."""

    def answer(messages: Sequence[LLMMessage], _: bool) -> Reply:
        place = _PLACE.search(text_of(messages[-1]))
        if place is not None:
            return [_call("open", path=place["path"], line=int(place["line"]))]
        if memory.case.explanation.evidence:
            return [_call("context", id=memory.case.explanation.evidence[0].id)]
        return [_call("list_files")]

    return answer


def _ledger(memory: Memory, *, has_coder: bool) -> Ledger:
    move = next_move(memory, has_coder=has_coder)
    if isinstance(move, Done):
        return Ledger.make(satisfied=True, reason=move.because, speaker="FileSurfer")
    return Ledger.make(satisfied=False, reason=move.because, speaker=move.speaker, instruction=move.instruction)


def _facts(memory: Memory) -> str:
    case = memory.case
    given = [f"- {item.id} at {item.span}: {item.why}" for item in case.explanation.evidence[:8]]
    guesses = [f"- {item.id} ({item.probability:.2f}): {item.summary}" for item in case.explanation.hypotheses[:4]]
    derived = [f"- {key}: {verdict.outcome}, {verdict.because}" for key, verdict in memory.verdicts.items()]
    return "\n".join(
        [
            "1. GIVEN OR VERIFIED FACTS",
            *(given or ["- none"]),
            "2. FACTS TO LOOK UP",
            "- whether the cited lines stand in the files as quoted",
            "3. FACTS TO DERIVE",
            *(derived or ["- whether the predictions of each hypothesis hold in the logs"]),
            "4. EDUCATED GUESSES",
            *(guesses or ["- nothing failed"]),
        ]
    )


def _call(name: str, **arguments: object) -> FunctionCall:
    return FunctionCall(id=f"analyst-{name}", name=name, arguments=json.dumps(arguments))
