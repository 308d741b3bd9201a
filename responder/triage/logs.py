"""Findings from the logs of things that run: known signatures, unknown errors, changes; first seen, how often, how odd.

What a line says about itself counts: the same words at INFO or DEBUG are told, not suffered. What was there from the
start to the end at an even pace is the noise of this system, not its incident.
"""

import heapq
from collections.abc import Iterator
from itertools import pairwise

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.candidates import Candidate
from responder.triage.documents import Document
from responder.triage.interface import Level
from responder.triage.levels import level_in, level_named
from responder.triage.lexicon import kind_of_words
from responder.triage.signatures import Hit
from responder.triage.units import last_words_of_units

__all__ = ["candidates_of_log"]

_RECORD_LINES = 80
_QUOTE_LINES = 8
_CLOSE = 60
"""Lines between an error and those that it leads to, at most."""
_SLIGHTLY = 0.06
_GUESSED = 100
"""Errors of one log that no rule knows, the plainest first, whose words are looked at for the kind of fault."""
_EXCEPTION = lazy(
    r"^\s{0,8}(?:Caused by: |---> )?(?:[A-Za-z_$][\w$]*[.:])*[A-Z]\w*(?:Error|Exception|Timeout|Failure|Interrupt)\b"
)
_RETRIED = lazy(
    r"(?i)\bretr(?:y|ying|ied|ies)\b|\battempt \d+ ?(?:/|of)|will be (?:re-?queued|tried again)|reconnecting"
)
_TRACE = lazy(
    r"^\s+(?:at |File \"|\.\.\. \d+ more|in |from |\d+: |\([\w.]+ [\d.]+\) |thrown in |\^)"
    r"|^Traceback |^goroutine \d+|^panic:|^#\d+ |^Stack trace:|^stack backtrace:|^\S+\.rb:\d+:in "
    r"|^During handling of the above|^The above exception was"
)


def candidates_of_log(document: Document) -> list[Candidate]:
    """Everything in one log that is worth a person's look, unranked."""
    groups: dict[tuple[str, str | None], Candidate] = {}
    shapes = document.shapes
    for start, end in _records(document):
        first = shapes[start]
        # Most records are one line.
        more = any(shape.hits for shape in shapes[start + 1 : end + 1]) if end > start else False
        if first.parsed.level < Level.ERROR and not (first.hits or more):
            continue
        for candidate in _of_record(document, start, end):
            key = (candidate.hit.rule.id if candidate.hit else document.shapes[start].template, candidate.component)
            known = groups.get(key)
            candidate.count = document.weights.get(candidate.line, 1)
            candidate.level = document.shapes[start].level
            if known is None:
                groups[key] = candidate
                candidate.lines = [candidate.line]
            else:
                known.count += candidate.count
                known.last = candidate.line
                known.lines.append(candidate.line)
                if candidate.salience > known.salience * 1.3:
                    _take_better_example(known, candidate)
    for candidate in groups.values():
        candidate.salience *= _oddity(candidate)
    unknown = [candidate for candidate in groups.values() if candidate.hit is None]
    for candidate in heapq.nlargest(_GUESSED, unknown, key=lambda one: one.salience):
        _guess_kind(candidate)
    _first_unknown_first(unknown)
    return [*groups.values(), *last_words_of_units(document, groups.values())]


def _first_unknown_first(candidates: list[Candidate]) -> None:
    """Of errors that no rule knows, the one that came right before the others most likely led to them."""
    ordered = sorted(candidates, key=lambda candidate: candidate.line)
    for earlier, later in pairwise(ordered):
        if later.line - earlier.line <= _CLOSE and 0 <= later.salience - earlier.salience <= _SLIGHTLY:
            earlier.salience = later.salience + 0.001


def _guess_kind(candidate: Candidate) -> None:
    """The kind of fault of an error that no rule knows, by its words; those of a trace are about code more often."""
    message = candidate.document.shapes[candidate.line].parsed.message
    guess = kind_of_words(message, only_sure=candidate.category is Category.CODE_EXCEPTION)
    if guess is not Category.UNKNOWN:
        candidate.category = guess


def _take_better_example(known: Candidate, better: Candidate) -> None:
    """A later line that says more is quoted instead, without forgetting the earlier ones."""
    known.line, known.start, known.end = better.line, better.start, better.end
    known.salience, known.hit, known.why = better.salience, better.hit, better.why


def _records(document: Document) -> Iterator[tuple[int, int]]:
    """First and last line of each record: a line with a header and the lines without one that follow."""
    begins = document.record_starts()
    total, start = len(document.lines), 0
    while start < total:
        end = start
        headed = begins[start]
        while end + 1 < total and end - start < _RECORD_LINES and not begins[end + 1]:
            text = document.shapes[end + 1].parsed.message
            if not (_TRACE.match(text) or _EXCEPTION.match(text) or (headed and text[:1] in " \t}])")):
                break
            end += 1
        yield start, end
        start = end + 1


def _of_record(document: Document, start: int, end: int) -> Iterator[Candidate]:
    level = document.shapes[start].level
    found: dict[str, tuple[int, Hit]] = {}
    for index in range(start, end + 1):
        for hit in document.shapes[index].hits:
            if hit.rule.scope != "build" and not hit.rule.wrapper and not hit.rule.success:
                known = found.get(hit.rule.id)
                if known is None or len(hit.captures) > len(known[1].captures):
                    found[hit.rule.id] = (index, hit)
    component = document.component_at(start)
    usable = [(index, hit) for index, hit in found.values() if _level_allows(hit, level)]
    usable.sort(key=lambda item: -item[1].rule.weight)
    changes = [item for item in usable if item[1].rule.kind == "change"][:1]
    failures = _distinct([item for item in usable if item[1].rule.kind != "change"])[:2]
    for number, (index, hit) in enumerate([*failures, *changes]):
        told = Level.UNKNOWN if _is_own_word(document.shapes[index].parsed.message, hit, level) else level
        salience = hit.rule.weight * (1 if hit.rule.kind == "change" else _level_factor(told, hit)) * 0.8**number
        first, last = _quotation(start, end, index)
        last = _with_what_follows(document, last, index + hit.rule.follow)
        yield Candidate(
            document, index, first, last, hit.rule.kind, salience, hit.rule.why, hit, component=component, last=index
        )
    if not failures and level >= Level.ERROR:
        index = _telling_line(document, start, end)
        first, last = _quotation(start, end, index)
        salience = 0.6 if level >= Level.CRITICAL else 0.46
        category = Category.CODE_EXCEPTION if index != start or end > start else Category.UNKNOWN
        yield Candidate(
            document, index, first, last, "error", salience, f"a record at {level.name} that no rule knows",
            category=category, component=component, last=index,
            summary=f"{component or 'a program'} logs: {document.message(index)[:140]}",
        )  # fmt: skip


def _distinct(items: list[tuple[int, Hit]]) -> list[tuple[int, Hit]]:
    """The strongest signature of each category: a special rule makes the general one beside it silent."""
    seen: set[Category] = set()
    return [item for item in items if not (item[1].rule.category in seen or seen.add(item[1].rule.category))]  # type: ignore[func-returns-value]


def _level_allows(hit: Hit, level: Level) -> bool:
    least = hit.rule.min_level
    return not least or level is Level.UNKNOWN or level >= level_named(least)


def _is_own_word(message: str, hit: Hit, level: Level) -> bool:
    """What was taken for the level is part of the failure's own words: the kernel's `INFO: task x blocked for`."""
    return level < Level.WARNING and level_in(message[hit.start : hit.end]) is level is not Level.UNKNOWN


def _level_factor(level: Level, hit: Hit) -> float:
    """How far the line's own level lets a signature count."""
    if level >= Level.ERROR:
        return 1.05
    if level is Level.UNKNOWN:
        return 0.95
    if level >= Level.WARNING:
        return 0.85 if hit.rule.weight >= 0.7 else 0.7
    return 0.6 if hit.rule.weight >= 0.85 else 0.35


def _oddity(candidate: Candidate) -> float:
    """Below 1 for what happens all the time or happened once in passing; above 1 for what comes in numbers, late."""
    document, lines = candidate.document, candidate.lines
    if candidate.kind == "change" or not lines:
        return 1.0
    level = document.shapes[candidate.line].level
    strong = candidate.hit is not None and candidate.hit.rule.weight >= 0.85
    total = document.total_lines
    lines = [document.number(line) for line in lines]
    if not strong and total >= 40 and len(lines) >= 3 and _is_chronic(lines, total):
        return 0.55
    if candidate.count == 1 and level is Level.WARNING:
        return 0.75 if strong else 0.65
    if candidate.count <= 2 and not strong and _RETRIED.search(document.shapes[candidate.line].parsed.message):
        return 0.55
    return 1.0 + min(0.12, 0.03 * (candidate.count.bit_length() - 1))


def _is_chronic(lines: list[int], total: int) -> bool:
    """Spread over the whole file without a start: something in each quarter, and none with most of it."""
    quarters = [0, 0, 0, 0]
    for line in lines:
        quarters[min(3, line * 4 // total)] += 1
    return min(quarters) > 0 and max(quarters) <= len(lines) * 0.5 if len(lines) >= 6 else (
        lines[0] < total * 0.15 and lines[-1] > total * 0.85
    )  # fmt: skip


def _telling_line(document: Document, start: int, end: int) -> int:
    """The line of a record that says what went wrong: the last cause a Java trace names, else the exception itself."""
    best = start
    for index in range(start + 1, end + 1):
        text = document.shapes[index].parsed.message
        if _EXCEPTION.match(text):
            best = index
    return best


def _with_what_follows(document: Document, last: int, until: int) -> int:
    """As many of the lines that a rule says belong to its match as have no header of their own."""
    while last < min(until, len(document.lines) - 1) and not document.starts_record(last + 1):
        if not document.shapes[last + 1].parsed.message.strip():
            break
        last += 1
    return last


def _quotation(start: int, end: int, index: int) -> tuple[int, int]:
    """What to show of a record: its head when the telling line is near, else the lines around that line."""
    if end - start < _QUOTE_LINES:
        return start, end
    if index - start < _QUOTE_LINES - 1:
        return start, start + _QUOTE_LINES - 1
    return max(start, index - 2), min(end, index + 3)
