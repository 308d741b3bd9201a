"""What the cause engine states: ranked hypotheses, numbered evidence for and against, a timeline, the impact."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from responder.incident import Category, ComponentKind, EvidenceId, HypothesisId, Role, Span, Verdict
from responder.triage.interface import Remedy, Triage

__all__ = [
    "CausalEngine",
    "CausalLink",
    "Check",
    "Evidence",
    "Explanation",
    "Hypothesis",
    "HypothesisStatus",
    "Impact",
    "Moment",
    "Step",
    "TestResult",
    "TimelineEntry",
]

HypothesisStatus = Literal["confirmed", "open", "ruled_out"]
Moment = Literal["change", "sign", "onset", "symptom", "consequence", "detected", "ended", "recovered", "event"]
"""What a moment is to the incident: a change; a sign that it was coming; its first failure; another failure at its own
place, or elsewhere because of it; somebody noticed; its last failure, which later records do not repeat; a record that
says all is well again; anything else."""


class Evidence(Struct, frozen=True):
    """One numbered quotation of the originals."""

    id: EvidenceId
    span: Span
    text: str
    sha256: str
    """Hex digest of the original bytes of the span; see `Finding.sha256`."""
    role: Role
    why: str
    timestamp: datetime | None = None
    component: str | None = None
    count: int = 1


class Check(Struct, frozen=True):
    """A prediction of a hypothesis that code can test against the staged logs.

    `first` and `second` are evidence ids; the records meant are those that contain the evidence's `needle`.
    """

    kind: Literal["present", "precedes", "absent_before", "count_at_least"]
    statement: str
    """The prediction as a sentence: `the refusals begin after the release, none before`."""
    first: EvidenceId
    first_needle: str
    second: EvidenceId | None = None
    second_needle: str = ""
    count: int = 1
    """For `count_at_least`: how many records must match `first_needle`."""


class Step(Struct, frozen=True):
    """One move of the probability: `0.12 -> 0.64: the pool was reduced 8 minutes before the first timeout`."""

    before: float
    after: float
    because: str
    evidence: tuple[EvidenceId, ...] = ()


class Hypothesis(Struct, frozen=True):
    """One competing explanation of the whole incident."""

    id: HypothesisId
    rank: int
    """1 is the most probable."""
    summary: str
    """One sentence a person would say aloud: component, cause."""
    category: Category
    component: str | None
    component_kind: ComponentKind
    probability: float
    """Given the evidence; over all hypotheses and the share for none of them it sums to 1."""
    supporting: tuple[EvidenceId, ...]
    contradicting: tuple[EvidenceId, ...] = ()
    status: HypothesisStatus = "open"
    next_check: str = ""
    """The one observation that would decide."""
    first_seen: datetime | None = None
    checks: tuple[Check, ...] = ()
    steps: tuple[Step, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    ruled_out_because: str = ""
    beside: tuple[HypothesisId, ...] = ()
    """Hypotheses that would not contradict it: another fault, with other victims, of something unconnected."""


class CausalLink(Struct, frozen=True):
    """One arrow of the causal chain: `cause` made `effect` happen."""

    cause: EvidenceId
    effect: EvidenceId
    because: str


class TimelineEntry(Struct, frozen=True):
    """One moment of the incident."""

    timestamp: datetime
    what: str
    evidence: tuple[EvidenceId, ...]
    moment: Moment = "event"


class Impact(Struct, frozen=True):
    """Who and what was hurt, from the evidence only; None means the evidence does not say."""

    components: tuple[str, ...] = ()
    """The blast radius, sorted."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    """None while the last records still show the failure."""
    failed_records: int | None = None
    """Error records that belong to the incident."""
    evidence: tuple[EvidenceId, ...] = ()


class Explanation(Struct, frozen=True):
    """What the engine makes of the findings, and what a later test made of it."""

    verdict: Verdict
    hypotheses: tuple[Hypothesis, ...]
    """By rank."""
    none_of_these: float
    """The share of probability kept for causes outside the list."""
    evidence: tuple[Evidence, ...]
    """In reading order, E1 first; `evidence[0].id == "E1"`."""
    timeline: tuple[TimelineEntry, ...] = ()
    chain: tuple[CausalLink, ...] = ()
    impact: Impact = Impact()
    not_checked: tuple[str, ...] = ()
    """What would matter and was not in the evidence, or was not read, as sentences."""

    def cited(self) -> Mapping[str, Evidence]:
        """Evidence by id."""
        return {item.id: item for item in self.evidence}


class TestResult(Struct, frozen=True):
    """What a test outside the engine (code in the sandbox, a page that was re-read) says of one hypothesis."""

    hypothesis: HypothesisId
    outcome: Literal["confirmed", "refuted"]
    because: str
    evidence: tuple[EvidenceId, ...] = ()
    source: Literal["code", "page"] = "code"
    """code: a program that ran in the sandbox; page: the line was re-read."""


class CausalEngine(Protocol):
    """From findings to ranked causes."""

    def explain(self, triage: Triage, *, task: str = "") -> Explanation:
        """Rank competing causes. Pure: no clock, no randomness, no model. `task` may only break ties."""
        ...

    def revise(self, explanation: Explanation, results: Sequence[TestResult]) -> Explanation:
        """Update probabilities, ranks, statuses and the verdict by test results (Bayes; steps are recorded).

        Hypothesis and evidence ids stay. Ruled-out hypotheses keep a place at the end of the list.
        """
        ...
