"""What the documents say first, chosen once: the headline, why we believe it, what to do, what else it could be.

Sentences carry their citations apart from their words, so each renderer can draw both in its own way. In the words,
`names` stand between backquotes; nothing else in them is markup.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from responder.causes.interface import Evidence, Hypothesis
from responder.incident import Verdict
from responder.reporting.aloud import aloud
from responder.reporting.model import Report, RootCause
from responder.reporting.wording import amount, clock, day, likely, moment, odds, plural, size
from responder.triage.interface import Remedy

__all__ = [
    "Alternative",
    "FirstScreen",
    "Sentence",
    "bare",
    "capital",
    "cited_apart",
    "first_screen",
    "in_words",
    "named",
    "ruled_out",
    "title",
    "told",
]

_MAX_REASONS = 4
_MAX_STEPS = 3
_MAX_ALTERNATIVES = 3
_MAX_CITES = 3
_MAX_OTHER_FACTS = 1
_BULLET_CHARS = 220
_MOMENTS = re.compile(r" \(E\d{1,4} from [^()]{1,200}\)")
"""The moments behind a statement that names two quotations; they stand with the code."""
_RUN = re.compile(r"\s*\[(V\d{1,4})\]")
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


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words, and the ids they rest on."""

    text: str
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another hypothesis with its odds."""

    hypothesis: Hypothesis
    sentence: Sentence
    next_check: str


@dataclass(frozen=True, slots=True)
class FirstScreen:
    """What a person reads before scrolling, in this order."""

    headline: Sentence
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
    others = [item for item in report.hypotheses if item is not lead and item.status != "ruled_out"]
    return FirstScreen(
        headline=_headline(report, lead),
        notices=_notices(report),
        reasons=tuple(_reasons(report, lead))[:_MAX_REASONS] if lead else (),
        against=tuple(_fact(report.cited()[item]) for item in lead.contradicting) if lead else (),
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


def _fact(item: Evidence) -> Sentence:
    text = bare(item.why)
    if item.count > 1 and amount(item.count) not in text and str(item.count) not in text:
        since = f", the first at {clock(item.timestamp)} UTC" if item.timestamp else ""
        text = f"{text}; {amount(item.count)} records like it{since}"
    return Sentence(text, (item.id,))


def ruled_out(report: Report) -> tuple[Sentence, ...]:
    """Each hypothesis that was excluded, and why."""
    said = []
    for item in report.hypotheses:
        if item.status != "ruled_out":
            continue
        runs = tuple(
            run.id for run in report.conclusion.verifications if run.hypothesis == item.id and run.outcome == "refuted"
        )
        because = f": {bare(item.ruled_out_because)}" if item.ruled_out_because else ""
        said.append(Sentence(f"{capital(told(item, report))}{because}", (*item.contradicting, *runs)))
    return tuple(said)


def named(text: str, report: Report) -> str:
    """The words with the names of components and files between backquotes, but for what they mark themselves.

    A name that is also an everyday word is marked only where it is some hypothesis's component.
    """
    if "`" in text:
        parts = text.split("`")
        return "`".join(part if number % 2 else named(part, report) for number, part in enumerate(parts))
    blamed = {item.component for item in report.hypotheses if item.component}
    marked = {name for name in report.components if re.search(r"[^a-zA-Z]", name)} | blamed
    for item in report.evidence:
        marked |= {str(item.span), item.span.path}
    present = sorted((name for name in marked if name in text), key=len, reverse=True)
    if not present:
        return text
    names = "|".join(re.escape(name) for name in present)
    return re.sub(rf"(?<![\w./-])(?:{names})(?![\w/-]|\.\w)", lambda match: f"`{match[0]}`", text)


def told(cause: Hypothesis | RootCause, report: Report) -> str:
    """The summary of a cause as it is read aloud, its names marked, without a full stop."""
    cited = report.cited()
    ids = cause.evidence if isinstance(cause, RootCause) else cause.supporting
    return named(aloud(cause.summary, [cited[item] for item in ids if item in cited], cause.category), report)


def in_words(text: str) -> str:
    """The words as they stand in the middle of a sentence: an ordinary first word loses its capital."""
    return re.sub(r"^[A-Z](?=[a-z]* )|^A(?= )", lambda match: match[0].lower(), text)


def _headline(report: Report, lead: Hypothesis | None) -> Sentence:
    cause = report.root_cause
    if cause:
        text = told(cause, report)
        if cause.first_seen and clock(cause.first_seen)[:5] not in text:
            text = f"{text}, since {moment(cause.first_seen)}"
        return Sentence(f"{capital(text)} ({likely(cause.confidence)})", cause.evidence[:1])
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


def _read(report: Report) -> str:
    lines = sum(item.lines for item in report.files)
    volume = sum(item.bytes for item in report.files)
    return f"{plural(lines, 'line')} of {plural(len(report.files), 'file')} ({size(volume)})"


def _reasons(report: Report, lead: Hypothesis) -> Iterator[Sentence]:
    """The first fact, what code said of it, the change, what moved the odds most, then one other fact.

    A step that only rests on what was told already adds a number and no fact, so it is left out; so is a symptom that
    was seen once.
    """
    cited = report.cited()
    facts = [_fact(cited[item]) for item in lead.supporting]
    yield from facts[:1]
    for run in report.conclusion.verifications:
        if run.hypothesis == lead.id and run.outcome == "confirmed" and run.statement:
            found = _first_clauses(_MOMENTS.sub("", bare(run.statement)))
            yield Sentence(f"Checked by code in the sandbox: {found}", (run.id,))
    known = {item for one in facts[:1] for item in one.cites}
    changes = {item for entry in report.timeline if entry.moment == "change" for item in entry.evidence}
    for step in sorted(lead.steps, key=lambda step: (changes.isdisjoint(step.evidence), step.before - step.after)):
        if step.after > step.before and not known.issuperset(step.evidence):
            known.update(step.evidence)
            words, cites = cited_apart(step.because)
            moved = f"this moved its probability from {odds(step.before)} to {odds(step.after)}"
            yield Sentence(f"{capital(words)}; {moved}", (*step.evidence[:_MAX_CITES], *cites))
    said = {cited[item].why for item in lead.supporting[:1]}
    others = [
        (item, one)
        for item, one in zip(lead.supporting, facts, strict=True)
        if item not in known and cited[item].why not in said and (cited[item].role == "cause" or cited[item].count > 1)
    ]
    yield from (one for _, one in others[:_MAX_OTHER_FACTS])


def cited_apart(text: str) -> tuple[str, tuple[str, ...]]:
    """The words, and the runs of code that they name at their end as `[V2]`."""
    return bare(_RUN.sub("", text)), tuple(_RUN.findall(text))


def _first_clauses(text: str) -> str:
    """As many whole clauses as fit one bullet; all of them stand with the code below."""
    kept, *rest = text.split("; ")
    for clause in rest:
        if len(kept) + len(clause) > _BULLET_CHARS:
            return f"{kept}; and more"
        kept = f"{kept}; {clause}"
    return kept


def _look_next(report: Report, lead: Hypothesis | None) -> tuple[str, ...]:
    if report.actions.immediate or report.verdict is Verdict.HEALTHY or lead is None:
        return ()
    checks = [item.next_check for item in report.hypotheses if item.status != "ruled_out" and item.next_check]
    return tuple(dict.fromkeys(checks))[:_MAX_STEPS]


def bare(text: str) -> str:
    """The words without their full stop."""
    return text.strip().removesuffix(".")


def capital(text: str) -> str:
    """A capital letter, but for a sentence that begins with a name: names are as in the logs."""
    return text[:1].upper() + text[1:]


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
