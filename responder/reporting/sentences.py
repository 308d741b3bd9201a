"""Sentences with their citations, and how names and causes are put into them.

Citations stand apart from the words, so each renderer can draw both in its own way. In the words, `names` stand between
backquotes; nothing else in them is markup.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from responder.causes.interface import Hypothesis
from responder.patterns import lazy
from responder.reporting.aloud import aloud
from responder.reporting.model import Report, RootCause

__all__ = ["Sentence", "bare", "capital", "cited_apart", "in_words", "listed", "named", "told"]

_FILE = r"(?:[\w.+@-]{1,80}/){1,12}[\w.+@-]{1,80}\.[A-Za-z]\w{0,7}(?::\d{1,7})?"
"""A file in a folder, which is no word however it is written."""
_RUN = lazy(r"\s*\[(V\d{1,4})\]")


class Sentence(Struct, frozen=True):
    """Words, and the ids they rest on."""

    text: str
    cites: tuple[str, ...] = ()


def named(text: str, report: Report) -> str:
    """The words with the names of components and files between backquotes, but for those that are marked already.

    A name that is also an everyday word is marked only where it is some hypothesis's component.
    """
    if "`" in text:
        parts = text.split("`")
        return "`".join(part if number % 2 else named(part, report) for number, part in enumerate(parts))
    blamed = {item.component for item in report.hypotheses if item.component}
    marked = {name for name in report.components if not (name.isascii() and name.isalpha())} | blamed
    for item in report.evidence:
        marked |= {str(item.span), item.span.path}
    present = sorted((name for name in marked if name in text), key=len, reverse=True)
    names = "|".join([*(re.escape(name) for name in present), _FILE])
    return re.sub(rf"(?<![\w./-])(?:{names})(?![\w/-]|\.\w)", lambda match: f"`{match[0]}`", text)


def told(cause: Hypothesis | RootCause, report: Report) -> str:
    """The summary of a cause as it is read aloud, its names marked, without a full stop."""
    cited = report.cited()
    ids = cause.evidence if isinstance(cause, RootCause) else cause.supporting
    return named(aloud(cause.summary, [cited[item] for item in ids if item in cited], cause.category), report)


def in_words(text: str) -> str:
    """The words as they stand in the middle of a sentence: an ordinary first word loses its capital."""
    return re.sub(r"^[A-Z](?=[a-z]* )|^A(?= )", lambda match: match[0].lower(), text)


def cited_apart(text: str) -> tuple[str, tuple[str, ...]]:
    """The words, and the runs of code that they name at their end as `[V2]`."""
    return bare(_RUN.sub("", text)), tuple(_RUN.findall(text))


def bare(text: str) -> str:
    """The words without their full stop."""
    return text.strip().removesuffix(".")


def capital(text: str) -> str:
    """A capital letter, but for a sentence that begins with a name: names are as in the logs."""
    return text[:1].upper() + text[1:]


def listed(names: Sequence[str]) -> str:
    """`a`, `b` and `c`, each between backquotes."""
    marked = [f"`{name}`" for name in names]
    return marked[0] if len(marked) == 1 else f"{', '.join(marked[:-1])} and {marked[-1]}"
