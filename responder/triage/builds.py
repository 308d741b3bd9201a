"""Findings from the output of builds: which of the many error-looking lines says why the job failed.

A build log is read backwards in a person's mind: the job ended badly *here* (an exit status, a `make: ***`, the CI
service's own mark), so the reason stands above, in the output of the step that failed. Wrapper lines repeat the
failure and are never its reason; what stands after the end (clean-up, uploads of reports that do not exist) is
consequence; what stands in a step that passed, or in the last good build, is noise. Known signatures (rules for test
runners, compilers, package managers) weigh most, generic error words least.
"""

import math
from collections.abc import Collection

from responder.incident import Category
from responder.triage.candidates import Candidate
from responder.triage.documents import Document
from responder.triage.lines import key_of
from responder.triage.signatures import Hit

__all__ = ["candidates_of_build"]

_BLOCK_GAP = 6
"""Candidates of one kind at most this many lines apart belong to one block."""
_LOOK_BACK = 400
"""Lines over which nearness to the end of the failing step fades."""
_QUOTE_CHARS = 700


def candidates_of_build(document: Document, known_good: Collection[bytes] = ()) -> list[Candidate]:
    """The blocks of one build log that may say why it failed, unranked.

    Args:
        document: The log.
        known_good: Keys of the lines of the last good build of the same job.
    """
    marked = _marked_lines(document)
    end = _failure_end(document, marked)
    scored: list[tuple[float, int, Hit]] = []
    for index, hit in marked:
        if hit.rule.wrapper or hit.rule.success:
            continue
        score = hit.rule.weight * _place_factor(index, end, len(document.lines))
        if known_good and key_of(document.lines[index]) in known_good:
            score *= 0.15
        scored.append((score, index, hit))
    blocks = _blocks(scored)
    result = [_candidate(document, block) for block in blocks]
    if end is None:
        for candidate in result:
            candidate.salience *= _unfinished_factor(document, marked)
    result += _wrappers(document, marked, known_good)
    return result


def _marked_lines(document: Document) -> list[tuple[int, Hit]]:
    """The strongest hit of each line that has one."""
    marked = []
    for index, shape in enumerate(document.shapes):
        for hit in shape.hits:
            if hit.rule.scope != "log" and hit.rule.kind != "change":
                marked.append((index, hit))
                break
    return marked


def _failure_end(document: Document, marked: list[tuple[int, Hit]]) -> int | None:
    """Where the job turned bad for good: the first final mark, else the last wrapper; None when nothing says so."""
    final = [index for index, hit in marked if hit.rule.wrapper and hit.rule.kind == "exit"]
    if final:
        return final[0]
    wrappers = [index for index, hit in marked if hit.rule.wrapper]
    return wrappers[-1] if wrappers else None


def _place_factor(index: int, end: int | None, total: int) -> float:
    if end is None:
        return 0.7 + 0.3 * index / max(1, total)
    if index > end + 2:
        return 0.55
    return 0.62 + 0.38 * math.exp(-(end - index) / _LOOK_BACK)


def _unfinished_factor(document: Document, marked: list[tuple[int, Hit]]) -> float:
    """How far error words count in a log that never says it failed: hardly, when it says that it passed."""
    passed = any(hit.rule.success for _, hit in marked)
    return 0.25 if passed else 0.5 if len(document.lines) > 20 else 0.8


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
    best, index, hit = max(block, key=lambda item: (item[0], -item[1]))
    start = max(0, index - hit.rule.lead)
    end = _quotation_end(document, index, max(hit.rule.follow, min(4, block[-1][1] - index)))
    return Candidate(
        document, index, start, end, hit.rule.kind, best, hit.rule.why, hit,
        count=sum(1 for _, _, other in block if other.rule.id == hit.rule.id), last=block[-1][1],
        component=document.component_at(index),
    )  # fmt: skip


def _quotation_end(document: Document, index: int, follow: int) -> int:
    """As many of the lines that follow as belong to the message, within a bound of characters."""
    end, used = index, len(document.lines[index])
    while end + 1 < len(document.lines) and end - index < follow:
        used += len(document.lines[end + 1])
        if used > _QUOTE_CHARS or not document.shapes[end + 1].parsed.message.strip():
            break
        end += 1
    return end


def _wrappers(document: Document, marked: list[tuple[int, Hit]], known_good: Collection[bytes]) -> list[Candidate]:
    """The lines that only repeat the failure, as late context: good when nothing better is known."""
    wrappers = [(index, hit) for index, hit in marked if hit.rule.wrapper]
    result = []
    for index, hit in wrappers[:3]:
        if known_good and key_of(document.lines[index]) in known_good:
            continue
        candidate = Candidate(
            document, index, index, index, "exit", 0.32, hit.rule.why, hit, last=index,
            component=document.component_at(index), category=Category.UNKNOWN,
        )  # fmt: skip
        result.append(candidate)
    return result
