"""Findings from the output of builds: which of the many error-looking lines says why the job failed.

A build log is read backwards in a person's mind: the job ended badly *here* (an exit status, a `make: ***`, the CI
service's own mark), so the reason stands above, in the output of the step that failed. Wrapper lines repeat the
failure and are never its reason; what stands after the end (clean-up, uploads of reports that do not exist) is
consequence; what stands in a step that passed, or in the last good build, is noise. Known signatures (rules for test
runners, compilers, package managers) weigh most, generic error words least.
"""

import math
from collections.abc import Collection
from functools import partial
from itertools import pairwise

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.candidates import Candidate
from responder.triage.documents import Document
from responder.triage.last_words import complaints, is_count, kind_of_work, telling_line
from responder.triage.lexicon import is_empty_phrase, kind_of_build_words, kind_of_words
from responder.triage.lines import key_of
from responder.triage.signatures import Hit
from responder.triage.steps import FailingStep, failing_step, is_frame, marked_lines

__all__ = ["candidates_of_build"]

_BLOCK_GAP = 6
"""Candidates of one kind at most this many lines apart belong to one block."""
_LOOK_BACK = 400
"""Lines over which nearness to the end of the failing step fades."""
_QUOTE_CHARS = 700
_SPECIFIC = 0.7
"""Rules of at least this weight know a tool's own words; the others know words of error in general."""
_NAMED = 0.86
"""However far from the end of its step a specific rule matches, it counts at least this share."""
_CLOSING = 8
"""Lines at the end of a log in which a program says why it stopped."""
_PLAIN_ERROR = 0.55
_WITHOUT_DIGITS = {ord(digit): None for digit in "0123456789"}
_WARNED = lazy(r"(?i)^\W{0,4}(?:##\[warning\]|::warning\b|(?:[\w./+-]{1,40}: )?warn(?:ing)?\b[\]:! ]|W: |npm warn\b)")
"""A line that calls itself a warning seldom ends a build, whatever it says."""
_WARNING = 0.75
_ASSERTED = lazy(r"(?:[\w$]+[.:]{1,2})*(?:Assert\w{0,12}(?:Error|Exception|Failed)|ComparisonFailure)\b")
"""What test frameworks raise."""
_CLOSE = 40
"""Lines between a failure and what it leads to, at most."""
_SLIGHTLY = 0.03
_REFRAIN = 0.6
_ALIKE = 2
"""Digits by which lines of one block differ that count as much as each other: the first of them is read first."""
_EMPTY = 0.65
"""`Error: test failed` says that, and not what."""
_OTHER_STEP = 0.62
_TELLING = 0.42
_SHOWN_WORDS = 4
_BESIDE = 0.33
"""Above the lines that only repeat the failure, below everything that explains it."""
_FIRST_LOOK = 3


def candidates_of_build(document: Document, known_good: Collection[bytes] = ()) -> list[Candidate]:
    """The blocks of one build log that may say why it failed, unranked.

    Args:
        document: The log.
        known_good: Keys of the lines of the last good build of the same job.
    """
    marked = [item for item in marked_lines(document) if not _in_good(document, item[0], known_good)]
    step = failing_step(document, marked)
    telling = [(index, hit) for index, hit in marked if not (hit.rule.wrapper or hit.rule.success)]
    refrains = _refrains(document, telling)
    result = [_candidate(document, block) for block in _blocks(_scored(document, telling, step))]
    for candidate in result:
        if document.shapes[candidate.line].text in refrains:
            candidate.salience *= _REFRAIN
    result = _told_once(result)
    _first_cause_first(result, step.start)
    exits = [index for index, hit in marked if hit.rule.kind == "exit"]
    if step.end is None and exits:
        _guess_kind(document, result, marked, step.start)
    if step.end is not None:
        if all(one.salience < _TELLING for one in result if step.start <= one.line <= step.reach):
            result += _last_words(document, step.start, step.end, known_good)
        _guess_kind(document, result, marked, step.start)
        result += _beside(document, result, telling, step, known_good)
    result += _wrappers(document, marked)
    factor = _verdict_factor(document, marked, step.end)
    for candidate in result:
        candidate.salience *= factor
    return result


def _first_cause_first(candidates: list[Candidate], step: int) -> None:
    """Of two failures close to each other in the failing step the earlier one most likely led to the later one."""
    ordered = sorted((c for c in candidates if c.line >= step and _is_specific(c)), key=lambda c: -c.line)
    for later, earlier in pairwise(ordered):
        if _is_of_test(earlier) and not _is_of_test(later):
            continue  # what a failing test had printed stands below its own report, and says more
        if later.line - earlier.line <= _CLOSE and 0 <= later.salience - earlier.salience <= _SLIGHTLY:
            earlier.salience = later.salience + 0.001


def _is_specific(candidate: Candidate) -> bool:
    return candidate.hit is not None and candidate.hit.rule.weight >= _SPECIFIC


def _is_of_test(candidate: Candidate) -> bool:
    return candidate.hit is not None and candidate.hit.rule.category.value.startswith("test_failure.")


def _in_good(document: Document, index: int, known_good: Collection[bytes]) -> bool:
    return bool(known_good) and key_of(document.lines[index]) in known_good


def _told_once(candidates: list[Candidate]) -> list[Candidate]:
    """One candidate for messages that differ in numbers only: a list of five should show five things."""
    kept: dict[tuple[str, str], Candidate] = {}
    for candidate in candidates:
        message = candidate.document.shapes[candidate.line].parsed.message.strip()
        key = (candidate.hit.rule.id if candidate.hit else "", message.translate(_WITHOUT_DIGITS))
        known = kept.get(key)
        if known is None:
            kept[key] = candidate
            continue
        best = known if known.salience >= candidate.salience else candidate
        best.count = known.count + candidate.count
        best.last = max(known.last, candidate.last)
        kept[key] = best
    return list(kept.values())


def _refrains(document: Document, telling: list[tuple[int, Hit]]) -> set[str]:
    """Lines that come again and again over most of the log: what this job always says, not what broke it."""
    places: dict[str, list[int]] = {}
    for index, _ in telling:
        places.setdefault(document.shapes[index].text, []).append(index)
    reach = len(document.lines) * 0.3
    return {text for text, found in places.items() if len(found) >= 5 and found[-1] - found[0] > reach}


def _scored(document: Document, telling: list[tuple[int, Hit]], step: FailingStep) -> list[tuple[float, int, Hit]]:
    """Each line with what it explains: its rule's weight, by how near the end of the failing step it stands.

    A failure that a specific rule finds several times (a test that is retried, a list of failing tests) is as near as
    its last occurrence, and then the first one counts most: that is where a person begins.
    """
    total = len(document.lines)
    nearest: dict[str, float] = {}
    for index, hit in telling:
        if hit.rule.weight >= _SPECIFIC:
            nearest[hit.rule.id] = max(nearest.get(hit.rule.id, 0.0), _place_factor(index, step, total))
    scored = []
    repeats: dict[str, int] = {}
    for index, hit in telling:
        place = _place_factor(index, step, total)
        if hit.rule.id in nearest and step.holds(document, index):
            number = repeats[hit.rule.id] = repeats.get(hit.rule.id, -1) + 1
            place = max(_NAMED, nearest[hit.rule.id]) * (1 - min(0.08, 0.004 * number))
        elif index < step.start or (index <= step.reach and not step.holds(document, index)):
            place *= _OTHER_STEP
        message = document.shapes[index].parsed.message
        if hit.rule.weight < _SPECIFIC and (is_empty_phrase(message) or is_count(message)):
            place *= _EMPTY
        scored.append((hit.rule.weight * place * (_WARNING if _WARNED.match(message) else 1), index, hit))
    return scored


def _place_factor(index: int, step: FailingStep, total: int) -> float:
    if step.end is None:
        return 0.7 + 0.3 * index / max(1, total)
    if index > step.reach:
        return 0.55
    return 0.62 + 0.38 * math.exp(-(step.end - index) / _LOOK_BACK)


def _last_words(document: Document, step: int, end: int, known_good: Collection[bytes]) -> list[Candidate]:
    """What the failing step says for itself, when no rule knows its words."""
    found = telling_line(
        document, step, end, partial(is_frame, document), lambda index: not _in_good(document, index, known_good)
    )
    if found is None:
        return []
    line, last = found
    return [
        Candidate(
            document, line, line, min(last, line + _SHOWN_WORDS),
            "error", _TELLING, "the last words of the step that failed; no rule knows them", last=last,
            summary=f"a step failed after: {document.message(line)[:140]}",
            component=document.component_at(line),
        )
    ]  # fmt: skip


def _beside(
    document: Document,
    candidates: list[Candidate],
    telling: list[tuple[int, Hit]],
    step: FailingStep,
    known_good: Collection[bytes],
) -> list[Candidate]:
    """What else stands out where it failed, when little does: a person reads the first three before scrolling."""
    best = max(candidates, key=lambda candidate: candidate.salience, default=None)
    shown = [candidate for candidate in candidates if candidate.salience >= _BESIDE]
    if best is None or step.end is None or len(shown) >= _FIRST_LOOK:
        return []
    known = {candidate.line for candidate in candidates}
    texts = {document.message(line) for line in known}
    marked = (index for index, _ in telling if best.line - _BLOCK_GAP <= index <= best.last + _BLOCK_GAP)
    others = complaints(document, step.start, step.end, partial(is_frame, document))
    result: list[Candidate] = []
    for index in (*marked, *others):
        text = document.message(index)
        if index in known or text in texts or is_empty_phrase(text) or _in_good(document, index, known_good):
            continue
        if len(shown) + len(result) >= _FIRST_LOOK:
            break
        known.add(index)
        texts.add(text)
        result.append(
            Candidate(
                document, index, index, index, "error", _BESIDE, "it complains too, where the step failed",
                last=index, component=document.component_at(index),
                category=best.hit.rule.category if best.hit and best.category is Category.UNKNOWN else best.category,
            )
        )  # fmt: skip
    return result


def _guess_kind(document: Document, candidates: list[Candidate], marked: list[tuple[int, Hit]], step: int) -> None:
    """What no rule knows, where it is the best there is, is taken for what the work of its step usually meets."""
    best = max(candidates, key=lambda candidate: candidate.salience, default=None)
    if best is None or best.line < step or (best.hit is not None and best.hit.rule.category is not Category.UNKNOWN):
        return
    exits = (hit for index, hit in marked if index > best.line and hit.rule.kind == "exit")
    told = next((hit.captures["command"] for hit in exits if "command" in hit.captures), "")
    message = document.shapes[best.line].parsed.message
    guess = kind_of_build_words(message)
    best.category = kind_of_work(document, step, told) if guess is Category.UNKNOWN else guess


def _verdict_factor(document: Document, marked: list[tuple[int, Hit]], end: int | None) -> float:
    """How far error words count: hardly in a log that says it passed, less in one that never says it failed."""
    if any(hit.rule.id == "ci.job_passed" for _, hit in marked):
        return 0.25
    failed = any(hit.rule.kind == "exit" for _, hit in marked) or _ends_badly(document, marked)
    if not failed and any(hit.rule.id == "ci.job_ended" for _, hit in marked):
        return 0.25
    if failed or end is not None:
        return 1.0
    return 0.25 if any(hit.rule.success for _, hit in marked) else 0.5 if len(document.lines) > 20 else 0.8


def _ends_badly(document: Document, marked: list[tuple[int, Hit]]) -> bool:
    """Whether the last thing a log tells is an error: where a program stops, the reason stands last."""
    last = next((place for place in reversed(marked) if place[0] >= len(document.lines) - _CLOSING), None)
    if last is None or last[1].rule.success or _WARNED.match(document.shapes[last[0]].parsed.message):
        return False
    return last[1].rule.weight >= _PLAIN_ERROR


def _blocks(scored: list[tuple[float, int, Hit]]) -> list[list[tuple[float, int, Hit]]]:
    blocks: list[list[tuple[float, int, Hit]]] = []
    for item in scored:
        last = blocks[-1][-1] if blocks else None
        if last and item[1] - last[1] <= _BLOCK_GAP:
            blocks[-1].append(item)
        else:
            blocks.append([item])
    return blocks


def _candidate(document: Document, block: list[tuple[float, int, Hit]]) -> Candidate:
    best, index, hit = max(block, key=lambda item: (round(item[0], _ALIKE), -item[1]))
    start = max(0, index - hit.rule.lead)
    end = _quotation_end(document, index, max(hit.rule.follow, min(4, block[-1][1] - index)))
    return Candidate(
        document, index, start, end, hit.rule.kind, best, hit.rule.why, hit,
        count=sum(1 for _, _, other in block if other.rule.id == hit.rule.id), last=block[-1][1],
        component=document.component_at(index), category=_kind_told(document, index, hit),
    )  # fmt: skip


def _kind_told(document: Document, index: int, hit: Hit) -> Category:
    """Of an exception that no special rule knows, the kind of fault its message speaks of, where that is sure."""
    if hit.rule.category is not Category.CODE_EXCEPTION or hit.rule.weight >= _SPECIFIC:
        return Category.UNKNOWN
    message = document.shapes[index].parsed.message
    if _ASSERTED.match(message):
        return Category.TEST_ASSERTION
    guess = kind_of_words(message, only_sure=True)
    return Category.UNKNOWN if guess is Category.CODE_EXCEPTION else guess


def _quotation_end(document: Document, index: int, follow: int) -> int:
    """As many of the lines that follow as belong to the message, within a bound of characters."""
    end, used = index, len(document.lines[index])
    while end + 1 < len(document.lines) and end - index < follow:
        used += len(document.lines[end + 1])
        if used > _QUOTE_CHARS or not document.shapes[end + 1].parsed.message.strip():
            break
        end += 1
    return end


def _wrappers(document: Document, marked: list[tuple[int, Hit]]) -> list[Candidate]:
    """The lines that only repeat the failure, as late context: good when nothing better is known."""
    wrappers = [(index, hit) for index, hit in marked if hit.rule.wrapper]
    result = []
    for index, hit in wrappers[:3]:
        candidate = Candidate(
            document, index, index, index, "exit", 0.32, hit.rule.why, hit, last=index,
            component=document.component_at(index), category=Category.UNKNOWN,
        )  # fmt: skip
        result.append(candidate)
    return result
