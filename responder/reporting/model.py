"""The report as one typed value: only claims whose citations stand in the originals, in words that are safe to print.

`build_report` joins what the stages found, strikes what the re-reading of the originals did not confirm, and decides
the verdict that remains. It renders nothing and reads nothing; `contract`, `markdown` and `html` do the rest.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from responder.audit.interface import Head
from responder.causes.interface import CausalLink, Evidence, Explanation, Hypothesis, Impact, TimelineEntry
from responder.evidence.interface import Skipped
from responder.incident import EvidenceId, Incident, Verdict
from responder.reporting.clean import Redactor, clean
from responder.reporting.decision import Actions, RootCause, actions_against, decide, with_onsets_beside
from responder.reporting.strike import Struck, strike, strike_claims
from responder.sandbox.interface import SandboxInfo
from responder.team.interface import Conclusion
from responder.triage.interface import FileFacts, Triage, VolumeBucket

__all__ = ["Actions", "Audit", "Redactor", "Report", "RootCause", "Struck", "build_report"]


class Audit(Struct, frozen=True):
    """Where the journal is and how it ended when the report was built."""

    path: str
    """Relative to the run folder."""
    head: Head


class Report(Struct, frozen=True):
    """Everything the documents say. Every string is sanitised and redacted; every cited id is in `evidence`."""

    incident: Incident
    verdict: Verdict
    root_cause: RootCause | None
    hypotheses: tuple[Hypothesis, ...]
    """By rank, from 1 without gaps."""
    none_of_these: float
    """With the probabilities of `hypotheses` it sums to 1."""
    evidence: tuple[Evidence, ...]
    """In reading order. Ids are those of the run, so a struck one leaves a gap rather than renaming its followers:
    the journal and the agents' messages cite the same ids."""
    timeline: tuple[TimelineEntry, ...]
    chain: tuple[CausalLink, ...]
    impact: Impact
    actions: Actions
    not_checked: tuple[str, ...]
    struck: tuple[Struck, ...]
    redactions: Mapping[str, int] | None
    """Secrets removed from the staged copies, by kind; None when redaction was switched off."""
    conclusion: Conclusion
    sandbox: SandboxInfo | None
    audit: Audit | None
    timings: Mapping[str, float]
    """Seconds by stage."""
    files: tuple[FileFacts, ...]
    skipped: tuple[Skipped, ...]
    volume: tuple[VolumeBucket, ...]
    components: tuple[str, ...]
    dependencies: tuple[tuple[str, str], ...]

    def cited(self) -> Mapping[str, Evidence]:
        """Evidence by id."""
        return {item.id: item for item in self.evidence}

    def beside(self) -> tuple[Hypothesis, ...]:
        """The faults that happened at the same time as the root cause, independently of it."""
        told = self.root_cause.beside if self.root_cause else ()
        return tuple(item for item in self.hypotheses if item.id in told)


def build_report(
    incident: Incident,
    triage: Triage,
    explanation: Explanation,
    conclusion: Conclusion,
    *,
    verified: Mapping[EvidenceId, bool],
    redactor: Redactor,
    redactions: Mapping[str, int] | None = None,
    sandbox: SandboxInfo | None = None,
    timings: Mapping[str, float] | None = None,
    audit_head: Head | None = None,
    audit_path: str = "audit.jsonl",
    skipped: Sequence[Skipped] = (),
) -> Report:
    """Join the stages into the one value that all documents are rendered from.

    Evidence that `verified` does not name as true is struck: it was not re-read, or no longer stands as quoted. Every
    claim that rested on it alone is struck with it; a hypothesis that loses its last support gives up its probability
    to the others in their own proportions, so the next one, or "inconclusive", takes its place.

    Args:
        incident: What was asked.
        triage: What was read.
        explanation: Already revised by the results of the team.
        conclusion: What the team decided; `Conclusion("not_run")` when no agents ran.
        verified: By evidence id, whether its text and hash were found again in the original bytes.
        redactor: Applied once more to every string of the report.
        redactions: Secrets removed while staging, by kind; None when redaction was switched off.
        sandbox: What code ran in; None when none was run.
        timings: Seconds by stage.
        audit_head: The end of the journal; None when no journal was kept.
        audit_path: The journal, relative to the run folder.
        skipped: What later stages could not use, beyond `triage.skipped`.
    """
    checked = strike(explanation, verified)
    claims, struck_claims = strike_claims(conclusion, frozenset(item.id for item in checked.explanation.evidence))
    kept = clean(_with_rounded_odds(checked.explanation), redactor)
    told = clean(replace(conclusion, claims=claims), redactor)
    return replace(
        _explained(clean(incident, redactor), clean(replace(triage, findings=(), skipped=()), redactor), kept, told),
        struck=clean((*checked.struck, *struck_claims), redactor),
        redactions=None if redactions is None else dict(redactions),
        sandbox=clean(sandbox, redactor),
        audit=Audit(audit_path, audit_head) if audit_head else None,
        timings=dict(timings or {}),
        skipped=clean(tuple(dict.fromkeys((*triage.skipped, *skipped))), redactor),
    )


def _explained(incident: Incident, triage: Triage, kept: Explanation, told: Conclusion) -> Report:
    """The report of what was found, without how the run went; everything is cleaned already."""
    verdict, root_cause = decide(kept, told)
    return Report(
        incident=incident,
        verdict=verdict,
        root_cause=root_cause,
        hypotheses=kept.hypotheses,
        none_of_these=kept.none_of_these,
        evidence=kept.evidence,
        timeline=with_onsets_beside(kept, root_cause),
        chain=kept.chain,
        impact=kept.impact,
        actions=actions_against(kept, root_cause),
        not_checked=kept.not_checked,
        struck=(),
        redactions=None,
        conclusion=told,
        sandbox=None,
        audit=None,
        timings={},
        files=triage.files,
        skipped=(),
        volume=triage.volume,
        components=triage.components,
        dependencies=triage.dependencies,
    )


def _with_rounded_odds(explanation: Explanation) -> Explanation:
    """Four decimals everywhere, and what rounding leaves over goes to "none of these", so the sum is 1 as printed."""
    rounded = [round(item.probability, 4) for item in explanation.hypotheses]
    rest = round(1 - sum(rounded), 4)
    if rest < 0:  # only by rounding up several shares of a list that leaves nothing over
        rounded[0] = round(rounded[0] + rest, 4)
        rest = 0.0
    hypotheses = tuple(
        replace(item, probability=share) for item, share in zip(explanation.hypotheses, rounded, strict=True)
    )
    return replace(explanation, hypotheses=hypotheses, none_of_these=rest)
