"""Numbers inside messages that climb: a heap that only grows, a queue that only fills.

One message that is written again and again with a growing number is the earliest witness of an exhaustion, long before
anything fails. Only quantities with a telling name are followed: counters and ids always grow and mean nothing.
"""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct, field

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.candidates import Candidate
from responder.triage.documents import Document
from responder.triage.lines import clean
from responder.triage.middle import median
from responder.triage.topics import QUANTITY

__all__ = ["candidates_of_trends", "climbs"]

_QUANTITY = lazy(
    r"(?i)\b(?P<name>(?:\w{1,40}[._-])?(?:mem(?:ory)?|heap|rss|disk|active|connections?|queue(?:d|_?depth|_?size)?"
    r"|backlog|lag|pending|open_?f(?:iles|ds)|threads)(?:[._-]?(?:used?|usage|mb|mib|bytes|percent|pct|kb|count|size))?)"
    r"[\"']?(?: ?[=:] ?| (?:is |at |now )?)[\"']?(?P<value>\d{1,12}(?:\.\d{1,6})?) ?(?P<unit>%|[kKMGT]i?B?\b)?"
)
_CATEGORIES: tuple[tuple[str, Category], ...] = (
    ("mem", Category.MEMORY),
    ("heap", Category.MEMORY),
    ("rss", Category.MEMORY),
    ("disk", Category.DISK),
    ("conn", Category.CONNECTIONS),
    ("active", Category.CONNECTIONS),
    ("open", Category.FILE_DESCRIPTORS),
    ("thread", Category.THREADS),
)
_LEAST_VALUES = 9
_LEAST_GROWTH = 1.4
_SALIENCE = 0.28


class _Series(Struct):
    name: str
    unit: str
    values: list[float] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def candidates_of_trends(document: Document) -> list[Candidate]:
    """The quantities of one log that grew from its beginning to its end; quiet alone, telling beside a failure."""
    followed: dict[int, bool] = {}
    series: dict[tuple[str, str], _Series] = {}
    for index, shape in enumerate(document.shapes):
        if not shape.topics & QUANTITY:
            continue
        if id(shape) not in followed:
            followed[id(shape)] = _QUANTITY.search(shape.text) is not None
        if not followed[id(shape)]:
            continue
        for match in _QUANTITY.finditer(clean(document.lines[index])):
            name = match["name"]
            known = series.setdefault((shape.template, name), _Series(name, match["unit"] or ""))
            known.values.append(float(match["value"]))
            known.lines.append(index)
    return [_candidate(document, item) for item in series.values() if climbs(item.values)]


def climbs(values: Sequence[float]) -> bool:
    """True when the middle of each third is above the one before, by enough from first to last.

    A saw-tooth that falls back, as after a garbage collection, does not climb; one dip does not hide a climb.
    """
    if len(values) < _LEAST_VALUES:
        return False
    third = len(values) // 3
    low, mid, high = (median(part) for part in (values[:third], values[third:-third], values[-third:]))
    rises = sum(after >= before for before, after in pairwise(values))
    tenth = max(1, len(values) // 10)
    start, end = median(values[:tenth]), median(values[-tenth:])
    return low < mid < high and end >= _LEAST_GROWTH * max(start, 1e-9) and rises >= 0.7 * (len(values) - 1)


def _candidate(document: Document, series: _Series) -> Candidate:
    first, last = series.values[0], series.values[-1]
    line = series.lines[-1]
    lower = series.name.lower()
    category = next((found for part, found in _CATEGORIES if part in lower), Category.UNKNOWN)
    component = document.component_at(line)
    change = f"{series.name} grows from {first:g}{series.unit} to {last:g}{series.unit}"
    return Candidate(
        document, line, line, line, "trend", _SALIENCE,
        f"{change} over {len(series.values)} records and hardly ever falls",
        category=category, role="context", component=component, last=line, count=len(series.values),
        summary=f"{component or 'a program'}: {change}",
    )  # fmt: skip
