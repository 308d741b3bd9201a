"""Rotated logs: `app.log.2.gz`, `app.log.1` and `app.log` are one log that was cut, and are read as one.

Which files are a set is told by their names and confirmed by their clocks: cut logs follow each other in time, and
files of several writers that merely carry numbers do not.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from responder.patterns import lazy
from responder.triage.documents import Document

__all__ = ["streams_of"]

_PACKED = r"(?:\.(?:gz|bz2|xz|zst))?$"
_DATE = r"\d{4}-?\d\d-?\d\d(?:[-_T.]?\d{2,6})?"
_NAMES = tuple(
    lazy(pattern + _PACKED)
    for pattern in (
        # The one still written to; then what logrotate, log4j and logback make of it. The last that fits counts.
        r"^(?P<stem>.{1,200}\.log|syslog|messages|.{1,100}_log|catalina\.out)",
        r"^(?P<stem>.{1,200}\.log|syslog|messages|.{1,100}_log|catalina\.out)\.(?P<number>\d{1,3})",
        r"^(?P<stem>.{1,200}\.log|syslog|messages|.{1,100}_log|catalina\.out)[.-](?P<date>" + _DATE + ")",
        r"^(?P<head>.{1,200}?)\.(?P<number>\d{1,3})(?P<tail>\.log)",
        r"^(?P<head>.{1,200}?)[._-](?P<date>" + _DATE + r")(?:[._-](?P<part>\d{1,3}))?(?P<tail>\.log)",
    )
)
_OVERLAP_SECONDS = 60
"""Buffered writers put a few lines of one file after the first ones of the next."""
_YEAR_TURN_SECONDS = 300 * 86_400
"""Dates without a year go back by so much when one file ends in December and the next begins in January."""


class _Turn(Struct, frozen=True, order=True):
    """Where a file stands in its set, oldest first."""

    live: bool
    """It has neither number nor date: it is the one still written to."""
    date: str
    part: int
    """Of several files of a date: counted up; of numbered files: counted down to the newest."""


def streams_of(documents: Sequence[Document]) -> list[Document]:
    """The documents, with each rotated set of logs as one that cites the files it is made of."""
    sets: dict[str, list[tuple[_Turn, Document]]] = {}
    for document in documents:
        named = None if document.is_build or document.summary else _named(document.path)
        if named:
            sets.setdefault(named[0], []).append((named[1], document))
    streams: list[Document] = []
    joined: set[int] = set()
    for members in sets.values():
        pieces = [document for _, document in sorted(members, key=lambda member: member[0])]
        if len(pieces) > 1 and len({turn for turn, _ in members}) == len(pieces) and _one_after_the_other(pieces):
            streams.append(Document.joined(pieces))
            joined.update(map(id, pieces))
    return [document for document in documents if id(document) not in joined] + streams


def _named(path: str) -> tuple[str, _Turn] | None:
    """The path without what rotation put into it, and the place in the set; None when it is no such name."""
    folder, slash, name = path.rpartition("/")
    for pattern in reversed(_NAMES):
        if match := pattern.match(name):
            found = match.groupdict()
            stem = found.get("stem") or f"{found['head']}{found['tail']}"
            number, date = found.get("number"), found.get("date") or ""
            part = -int(number) if number else int(found.get("part") or 0)
            return f"{folder}{slash}{stem}", _Turn(not number and not date, re.sub(r"\D", "", date), part)
    return None


def _one_after_the_other(pieces: Sequence[Document]) -> bool:
    """True when no file begins before the one before it has ended."""
    before = None
    for piece in pieces:
        times = [seconds for seconds in piece.stated_times() if seconds is not None]
        if times and before is not None and _OVERLAP_SECONDS < before - times[0] < _YEAR_TURN_SECONDS:
            return False
        before = times[-1] if times else before
    return before is not None
