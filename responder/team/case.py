"""What the agents are given: the engine's explanation, the staged copies, and how to write about both."""

import sys

from msgspec import Struct
from msgspec.structs import replace

from responder.causes.interface import Evidence, Explanation, Hypothesis
from responder.incident import EvidenceId, HypothesisId, Incident
from responder.safety.interface import TextRedactor
from responder.safety.sanitise import sanitise
from responder.staging.interface import Staged

__all__ = ["Case"]


class Case(Struct, frozen=True):
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

    def redacted(self, redactor: TextRedactor) -> "Case":
        """The same case with the secrets taken out of every quotation.

        It comes before any quotation is cut to fit, since half a secret is no longer recognised as one.
        """

        def clean(text: str) -> str:
            return redactor.redact(sanitise(text, max_line_chars=sys.maxsize))

        explanation = self.explanation
        return replace(
            self,
            explanation=replace(
                explanation,
                evidence=tuple(
                    replace(item, text=clean(item.text), why=clean(item.why)) for item in explanation.evidence
                ),
                hypotheses=tuple(
                    replace(item, summary=clean(item.summary), next_check=clean(item.next_check))
                    for item in explanation.hypotheses
                ),
                timeline=tuple(replace(entry, what=clean(entry.what)) for entry in explanation.timeline),
            ),
        )
