"""What the documents say first, chosen once: the headline, why we believe it, what to do, what else it could be.

Why we believe it is worked out in `reasons`, and how a sentence is put in `sentences`.
"""

from msgspec import Struct

from responder.causes.interface import Hypothesis
from responder.incident import ComponentKind, Verdict
from responder.reporting.model import Report, RootCause
from responder.reporting.reasons import fact, reasons
from responder.reporting.sentences import Sentence, bare, capital, in_words, listed, told
from responder.reporting.wording import clock, day, duration, likely, moment, one_day, plural, size
from responder.triage.interface import Remedy

__all__ = ["Alternative", "FirstScreen", "first_screen", "ruled_out", "title"]

_MAX_STEPS = 3
_MAX_ALTERNATIVES = 3
_MAX_CITES = 3
_OF_BUILDS = frozenset({ComponentKind.BUILD_STEP, ComponentKind.TEST, ComponentKind.SOURCE_FILE, ComponentKind.PACKAGE})
_LEAST_ODDS = 0.01
"""An alternative below one in a hundred is not worth a line of the first screen."""

_STOPPED = {
    "turn_limit": "The agents reached their turn limit; this is the best answer so far.",
    "budget": "The agents used up their budget; this is the best answer so far.",
    "timeout": "The time limit ended the run; this is the best answer so far.",
    "stalled": "The agents stopped because they found no new evidence.",
    "model_failed": "The model failed during the run; what is said here was found without it.",
    "interrupted": "The run was interrupted; this report is partial.",
}


class Alternative(Struct, frozen=True):
    """Another hypothesis with its odds."""

    hypothesis: Hypothesis
    sentence: Sentence
    next_check: str


class FirstScreen(Struct, frozen=True):
    """What a person reads before scrolling, in this order."""

    headline: Sentence
    impact: Sentence | None
    """Who is hurt, since when, and whether it still goes on; None for a build or where nothing says."""
    notices: tuple[str, ...]
    """What the reader must know about the run before believing it."""
    reasons: tuple[Sentence, ...]
    against: tuple[Sentence, ...]
    """What speaks against the headline; the reader must not have to find it."""
    steps: tuple[Remedy, ...]
    look_next: tuple[str, ...]
    """Observations to make when there is no step to take."""
    alternatives: tuple[Alternative, ...]
    none_of_these: float


def title(report: Report) -> str:
    """What the document is, and of which day: of the incident, else of the run."""
    if report.verdict is Verdict.HEALTHY:
        ends = [item.last_seen for item in report.files if item.last_seen]
        return f"No incident, {day(max(ends, default=report.incident.started_at))}"
    onset = report.root_cause.first_seen if report.root_cause else None
    first = report.timeline[0].timestamp if report.timeline else report.incident.started_at
    return f"Incident report, {day(onset or report.impact.started_at or first)}"


def first_screen(report: Report) -> FirstScreen:
    """Choose what the first screen says."""
    lead = next((item for item in report.hypotheses if item.status != "ruled_out"), None)
    above = [lead, *report.beside()]
    others = [item for item in report.hypotheses if item not in above and item.status != "ruled_out"]
    headline = _headline(report, lead)
    return FirstScreen(
        headline=headline,
        impact=_impact(report),
        notices=_notices(report),
        reasons=reasons(report, lead, headline.text) if lead else (),
        against=tuple(fact(report.cited()[item]) for item in lead.contradicting) if lead else (),
        steps=report.actions.immediate[:_MAX_STEPS],
        look_next=_look_next(report, lead),
        alternatives=tuple(
            Alternative(item, Sentence(told(item, report), item.supporting[:_MAX_CITES]), item.next_check)
            for item in others
            if item.probability >= _LEAST_ODDS
        )[:_MAX_ALTERNATIVES],
        none_of_these=report.none_of_these,
    )


def _notices(report: Report) -> tuple[str, ...]:
    stopped = _STOPPED.get(report.conclusion.stop_reason)
    lost = sum(item.kind in ("evidence", "hypothesis") for item in report.struck)
    told = [stopped] if stopped else []
    if lost:
        told.append(f"{plural(lost, 'statement')} did not match the originals and {_was(lost)} struck; see below.")
    if report.redactions is None:
        told.append("Redaction was switched off: this report may hold secrets.")
    return tuple(told)


def _impact(report: Report) -> Sentence | None:
    cause, impact = report.root_cause, report.impact
    if cause is None or cause.component_kind in _OF_BUILDS or impact.started_at is None or not impact.components:
        return None
    if impact.failed_records is None and set(impact.components) <= {cause.component}:
        return None
    hurt = "Hurt by the first" if cause.beside else "Hurt"
    names = listed(impact.components)
    many = "" if impact.failed_records is None else f", {plural(impact.failed_records, 'error record')}"
    last = max((item.last_seen for item in report.files if item.last_seen), default=None)
    if impact.ended_at:
        length = duration(impact.ended_at - impact.started_at)
        same_day = one_day([impact.started_at, impact.ended_at])
        started = f"{clock(impact.started_at, within_day=same_day)}{'' if same_day else ' UTC'}"
        ended = f"{clock(impact.ended_at, within_day=same_day)} UTC"
        goes_on = ", though the records go on"
        if last and last > impact.ended_at:
            goes_on = f" in the records, which end at {clock(last, within_day=one_day([impact.ended_at, last]))} UTC"
        return Sentence(f"{hurt}: {names}{many}, from {started} to {ended} ({length}); no failure after that{goes_on}")
    still = ""
    if last and last >= impact.started_at:
        end = clock(last, within_day=one_day([impact.started_at, last]))
        still = f"; the records end with it still failing, at {end} UTC"
    return Sentence(f"{hurt}: {names}{many}, since {moment(impact.started_at)}{still}")


def ruled_out(report: Report) -> tuple[Sentence, ...]:
    """Each hypothesis that was excluded, and why."""
    said = []
    for item in report.hypotheses:
        if item.status != "ruled_out":
            continue
        runs = tuple(
            run.id for run in report.conclusion.verifications if run.hypothesis == item.id and run.outcome == "refuted"
        )
        because = f". Why not: {in_words(bare(item.ruled_out_because))}" if item.ruled_out_because else ""
        cites = dict.fromkeys((*item.supporting[:1], *item.contradicting, *runs))
        said.append(Sentence(f"{capital(told(item, report))}{because}", tuple(cites)))
    return tuple(said)


def _headline(report: Report, lead: Hypothesis | None) -> Sentence:
    cause = report.root_cause
    if cause and report.beside():
        return _of_several(cause, report)
    if cause:
        return Sentence(f"{capital(_since(cause, report))} ({likely(cause.confidence)})", cause.evidence[:1])
    if report.verdict is Verdict.HEALTHY:
        return Sentence(f"Healthy: nothing in {_read(report)} asks for action")
    if not report.files:
        return Sentence("Inconclusive: nothing could be read")
    if lead is None:
        return Sentence(f"Inconclusive: {_read(report)} do not point to a cause")
    return Sentence(
        f"Inconclusive. The best candidate: {in_words(told(lead, report))} ({likely(lead.probability)})",
        lead.supporting[:1],
    )


def _since(cause: RootCause, report: Report) -> str:
    """The cause with the moment from which it shows; one without a clock of its own shows by what followed."""
    text = told(cause, report)
    if cause.component_kind in _OF_BUILDS or cause.first_seen is None or clock(cause.first_seen)[:5] in text:
        return text
    own = any(report.cited()[item].timestamp == cause.first_seen for item in cause.evidence[:1])
    return f"{text}, {'since' if own else 'with failures from'} {moment(cause.first_seen)}{'' if own else ' on'}"


def _of_several(cause: RootCause, report: Report) -> Sentence:
    """Faults that have nothing to do with each other share the odds; what is sure is said of them together."""
    faults = report.beside()
    together = min(1.0, cause.confidence + sum(item.probability for item in faults))
    number = {1: "Two", 2: "Three"}.get(len(faults), str(len(faults) + 1))
    named_each = [told(cause, report), *(told(item, report) for item in faults)]
    each = "; ".join(f"({place}) {in_words(text)}" for place, text in enumerate(named_each, start=1))
    return Sentence(
        f"{number} independent faults at the same time (together {likely(together)}): {each}",
        (*cause.evidence[:1], *(item.supporting[0] for item in faults)),
    )


def _read(report: Report) -> str:
    lines = sum(item.lines for item in report.files)
    volume = sum(item.bytes for item in report.files)
    return f"{plural(lines, 'line')} of {plural(len(report.files), 'file')} ({size(volume)})"


def _look_next(report: Report, lead: Hypothesis | None) -> tuple[str, ...]:
    if report.actions.immediate or report.verdict is Verdict.HEALTHY or lead is None:
        return ()
    checks = [item.next_check for item in report.hypotheses if item.status != "ruled_out" and item.next_check]
    return tuple(dict.fromkeys(checks))[:_MAX_STEPS]


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
