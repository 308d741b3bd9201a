"""`final_report.md` and `post_mortem.md`: the templates, and the only ways text gets into them.

A template has no other filters than those given here, and each passes its text through `responder.safety.fence`. The
finished document is parsed again: if anything in it would load, link or render as markup, the same report is rendered
from words stripped to letters, digits and plain punctuation; a document that is live even then is not written.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from responder.causes.interface import CausalLink
from responder.errors import ResponderError
from responder.patterns import lazy
from responder.reporting import pages, wording
from responder.reporting.excerpt import excerpt
from responder.reporting.model import Report
from responder.reporting.pen import AS_IT_STANDS, STRIPPED, Pen, cite
from responder.reporting.proof import decisive, shown_output
from responder.reporting.retrospect import headings
from responder.reporting.sentences import Sentence, bare, capital, in_words, named
from responder.reporting.tense import past
from responder.safety.fence import fenced, has_live_content

__all__ = ["environment", "final_report", "post_mortem", "render"]

_UNSAFE_IN_LABEL = lazy(r"[^\w .,:/+%()=-]")


def final_report(report: Report) -> str:
    """The document for the person who must act now.

    Raises:
        ResponderError: Even the stripped form would be live; nothing must be written.
    """
    return render("final_report.md.j2", report)


def post_mortem(report: Report) -> str:
    """The document for the people who were not there.

    Raises:
        ResponderError: Even the stripped form would be live; nothing must be written.
    """
    return render("post_mortem.md.j2", report)


@cache
def environment() -> Environment:
    """The templates' filters; no text gets into a document but through one of them."""
    made = pages.environment(autoescape=False)
    made.filters |= {
        "say": _say,
        "name": _name,
        "quote": _quote,
        "cite": cite,
        "cell": _cell,
        "clock": _clock,
        "moment": _moment,
        "brief": _brief,
        "capital": capital,
        "past": past,
        "shown_output": shown_output,
        "stop": _stop,
        "bare": bare,
        "in_words": in_words,
        "amount": wording.amount,
        "duration": wording.duration,
        "odds": wording.odds,
        "confidence": wording.confidence,
    }
    return made


def render(template: str, report: Report, *, pens: Sequence[Pen] = (AS_IT_STANDS, STRIPPED)) -> str:
    """The document written with the first pen that leaves nothing live in it.

    Raises:
        ResponderError: No pen does; nothing must be written.
    """
    live: list[str] = []
    for pen in pens:
        text = _written(template, report, pen)
        live = has_live_content(text)
        if not live:
            return text
    raise ResponderError(
        f"{template.removesuffix('.j2')!r} would hold live content ({'; '.join(live[:3])}) and was not written",
        hint="report.json holds the same facts",
    )


def _written(template: str, report: Report, pen: Pen) -> str:
    within_day = wording.one_day([entry.timestamp for entry in report.timeline])
    text = (
        environment()
        .get_template(template)
        .render(
            **pages.told_by_all(report),
            pen=pen,
            within_day=within_day,
            at_fault=" and ".join(pen.code(name) for name in _at_fault(report)),
            chain=fenced(_mermaid(report), language="mermaid") if report.chain else "",
            moments=wording.MOMENTS,
            links=_links(report),
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@pass_context
def _say(context: Context, words: Sentence | str) -> str:
    sentence = Sentence(words) if isinstance(words, str) else words
    said: str = context["pen"].sentence(Sentence(named(sentence.text, context["report"]), sentence.cites))
    return said


@pass_context
def _name(context: Context, text: str) -> str:
    code: str = context["pen"].code(text)
    return code


@pass_context
def _quote(context: Context, text: str) -> str:
    block: str = context["pen"].block(excerpt(text))
    return block


@pass_context
def _clock(context: Context, when: datetime) -> str:
    return wording.clock(when, within_day=context["within_day"])


def _at_fault(report: Report) -> list[str]:
    """The component of the root cause, and of each fault beside it."""
    cause = report.root_cause
    named_each = [cause.component, *(fault.component for fault in report.beside())] if cause else []
    return list(dict.fromkeys(name for name in named_each if name))


def _cell(text: str) -> str:
    """A table cell: a bar in it, even within code, would begin the next one."""
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def _links(report: Report) -> str:
    """Definitions that turn each `[E1]` of the text into a link to its heading, and are invisible themselves."""
    ids = [*(item.id for item in report.evidence), *(run.id for run in decisive(report))]
    return "\n".join(f"[{item}]: #{item.lower()}" for item in ids)


def _stop(text: str) -> str:
    return text.rstrip(".") + "."


def _brief(text: str, limit: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


def _moment(when: datetime | None) -> str:
    return wording.moment(when) if when else "not in the evidence"


def _mermaid(report: Report) -> str:
    """The causal chain as a flow chart; labels hold nothing that the diagram language could read."""
    heading = headings(report)
    cited = report.cited()

    def node(key: str) -> str:
        when = cited[key].timestamp
        time = f"{wording.clock(when)} " if when else ""
        return f'    {key}["{key} {time}{_label(heading[key])}"]'

    def arrow(link: CausalLink) -> str:
        because = _label(link.because)
        label = "" if because.lower() in _label(heading[link.cause]).lower() else f'|"{because}"|'
        return f"    {link.cause} -->{label} {link.effect}"

    ids = dict.fromkeys(end for link in report.chain for end in (link.cause, link.effect))
    return "\n".join(["flowchart TD", *(node(key) for key in ids), *(arrow(link) for link in report.chain)])


def _label(text: str, limit: int = 110) -> str:
    words = " ".join(_UNSAFE_IN_LABEL.sub(" ", text.replace("`", "")).split()).replace("//", "/ /")
    return words if len(words) <= limit else words[: limit - 3].rstrip() + "..."
