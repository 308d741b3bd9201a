"""What the analyst has learnt from the messages of the agents, each read once and believed only as far as it goes."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from autogen_core.models import LLMMessage
from msgspec import Struct, field

from responder.causes.interface import Evidence
from responder.incident import EvidenceId, HypothesisId
from responder.patterns import lazy
from responder.team.case import Case
from responder.team.guard.clients import text_of
from responder.team.judgement.verdicts import CodeVerdict, find_verdict

__all__ = ["Memory", "Reading"]

_WHERE = lazy(r"^(Linux-\S+)$", re.MULTILINE)
_RUN = lazy(r"^(V\d+): exit code 0\.", re.MULTILINE)
_SURVEY = lazy(r"^\d+ lines read, .*$", re.MULTILINE)

Reading = Literal["agrees", "contradicts"]


class Memory(Struct):
    """Facts from the conversation, kept although re-planning clears the thread."""

    case: Case
    platform: str = ""
    """What the Coder's code said it runs on."""
    readings: dict[EvidenceId, Reading] = field(default_factory=dict)
    """Whether the page that the FileSurfer showed holds the quoted line."""
    verdicts: dict[HypothesisId, CodeVerdict] = field(default_factory=dict)
    """The last typed verdict for each hypothesis."""
    runs: dict[HypothesisId, str] = field(default_factory=dict)
    """`V2`: the code run that gave the verdict."""
    survey: str = ""
    """What the Coder's count over all files said."""
    coder_failures: int = 0
    """Runs of the Coder that brought no verdict and no platform."""
    _read: set[int] = field(default_factory=set)

    def learn(self, messages: Iterable[LLMMessage]) -> None:
        """Read every message that was not read before."""
        for message in messages:
            source, text = getattr(message, "source", ""), text_of(message)
            key = hash((source, text))
            if key in self._read:
                continue
            self._read.add(key)
            if source == "Coder":
                self._hear_coder(text)

    def see(self, path: str, rows: Mapping[int, str]) -> None:
        """Compare the lines of a page that was really shown, by their numbers, with what is quoted from that file.

        Never read from a message: a log, a file name or a model can write what looks like a page.
        """
        for item in self.case.explanation.evidence:
            if item.span.path == path and item.span.line in rows:
                agrees = holds(rows[item.span.line], item)
                self.readings[item.id] = "agrees" if agrees else "contradicts"

    def contradictions(self) -> dict[EvidenceId, str]:
        """Return the evidence that does not stand where it is quoted, with the reason as a clause."""
        return {
            key: f"the file does not show {key} as it was quoted"
            for key, reading in self.readings.items()
            if reading == "contradicts"
        }

    def _hear_coder(self, text: str) -> None:
        verdict = find_verdict(text, self.case.verdict_mark)
        if verdict is not None and verdict.hypothesis in self.case.hypotheses:
            key = HypothesisId(verdict.hypothesis)
            self.verdicts[key] = verdict
            if (run := _RUN.search(text)) is not None:
                self.runs[key] = run[1]
        elif (where := _WHERE.search(text)) is not None:
            self.platform = where[1]
        elif (counted := _SURVEY.search(text)) is not None:
            self.survey = counted[0]
        else:
            self.coder_failures += 1


def holds(row: str, item: Evidence) -> bool:
    """Tell whether a shown line is the quoted one; secrets and control characters may differ, words may not."""
    quoted = item.text.split("\n")[item.span.line - item.span.line_start]
    words = _words(quoted)
    return not words or len(words & _words(row)) >= 0.6 * len(words)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z0-9]{2,}", text[:400]))
