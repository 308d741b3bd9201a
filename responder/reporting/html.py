"""`report.html`: one file that opens anywhere, loads nothing and runs nothing.

Autoescaping is on and the templates build every tag; text from the evidence can only ever be text. The content
security policy allows the one style sheet, by its hash, and nothing else.
"""

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import cache

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from responder.causes.interface import Evidence, Hypothesis
from responder.patterns import lazy
from responder.reporting import pages, wording
from responder.reporting.drawing import draw_chain, draw_timeline, draw_volume
from responder.reporting.model import Report, RootCause
from responder.reporting.proof import shown_output
from responder.reporting.retrospect import headings
from responder.reporting.sentences import Sentence, bare, capital, in_words, named, told
from responder.shipped import shipped

__all__ = ["environment", "html"]

_NAME = lazy(r"`([^`\n]+)`")
_WIDTHS = (("wide", 720.0), ("narrow", 340.0))
"""Each drawing is laid out twice and the style sheet shows one: text in a shrunken drawing cannot be read."""


def html(report: Report) -> str:
    """Render the whole page."""
    style = shipped("reporting/templates/report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            **pages.told_by_all(report),
            style=Markup(style),  # noqa: S704 - our own file
            policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
            told_above=_told_above(report),
            timeline=_both("timeline", lambda **size: draw_timeline(report.timeline, **size)),
            volume=_both("volume", lambda **size: draw_volume(report.volume, _onset(report), **size)),
            chain=_both("chain", lambda **size: draw_chain(report.chain, report.cited(), headings(report), **size)),
        )
    )


@cache
def environment() -> Environment:
    """The template's filters."""
    made = pages.environment(autoescape=True)
    made.filters |= {
        "say": _say,
        "cite": _cite,
        "bare": bare,
        "told": _told,
        "in_words": in_words,
        "capital": capital,
        "shown_output": shown_output,
        "clock": wording.clock,
        "moment": _moment,
        "amount": wording.amount,
        "duration": wording.duration,
        "odds": wording.odds,
        "numbered": _numbered,
    }
    return made


def _both(name: str, draw: Callable[..., str]) -> Markup:
    """A drawing in its two widths; the drawings escape what they are given."""
    drawings = [draw(width=width, css=f"drawing {name} {form}") for form, width in _WIDTHS]
    return Markup("\n").join(Markup(drawing) for drawing in drawings if drawing)  # noqa: S704


@pass_context
def _say(context: Context, words: Sentence | str) -> Markup:
    """Words with their names as code and their citations, as links to the evidence, at the end."""
    sentence = Sentence(words) if isinstance(words, str) else words
    parts = _NAME.split(named(sentence.text, context["report"]))
    text = Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )
    # A space that does not break: a citation alone on a line belongs to nothing.
    return text + Markup("&nbsp;") + _cite(sentence.cites) if sentence.cites else text


@pass_context
def _told(context: Context, cause: Hypothesis | RootCause) -> str:
    return told(cause, context["report"])


def _cite(ids: tuple[str, ...]) -> Markup:
    links = (Markup('<a class="cite" href="#{}">{}</a>').format(item, item) for item in ids)
    return Markup(" ").join(links)


def _moment(when: datetime | None) -> str:
    return wording.moment(when) if when else "not in the evidence"


def _told_above(report: Report) -> tuple[str, ...]:
    """The hypotheses that the headline tells."""
    cause = report.root_cause
    return (cause.hypothesis, *cause.beside) if cause else ()


def _onset(report: Report) -> datetime | None:
    marked = (entry.timestamp for entry in report.timeline if entry.moment == "onset")
    return next(marked, report.impact.started_at)


def _numbered(item: Evidence) -> list[tuple[str, str]]:
    """The quoted lines with their numbers; without, where the middle of a very long quotation was left out."""
    lines = item.text.split("\n")
    if len(lines) != item.span.line_end - item.span.line_start + 1:
        return [("", line) for line in lines]
    return [(str(number), line) for number, line in enumerate(lines, start=item.span.line_start)]
