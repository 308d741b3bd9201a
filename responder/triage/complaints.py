"""Lines below the level of an error that no rule knows, but that complain in words, and that began in the middle.

Kernels, daemons and scripts write without levels, and some programs only warn of what others call an error; there the
words are all there is. A complaint that was always there is this system's way of talking, and one that came once may be
nothing: what counts is one that was absent from the first part of the log and then came again.
"""

from itertools import islice

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.candidates import Candidate
from responder.triage.classify import Shape
from responder.triage.documents import Document
from responder.triage.interface import Level
from responder.triage.lexicon import kind_of_words
from responder.triage.topics import COMPLAINT

__all__ = ["candidates_of_complaints"]

_COMPLAINT = lazy(
    r"(?i)\b(?:fail(?:ed|s|ure|ing)?|error|cannot|can.t|could not|couldn.t|unable|refus(?:ed|ing)|denied"
    r"|reject(?:ed|ing)|timed? ?out|unreachable|unavailable|not responding|no response|lost|dropped|dropping|aborted"
    r"|corrupt\w{0,3}|exceeded|exhausted|overflow|stuck|hung|blocked|killed|crashed|panic|fatal|invalid|bad|gave up"
    r"|giving up|missing|bounced|expired|unauthorized|forbidden|unhealthy|degraded|faulted|offline|wrong|slow|full"
    r"|(?:is|are|was|were|has|have|did) not|split.brain"
    r"|no (?:\w{1,20} )?(?:servers?|route|reply|answer|free|space|quorum|leader|more|available))\b|_FAILED\b"
    r"|_(?:state|status)=(?:FAULTED|DEGRADED|OFFLINE)"
)
_EXCUSE = lazy(
    r"(?i)\bretr(?:y|ying|ied)\b|\bwill be tried again\b|\b(?:0|no|without) (?:errors?|fail\w*|warnings?)\b|\brecover"
)
_MILD = (Level.UNKNOWN, Level.WARNING)
_LEAST_LINES = 60
"""In a shorter log, what is absent from its first part says nothing."""
_QUIET_PART = 0.3
"""The share of the log, from its beginning, that must be free of it."""
_LEAST_TIMES = 3
_LEAST_WARNINGS = 5
"""Programs warn more lightly than they complain."""
_LASTING = frozenset({Category.STORAGE, Category.DATA_CORRUPTION, Category.DISK})
"""What does not mend itself: said once is enough."""
_MOST = 3
_WEIGHED = 2000
"""Different complaints of one log, the earliest first, whose words are looked at for the kind of fault."""
_SALIENCE = 0.4


def candidates_of_complaints(document: Document) -> list[Candidate]:
    """The complaints of one log that began after its first part and came back, the earliest first."""
    if document.total_lines < _LEAST_LINES:
        return []
    found: dict[str, Candidate] = {}
    old: set[str] = set()
    complaining: dict[int, bool] = {}
    for index, shape in enumerate(document.shapes):
        if not shape.topics & COMPLAINT:
            continue
        complains = complaining.get(id(shape))
        if complains is None:
            complains = complaining[id(shape)] = _complains(shape)
        if not complains:
            continue
        if document.number(index) <= document.total_lines * _QUIET_PART:
            old.add(shape.template)
        elif (known := found.get(shape.template)) is None:
            found[shape.template] = _candidate(document, index, shape.parsed.message)
        else:
            known.count += document.weights.get(index, 1)
            known.last = index
            known.lines.append(index)
    fresh = sorted((item for template, item in found.items() if template not in old), key=lambda item: item.line)
    telling = [item.count for item in fresh if item.level is Level.UNKNOWN or item.count >= _LEAST_WARNINGS]
    if sum(telling) < _LEAST_TIMES:
        fresh = list(islice(filter(_lasting, fresh[:_WEIGHED]), _MOST))
    for item in fresh[:_MOST]:
        item.category = kind_of_words(document.shapes[item.line].parsed.message)
    return fresh[:_MOST]


def _complains(shape: Shape) -> bool:
    if shape.level not in _MILD or shape.hits or not shape.parsed.stamp:
        return False
    message = shape.parsed.message
    return _COMPLAINT.search(message) is not None and not _EXCUSE.search(message)


def _lasting(item: Candidate) -> bool:
    """It complains of what stays as it is until somebody acts."""
    return kind_of_words(item.document.shapes[item.line].parsed.message, only_sure=True) in _LASTING


def _candidate(document: Document, index: int, message: str) -> Candidate:
    component = document.component_at(index)
    return Candidate(
        document, index, index, index, "error", _SALIENCE,
        "a complaint, not stated as an error, that was absent from the first part of the log",
        component=component, last=index, count=document.weights.get(index, 1), lines=[index],
        summary=f"{component or 'a program'} logs: {message.strip()[:140]}",
        level=document.shapes[index].level,
    )  # fmt: skip
