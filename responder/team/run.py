"""What one investigation builds up while its agents talk, and how it hears them."""

from collections.abc import Callable

from autogen_agentchat.messages import BaseAgentEvent, BaseChatMessage, TextMessage
from autogen_core.models import UserMessage
from msgspec import Struct, field

from responder.audit.interface import Journal
from responder.sandbox.audited import AuditedSandbox
from responder.team.analyst.memory import Memory
from responder.team.case import Case
from responder.team.guard.guarded import Provider
from responder.team.guard.meter import Meter
from responder.team.models import ModelChoice

__all__ = ["Run"]


class Run(Struct):
    """One investigation."""

    case: Case
    meter: Meter
    memory: Memory
    sandbox: AuditedSandbox | None
    """Where code runs; None when none may."""
    journal: Journal
    providers: dict[ModelChoice, Provider] = field(default_factory=dict)
    answer: str = ""
    """The final answer; no other message is read as one, since any may quote a log."""
    shown: list[str] = field(default_factory=list)
    """What of the logs the agents were shown."""
    notes: list[str] = field(default_factory=list)
    """What the reader of the report must know, as sentences."""

    def hear(self, item: BaseAgentEvent | BaseChatMessage, tell: Callable[[str], None]) -> None:
        """Take in one message of the group chat: to the journal, to the analyst's memory, to the progress."""
        text = item.to_text()
        self.journal.record("agent.message", {"source": item.source, "type": type(item).__name__, "text": text})
        if self.meter.closed or not isinstance(item, TextMessage):
            return
        if item.source == "MagenticOneOrchestrator" and self.meter.concluding:
            self.answer = text
        if item.source in ("user", "FileSurfer"):
            self.shown.append(text)
        self.memory.learn([UserMessage(content=text, source=item.source)])
        if item.source != "user" and self.meter.turns:
            tell(f"turn {self.meter.turns}/{self.meter.allowance.max_turns} {item.source}: {text}")
