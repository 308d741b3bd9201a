"""Who writes how much when: a component that falls silent while others go on, and a flood where there was a trickle.

A partial is how many records each component wrote in each second. Partials of parts of a file, of files and of machines
add up in any order. What is unusual is judged against the component's own past only, by medians and by its longest
pause so far, so that a chatty or a patchy log is no alarm.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.candidates import Candidate
from responder.triage.documents import Document
from responder.triage.middle import median

__all__ = ["Rhythm", "Shift", "add_rhythms", "candidates_of_rhythm", "rhythm_of", "shifts_of"]

Rhythm = dict[str, Counter[int]]
"""Records by component and second since 1970 UTC."""

_WIDTHS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400)
_LEAST_RATE = 4
"""Records in the middle bucket: below it chance alone makes empty ones."""
_LEAST_BUCKETS = 16
"""Of a component's past, before anything about its rhythm can be said."""
_PAUSE_FACTOR = 4
"""A silence is so many times the longest pause before it."""
_LONG_SILENCE = 0.2
"""Of the time the evidence covers, from which on a silence is trouble by itself."""
_FLOOD_FACTOR = 8
_FLOOD_SPREADS = 10
_FLOOD_RECORDS = 50
_FLOOD_SHARE = 0.4
"""What goes on for longer than this share of the time is a new rhythm, not a flood."""
_STRONG, _QUIET = 0.36, 0.24
_SPREAD = 1.4826
"""Of a normal distribution, standard deviations in a median distance from the median."""
_GOODBYE = lazy(
    r"(?i)\b(?:shut(?:ting)? ?down|stop(?:ped|ping)?|exit(?:ed|ing)?|terminat\w{2,4}|finish(?:ed|ing)?|complet\w{1,3}"
    r"|done|bye|clos(?:ed|ing)|idle|sleep(?:ing)?|rotat\w{2,4}|succeeded|drain(?:ed|ing)?|summary|total)\b"
)
_LAST_WORDS = 3


class Shift(Struct, frozen=True):
    """A component's rate changed."""

    component: str
    kind: str
    """`silence` or `burst`."""
    start: int
    """First second of it, UTC."""
    end: int
    """The second after it; the end of all evidence when it did not end."""
    usual: float
    """Records in `width` seconds before it."""
    width: int
    records: int
    """Written in this time."""
    lasting: bool = False
    """A silence of a good part of all the time, to the end, while others went on."""


def rhythm_of(document: Document) -> Rhythm:
    """The partial of one log; empty for one without times or without a known writer."""
    if document.buckets:
        return {document.component: Counter({at: n for at, n, _ in document.buckets})} if document.component else {}
    seconds_of: dict[str | None, list[int]] = {}
    rows: dict[int, list[int]] = {}
    for index, (shape, seconds) in enumerate(zip(document.shapes, document.times(), strict=True)):
        if seconds is None:
            continue
        row = rows.get(id(shape))
        if row is None:
            row = rows[id(shape)] = seconds_of.setdefault(document.component_at(index), [])
        row.append(int(seconds))
    return {name: Counter(seconds) for name, seconds in seconds_of.items() if name}


def add_rhythms(rhythms: Iterable[Rhythm]) -> Rhythm:
    """Partials as one; their order does not matter."""
    result: Rhythm = {}
    for rhythm in rhythms:
        for component, counts in rhythm.items():
            result.setdefault(component, Counter()).update(counts)
    return result


def shifts_of(rhythm: Rhythm) -> list[Shift]:
    """Every silence and flood, by component and time."""
    everyone: Counter[int] = Counter()
    for counts in rhythm.values():
        everyone.update(counts)
    found: list[Shift] = []
    for component, counts in sorted(rhythm.items()):
        if width := _width_of(counts):
            found += _silence(component, counts, everyone, width)
            found += _flood(component, counts, width)
    return found


def _width_of(counts: Mapping[int, int]) -> int:
    """The narrowest buckets that are seldom empty by chance; 0 when there is too little to speak of a rhythm."""
    span = max(counts) - min(counts)
    total = sum(counts.values())
    if total < _LEAST_RATE * _LEAST_BUCKETS:
        return 0
    coarse = 60 if len(counts) > 1 and all(second % 60 == 0 for second in counts) else 1
    for width in _WIDTHS:
        if width >= coarse and total * width >= 2 * _LEAST_RATE * span:
            row = _row(counts, width, min(counts), max(counts) + 1)
            if median(row) >= _LEAST_RATE and len(row) >= _LEAST_BUCKETS:
                return width
    return 0


def _row(counts: Mapping[int, int], width: int, start: int, end: int) -> list[int]:
    """Records in each whole bucket from `start` on."""
    row = [0] * max(1, -(-(end - start) // width))
    for second, number in counts.items():
        if start <= second < end:
            row[(second - start) // width] += number
    return row


def _silence(component: str, counts: Counter[int], everyone: Counter[int], width: int) -> list[Shift]:
    """The longest pause, when it dwarfs every other one and somebody else wrote on through it."""
    first, until = min(counts), max(everyone) + 1
    row = _row(counts, width, first, until)
    pauses = [(start, len(list(run))) for start, run in _runs(row, 0)]
    if not pauses:
        return []
    at, length = max(pauses, key=lambda pause: (pause[1], -pause[0]))
    other = max((size for start, size in pauses if start != at), default=0)
    before = row[:at]
    if at < _LEAST_BUCKETS or length < _PAUSE_FACTOR * (other + 1) or median(before) < _LEAST_RATE:
        return []
    start, end = first + at * width, min(until, first + (at + length) * width)
    alone = counts == everyone and end < until  # a log by itself that pauses and goes on: the program stood still
    if not alone and not _others_go_on(counts, everyone, first, start, end):
        return []
    lasting = end == until and end - start >= _LONG_SILENCE * (until - min(everyone)) and len(pauses) == 1
    return [Shift(component, "silence", start, end, median(before), width, 0, lasting)]


def _others_go_on(counts: Counter[int], everyone: Counter[int], first: int, start: int, end: int) -> bool:
    """In most parts of the silence others write, and not less than half as much as before it."""
    loud = {at * 10 // (end - start) for at in (second - start for second in everyone if start <= second < end)}
    during = sum(number for second, number in everyone.items() if start <= second < end)
    before = sum(number - counts[second] for second, number in everyone.items() if first <= second < start)
    return len(loud) >= 8 and during * (start - first) * 2 >= before * (end - start)


def _flood(component: str, counts: Counter[int], width: int) -> list[Shift]:
    """The one stretch far above the usual rate; what floods again and again is how this component writes."""
    first = min(counts)
    row = _row(counts, width, first, max(counts) + 1)
    usual = median(row)
    spread = _SPREAD * median(abs(number - usual) for number in row)
    high = max(_FLOOD_FACTOR * usual, usual + _FLOOD_SPREADS * spread, _FLOOD_RECORDS)
    floods = [(start, len(list(run))) for start, run in _runs([int(number > high) for number in row], 1)]
    if len(floods) != 1:
        return []
    ((at, length),) = floods
    if at < _LEAST_BUCKETS or length > _FLOOD_SHARE * len(row):
        return []
    start, end = first + at * width, first + (at + length) * width
    return [Shift(component, "burst", start, end, usual, width, sum(row[at : at + length]))]


def _runs(row: Sequence[int], value: int) -> Iterable[tuple[int, Iterable[int]]]:
    at = 0
    for found, group in groupby(row):
        members = list(group)
        if found == value:
            yield at, members
        at += len(members)


def candidates_of_rhythm(documents: Sequence[Document]) -> list[Candidate]:
    """The silences and floods of all logs together, each with the line where it begins."""
    logs = [document for document in documents if not document.is_build]
    found = []
    for shift in shifts_of(add_rhythms(rhythm_of(document) for document in logs)):
        candidate = (_silent if shift.kind == "silence" else _flooded)(shift, logs)
        if candidate:
            found.append(candidate)
    return found


def _silent(shift: Shift, logs: Sequence[Document]) -> Candidate | None:
    """Cites the last record before the silence; None when it says goodbye, or is not at hand."""
    places = _written(shift.component, logs, shift.start - 10 * shift.width, shift.start)
    if not places:
        return None
    last_words = (document.shapes[index].parsed.message for _, document, index in places[-_LAST_WORDS:])
    if any(_GOODBYE.search(words) for words in last_words):
        return None
    _, document, index = places[-1]
    for_how_long = _span(shift.end - shift.start)
    usual = f"{shift.usual:g} records in {_span(shift.width)} were usual"
    return Candidate(
        document, index, index, index, "silence", _STRONG if shift.lasting else _QUIET,
        f"the last record before a silence of {for_how_long}, where {usual}",
        category=Category.DEPENDENCY_UNAVAILABLE, component=shift.component, last=index,
        summary=f"{shift.component} writes nothing for {for_how_long}, where {usual}",
    )  # fmt: skip


def _flooded(shift: Shift, logs: Sequence[Document]) -> Candidate | None:
    """Cites the first of the records that most of the flood is made of."""
    places = _written(shift.component, logs, shift.start, shift.end)
    if not places:
        return None
    kinds = Counter(id(document.shapes[index]) for _, document, index in places)
    most = kinds.most_common(1)[0][0]
    _, document, index = next(place for place in places if id(place[1].shapes[place[2]]) == most)
    rate = f"{shift.records} records in {_span(shift.end - shift.start)}"
    return Candidate(
        document, index, index, index, "burst", _QUIET, f"the first of {kinds[most]} records alike in a flood",
        component=shift.component, last=index, count=kinds[most],
        summary=f"{shift.component} writes {rate}, where {shift.usual:g} in {_span(shift.width)} were usual",
    )  # fmt: skip


def _written(component: str, logs: Sequence[Document], start: int, end: int) -> list[tuple[float, Document, int]]:
    """What one component wrote in a stretch of time, in time order."""
    found = []
    for document in logs:
        times = document.times()
        for index, seconds in enumerate(times):
            if seconds is not None and start <= seconds < end and document.component_at(index) == component:
                found.append((seconds, document, index))
    return sorted(found, key=lambda place: (place[0], place[1].path, place[2]))


def _span(seconds: int) -> str:
    size, unit = next(((n, u) for n, u in ((3600, "h"), (60, "min")) if seconds >= 2 * n), (1, "s"))
    return f"{round(seconds / size)} {unit}"
