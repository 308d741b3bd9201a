"""What the post-mortem says beyond the final report: impact in words, factors, what went well, actions, questions.

Everything is derived from the evidence; what the evidence does not hold is said to be missing, never guessed.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from responder.causes.interface import Hypothesis, TimelineEntry
from responder.reporting.model import Report, RootCause
from responder.reporting.narrative import first_screen, ruled_out
from responder.reporting.sentences import Sentence, bare, capital, cited_apart, in_words, listed, named, told
from responder.reporting.tense import past
from responder.reporting.wording import duration, likely, moment, odds, plural

__all__ = ["NOT_IN_EVIDENCE", "Action", "Retrospect", "headings", "retrospect"]

NOT_IN_EVIDENCE = "not in the evidence"
_MAX_CITES = 4
_WORTH_A_LINE = 0.04
"""A smaller move of the probability is a detail of the method."""
_WORTH_AN_ALERT = timedelta(seconds=30)
"""A warning shorter than this helps nobody."""


class Action(Struct, frozen=True):
    """One row of the table of actions; its owner is left for people to fill in."""

    what: Sentence
    kind: Literal["detect", "mitigate", "prevent"]
    priority: Literal["P1", "P2"]


class Retrospect(Struct, frozen=True):
    """The parts of the post-mortem, each in order."""

    summary: tuple[Sentence, ...]
    impact: tuple[tuple[str, Sentence], ...]
    """(question, answer) pairs."""
    causes: tuple[Sentence, ...]
    """The root cause, and each fault beside it that has nothing to do with it."""
    candidates: tuple[Sentence, ...]
    """What stands in place of a root cause when there is none."""
    reasoning: tuple[Sentence, ...]
    """How the odds of the root cause moved."""
    factors: tuple[Sentence, ...]
    went_well: tuple[Sentence, ...]
    ruled_out: tuple[Sentence, ...]
    actions: tuple[Action, ...]
    questions: tuple[str, ...]


def retrospect(report: Report) -> Retrospect:
    """Derive the parts of the post-mortem from the report."""
    return Retrospect(
        summary=tuple(_summary(report)),
        impact=_impact(report),
        causes=_causes(report),
        candidates=_candidates(report),
        reasoning=_reasoning(report),
        factors=_factors(report),
        went_well=_went_well(report),
        ruled_out=tuple(replace(item, text=past(item.text)) for item in ruled_out(report)),
        actions=_actions(report),
        questions=_questions(report),
    )


def headings(report: Report) -> dict[str, str]:
    """For each quotation the shortest sentence that says what it is, for the causal chain."""
    said = {item.id: item.why for item in report.evidence}
    for entry in reversed(report.timeline):  # of several moments the first is what the quotation is about
        if len(entry.evidence) == 1:
            said[entry.evidence[0]] = entry.what
    return {key: bare(text) for key, text in said.items()}


def _summary(report: Report) -> Iterator[Sentence]:
    headline = first_screen(report).headline
    yield Sentence(f"{past(headline.text)}.", headline.cites)
    cause = report.root_cause
    if cause:
        runs = tuple(
            run.id
            for run in report.conclusion.verifications
            if run.hypothesis == cause.hypothesis and run.outcome == "confirmed"
        )
        it = "the first of them" if cause.beside else "it"
        tested = f"{'Code that ran over the evidence' if cause.verified else 'No code run has'} confirmed {it}."
        yield Sentence(tested, runs if cause.verified else ())
    impact = report.impact
    if impact.failed_records is not None and impact.components:
        records = plural(impact.failed_records, "error record")
        belong = "belongs" if impact.failed_records == 1 else "belong"
        cites = tuple(impact.evidence[:_MAX_CITES])
        whose = "belong to the first of them" if cause and cause.beside else f"{belong} to it"
        yield Sentence(f"{records} in {listed(impact.components)} {whose}.", cites)


def _causes(report: Report) -> tuple[Sentence, ...]:
    cause, faults = report.root_cause, report.beside()
    if cause is None:
        return ()
    lead = Sentence(f"{_past(cause, report)} ({likely(cause.confidence)}).", tuple(cause.evidence[:_MAX_CITES]))
    if not faults:
        return (lead,)
    number = "Two" if len(faults) == 1 else str(len(faults) + 1)
    return (
        Sentence(
            f"{number} faults happened at the same time: no dependency leads from one to the other, and each made "
            "others fail that the other did not. They share the odds: each was weighed as the cause of everything."
        ),
        lead,
        *(_candidate(item, report) for item in faults),
    )


def _past(cause: Hypothesis | RootCause, report: Report) -> str:
    return capital(past(told(cause, report)))


def _candidates(report: Report) -> tuple[Sentence, ...]:
    if report.root_cause:
        return ()
    return tuple(_candidate(item, report) for item in report.hypotheses if item.status != "ruled_out")


def _candidate(item: Hypothesis, report: Report) -> Sentence:
    return Sentence(f"{_past(item, report)} ({likely(item.probability)}).", tuple(item.supporting[:_MAX_CITES]))


def _reasoning(report: Report) -> tuple[Sentence, ...]:
    if report.root_cause is None:
        return ()
    moves, small = [], 0
    for step in report.hypotheses[0].steps:
        words, runs = cited_apart(step.because)
        tested = bool(runs) or words.startswith("tested: ")
        if abs(step.after - step.before) < _WORTH_A_LINE and not tested:
            small += odds(step.before) != odds(step.after)
            continue
        said = "code that ran over the evidence confirmed it" if tested and step.after >= step.before else words
        cites = (*(() if tested else step.evidence[:_MAX_CITES]), *runs)
        moves.append(Sentence(f"From {odds(step.before)} to {odds(step.after)}: {said}.", cites))
    if small:
        moves.append(Sentence(f"{plural(small, 'smaller move')} {'is' if small == 1 else 'are'} in `report.json`."))
    return tuple(moves)


def _impact(report: Report) -> tuple[tuple[str, Sentence], ...]:
    impact = report.impact
    cites = tuple(impact.evidence[:_MAX_CITES])
    who = listed(impact.components) if impact.components else ""
    began = moment(impact.started_at) if impact.started_at else ""
    if impact.started_at and impact.ended_at:
        length = f"{began} to {moment(impact.ended_at)} ({duration(impact.ended_at - impact.started_at)})"
    elif began:
        length = f"from {began}; the end is {NOT_IN_EVIDENCE}"
    else:
        length = ""
    many = "" if impact.failed_records is None else f"{plural(impact.failed_records, 'error record')}"
    whose = " of the first fault" if report.beside() else ""
    rows = ((f"Components{whose}", who), (f"Time{whose}", length), (f"Extent{whose}", many))
    return tuple(
        (question, Sentence(answer, cites) if answer else Sentence(NOT_IN_EVIDENCE)) for question, answer in rows
    )


def _factors(report: Report) -> tuple[Sentence, ...]:
    """What set it off, how the failure spread, each reason once, and the changes that the chain does not tell."""
    began = {item for entry in report.timeline if entry.moment == "onset" for item in entry.evidence}
    reasons: dict[str, dict[str, None]] = {}
    for link in report.chain:
        because = bare(named(link.because, report))
        ends = reasons.setdefault(
            capital(past(because)) if link.effect in began else f"The failure spread: {past(in_words(because))}", {}
        )
        ends.update(dict.fromkeys((link.cause, link.effect)))
    links = [Sentence(reason, tuple(ends)[:_MAX_CITES]) for reason, ends in reasons.items()]
    drawn = {end for ends in reasons.values() for end in ends}
    onset = _onset(report)
    changes = [
        _placed(entry, onset)
        for entry in report.timeline
        if entry.moment == "change" and not drawn.intersection(entry.evidence)
    ]
    return (*links, *changes)


def _went_well(report: Report) -> tuple[Sentence, ...]:
    onset = _onset(report)
    early = _early_sign(report)
    foreseen = [Sentence("Signs of it were in the logs before it began", early.what.cites)] if early else []
    back = [
        Sentence(f"{capital(past(bare(entry.what)))}{_apart(entry, onset)}", tuple(entry.evidence))
        for entry in report.timeline
        if entry.moment == "recovered"
    ]
    over = [
        Sentence(f"The failures ended{_apart(entry, onset).removeprefix(',')}", tuple(entry.evidence))
        for entry in report.timeline
        if entry.moment == "ended"
    ]
    return (*foreseen, *back, *over)


def _placed(entry: TimelineEntry, onset: datetime | None) -> Sentence:
    return Sentence(f"{capital(past(bare(entry.what)))}{_apart(entry, onset)}", tuple(entry.evidence))


def _actions(report: Report) -> tuple[Action, ...]:
    steps = [Action(Sentence(bare(item.what)), "mitigate", "P1") for item in report.actions.immediate]
    alert = _early_sign(report)
    lasting = [Action(Sentence(bare(item.what)), "prevent", "P2") for item in report.actions.prevention]
    return (*steps, *([alert] if alert else []), *lasting)


def _early_sign(report: Report) -> Action | None:
    """An alert on the cause, when its line stood in the logs well before the failure showed outside."""
    if report.root_cause is None:
        return None
    first = report.cited()[report.root_cause.evidence[0]]
    detected = next((entry for entry in report.timeline if entry.moment == "detected"), None)
    if first.role != "cause" or first.timestamp is None or detected is None:
        return None
    ahead = detected.timestamp - first.timestamp
    if ahead < _WORTH_AN_ALERT:
        return None
    what = f"Alert on records like this one: it stood in the log {duration(ahead)} before the failure was detected"
    return Action(Sentence(what, (first.id,)), "detect", "P2")


def _questions(report: Report) -> tuple[str, ...]:
    asked = [
        f"{capital(told(item, report))} ({odds(item.probability)})? To decide: {in_words(item.next_check)}"
        for item in report.hypotheses[1:]
        if item.status != "ruled_out" and item.next_check
    ]
    if report.root_cause is None and report.hypotheses and report.hypotheses[0].next_check:
        asked.insert(0, report.hypotheses[0].next_check)
    return (*asked, *report.not_checked)


def _onset(report: Report) -> datetime | None:
    marked = next((entry.timestamp for entry in report.timeline if entry.moment == "onset"), None)
    return marked or report.impact.started_at


def _apart(entry: TimelineEntry, onset: datetime | None) -> str:
    if onset is None or entry.timestamp == onset:
        return ""
    side = "before" if entry.timestamp < onset else "after"
    apart = abs(entry.timestamp - onset).total_seconds()
    return f", {duration(round(apart) if apart >= 1 else apart)} {side} the onset"
