"""The first screen of the report as plain text for a terminal: no markup, no colour, nothing but letters and spaces.

The report's strings are sanitised already; what is added here is the project's own words.
"""

import textwrap
from collections.abc import Iterator

from responder.evidence.interface import Skipped
from responder.incident import Verdict
from responder.reporting.colophon import healthy_lines
from responder.reporting.model import Report
from responder.reporting.narrative import FirstScreen, first_screen
from responder.reporting.sentences import Sentence, bare, in_words, named
from responder.reporting.wording import odds
from responder.safety.runners import inert

__all__ = ["summary"]

_WIDTH = 100
_MAX_SKIPPED = 3


def summary(report: Report) -> str:
    """Headline, reasons, steps and alternatives, in the order of `final_report.md`, wrapped to 100 columns."""
    if report.verdict is Verdict.HEALTHY:
        return inert("\n".join(_wrapped(line) for line in healthy_lines(report)) + "\n")
    blocks = ["\n".join(block) for block in _blocks(first_screen(report), report)]
    return inert("\n\n".join(block for block in blocks if block) + "\n")


def _blocks(first: FirstScreen, report: Report) -> Iterator[list[str]]:
    yield [_wrapped(_said(first.headline, report, end="."))]
    yield [_wrapped(notice) for notice in first.notices]
    yield [_wrapped(f"{named(first.impact.text, report)}.")] if first.impact else []
    reasons = [*first.reasons, *(Sentence(f"Against it: {one.text}", one.cites) for one in first.against)]
    if reasons:
        title = "Why we believe it" if report.root_cause else "What speaks for it"
        yield [title, *(_item("-", _said(reason, report)) for reason in reasons)]
    if first.steps:
        yield ["Do this now", *_steps(first)]
    elif first.look_next:
        yield [
            "Look at this next",
            *(_item(f"{number}.", check) for number, check in enumerate(first.look_next, start=1)),
        ]
    if report.hypotheses:
        yield ["What else it could be", *_alternatives(first, report)]
    if report.skipped:
        yield ["Not read", *(_item("-", _reason(item)) for item in report.skipped[:_MAX_SKIPPED])]
    places = [f"{item.id}  {item.span}" for item in report.evidence[:6]]
    if places:
        yield ["Where to read", *(f"  {place}" for place in places)]


def _steps(first: FirstScreen) -> Iterator[str]:
    for number, step in enumerate(first.steps, start=1):
        yield _item(f"{number}.", bare(step.what))
        yield _item(" ", f"Worked when: {in_words(bare(step.verify))}")
        if step.undo:
            yield _item(" ", f"To undo: {in_words(bare(step.undo))}")


def _alternatives(first: FirstScreen, report: Report) -> Iterator[str]:
    for other in first.alternatives:
        text = f"{odds(other.hypothesis.probability)}  {_said(other.sentence, report)}"
        yield _item("-", text)
        if other.next_check:
            yield _item(" ", f"To decide: {other.next_check}")
    left = "none of these" if first.alternatives else "something that is not in the evidence"
    yield _item("-", f"{odds(first.none_of_these)}  {left}")


def _reason(item: Skipped) -> str:
    return f"{item.path}: {item.reason}" + (f"; {item.hint}" if item.hint else "")


def _said(sentence: Sentence, report: Report, *, end: str = "") -> str:
    cites = "".join(f" [{item}]" for item in sentence.cites)
    return f"{named(sentence.text, report)}{end}" + cites


def _item(mark: str, text: str) -> str:
    first = f"  {mark} "
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
