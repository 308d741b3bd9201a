"""What a unit wrote right before systemd says that it failed: its last words, which state no level, are the reason.

systemd only tells that a process ended. The process itself said why on the line or two before, in its own words, and
at no level that would make anybody look at it.
"""

from collections.abc import Iterable, Iterator

from responder.triage.candidates import Candidate
from responder.triage.documents import Document
from responder.triage.last_words import complains
from responder.triage.lexicon import kind_of_words

__all__ = ["last_words_of_units"]

_FAILED = "systemd.unit_failed"
_BEFORE = 6
"""Lines between the last words and what systemd makes of them, at most."""
_SALIENCE = 0.6


def last_words_of_units(document: Document, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """One candidate for each unit that complained right before it failed, where no rule knows the complaint."""
    known = list(candidates)
    lines = {candidate.line for candidate in known}
    for failed in known:
        if failed.hit is None or failed.hit.rule.id != _FAILED:
            continue
        for index in range(failed.line - 1, max(-1, failed.line - 1 - _BEFORE), -1):
            shape = document.shapes[index]
            message = shape.parsed.message
            if index in lines or not shape.parsed.component or not complains(message):
                continue
            if shape.parsed.component in ("systemd", "kernel") or shape.hits:
                break
            unit = failed.hit.captures.get("unit") or document.component_at(index)
            yield Candidate(
                document, index, index, index, "error", _SALIENCE, "the last that a unit wrote before it failed",
                category=kind_of_words(message), role="cause", component=unit, last=index,
                summary=f"{unit or 'a unit'} logs: {document.message(index)[:140]}",
            )  # fmt: skip
            break
