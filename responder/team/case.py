"""What the agents are given: the engine's explanation, the staged copies, and how to write about both."""

from dataclasses import dataclass

from responder.causes.interface import Evidence, Explanation, Hypothesis
from responder.incident import EvidenceId, HypothesisId, Incident
from responder.staging.interface import Staged

__all__ = ["Case"]


@dataclass(frozen=True, slots=True)
class Case:
    """One incident as the team sees it."""

    incident: Incident
    explanation: Explanation
    staged: Staged
    nonce: str
    """A random word of this run. Marks what only code we gave it to can print, and where untrusted text ends."""

    @property
    def evidence(self) -> dict[EvidenceId, Evidence]:
        """Evidence by id."""
        return {item.id: item for item in self.explanation.evidence}

    @property
    def hypotheses(self) -> dict[HypothesisId, Hypothesis]:
        """Hypotheses by id."""
        return {item.id: item for item in self.explanation.hypotheses}

    @property
    def verdict_mark(self) -> str:
        """How a typed verdict line of the Coder begins; log text cannot know it."""
        return f"VERDICT-{self.nonce}"
