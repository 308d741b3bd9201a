"""Why we believe it: the strongest fact, what code found, what changed, what moved the odds; each with its citation."""

from collections.abc import Iterator, Sequence

from responder.causes.interface import Evidence, Hypothesis
from responder.patterns import lazy
from responder.reporting.aloud import telling_line
from responder.reporting.model import Report
from responder.reporting.sentences import Sentence, bare, capital, cited_apart, in_words
from responder.reporting.wording import amount, clock, odds

__all__ = ["fact", "reasons"]

_MAX_REASONS = 4
_MAX_CITES = 3
_MAX_OTHER_FACTS = 1
_BULLET_CHARS = 220
_MARK = lazy(r"^(?:E {1,10}|> {1,10})")
"""What test runners put before the lines that say why."""
_MORE = lazy(r"; and (\d{1,3}) more$")
_MOMENTS = lazy(r" \(E\d{1,4} from [^()]{1,200}\)")
"""The moments behind a statement that names two quotations; they stand with the code."""


def reasons(report: Report, lead: Hypothesis, headline: str) -> tuple[Sentence, ...]:
    """Why we believe what the headline says; with several faults what shows each of them comes first."""
    faults = report.beside()
    facts = [fact(report.cited()[item.supporting[0]], headline) for item in faults]
    own = tuple(_reasons(report, lead, headline))
    return (*own[:1], *facts, *own[1:])[: max(_MAX_REASONS, len(faults) + 1)]


def _reasons(report: Report, lead: Hypothesis, headline: str) -> Iterator[Sentence]:
    """The first fact, what code said of it, the change, what moved the odds most, then one other fact.

    A step that only rests on what was told already adds a number and no fact, so it is left out; so is a symptom that
    was seen once. That code found the line again is worth a word only where there is little else to say.
    """
    cited = report.cited()
    facts = [fact(cited[item], headline) for item in lead.supporting]
    yield from facts[:1]
    checked = list(_checked_by_code(report, lead))
    telling = any(check.kind != "present" for check in lead.checks) or not lead.checks
    if telling:
        yield from checked
    yield from _moves(report, lead, facts)
    if not telling:
        yield from checked


def _checked_by_code(report: Report, lead: Hypothesis) -> Iterator[Sentence]:
    for run in report.conclusion.verifications:
        if run.hypothesis == lead.id and run.outcome == "confirmed" and run.statement:
            found = _first_clauses(_MOMENTS.sub("", bare(run.statement)))
            yield Sentence(f"Checked by code in the sandbox: {found}", (run.id,))


def _moves(report: Report, lead: Hypothesis, facts: Sequence[Sentence]) -> Iterator[Sentence]:
    """What moved the odds, and one more fact."""
    cited = report.cited()
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


def fact(item: Evidence, headline: str = "") -> Sentence:
    """What stands there, how often, and what that means, but for what the headline has told already."""
    line, meaning = telling_line(item), bare(item.why)
    known = any(" ".join(_MARK.sub("", line).strip("\u2026").split()) in text for text in (headline, meaning))
    quoted = f"`{line}`" if line and not known else ""
    again = bool(meaning) and meaning.lower() in headline.lower().replace("`", "")
    often = amount(item.count) not in meaning and str(item.count) not in meaning
    since = f" from {clock(item.timestamp)} UTC on" if item.timestamp else ""
    counted = f"{amount(item.count)} records{since}" if item.count > 1 and often else ""
    shown = ", ".join(part for part in (quoted or f"`{item.span}`", counted) if part)
    text = ": ".join(part for part in (shown, "" if again and shown else in_words(meaning)) if part)
    return Sentence(capital(text), (item.id,))


def _first_clauses(text: str) -> str:
    """As many whole clauses as fit one bullet, and how many more there are; all of them stand with the code below."""
    more = _MORE.search(text)
    left_out = int(more[1]) if more else 0
    kept, *rest = _MORE.sub("", text).split("; ")
    for number, clause in enumerate(rest):
        if len(kept) + len(clause) > _BULLET_CHARS:
            left_out += len(rest) - number
            break
        kept = f"{kept}; {clause}"
    return f"{kept}; {left_out} more held" if left_out else kept
