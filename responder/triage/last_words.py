"""What a failing step says for itself, when no rule knows its words: which line to read, and what kind of work it was.

Checkers print findings that name a place, and then count them; deployments print a table and how long they took.
So the line to read is seldom the last one: it is the first that names a place in a file, else one that complains, in
the paragraph nearest to the end. What the step was asked to do, which stands above its output, tells the kind of fault
that stopped it: a formatter finds style, an installer finds no package. It is a guess, and weighs nothing.
"""

import re
from collections.abc import Callable, Iterator

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.documents import Document
from responder.triage.lexicon import is_empty_phrase, kind_of_build_words

__all__ = ["complains", "complaints", "is_count", "kind_of_work", "telling_line"]

_REACH = 120
"""Lines of a step's output that are searched, from its end."""
_PARAGRAPH = 12
_SHOWN = 4
_PLACED = lazy(
    r"^\W{0,10}(?:\w{1,20} ?[-•:] |\d{1,4}[\])] )?"
    r"(?P<file>[\w.@+-]{0,60}(?:[/\\][\w.@+-]{1,60}){0,12}\.[A-Za-z]\w{0,9}|Dockerfile)"
    r"(?::\d+(?::\d+)?(?:-\d+(?::\d+)?)?(?: ?:| -|\)|,)? {0,4}(?=\S)|\(\d+(?:[,:] ?\d+)?\)|, line \d+|:? line \d+\b)"
)
_COMPLAINT = lazy(
    r"(?i)\b(?:not|unknown|invalid|missing|unexpected|illegal|unsupported|should|must|cannot|failed|denied|undefined"
    r"|unable|refused|forbidden|unauthorized|mismatch|conflicts?|broken|violat\w{2,5}|no such|does ?n.t|can.t"
    r"|could ?n.t|expected|failures?|fails|wrong|exceed(?:s|ed)|too (?:large|long|big|many|few)"
    r"|greater than|less than)\b"
)
_ADVICE = lazy(
    r"(?i)^\W{0,6}(?:(?:total )?(?:duration|time|elapsed)\b|took |finished |use |see |for more |try |hints?\b|note\b"
    r"|you can |run (?:with|`)|please (?:see|report)|more info|https?://\S+$|done\b|checks? took |files? skipped"
    r"|(?:found )?\d+ [\w ]{0,30}(?:warnings?|hints?|problems?|issues?|errors?|offens\w{2,4}|files?|tests?|specs?)\b"
    r".{0,60}$)"
)
"""How tools end: counts, durations, where to read more."""
_COUNT = lazy(
    r"(?i)^\W{0,6}(?:(?:failed|failures?|errors?|fail|found|summary|total|result)[:!]? {1,4}){0,2}\(?\d{1,6} "
    r"(?:[a-z]{1,12} ){0,2}(?:warning|hint|problem|issue|error|offense|failure|violation|finding|alert)\(?s?\)?(?!\w)"
)
_BARE = lazy(
    r"^\W{0,4}(?P<file>(?:[\w.@+-]{1,60}/){0,12}[\w.@+-]{1,60}\.(?:go|py|rs|js|jsx|ts|tsx|vue|java|kt|rb|php|c|cc|cpp|h|hpp"
    r"|swift|scala|ex|exs|hs|ml|dart|tf|sh|nix|css|scss|md))\s*$|^diff --git a/\S"
)
"""A formatter that only checks prints the names of files, a check for generated files what they lack."""
_LETTER = lazy(r"[^\W\d_]")
_MILD = lazy(r"(?i)\b(?:warning|note|info|hint|deprecat\w{2,5})\b")
_BEGINNING = 30
"""Characters in which a line calls itself a warning."""
_WORK: tuple[tuple[Category, re.Pattern[str]], ...] = (
    (
        Category.CODE_LINT,
        lazy(
            r"(?i)\b(?:\w{0,12}lint\w{0,14}|fmt|gofmt|\w{0,8}format(?:ting)?|style|static(?:check|-analysis)|semgrep|codeql|rubocop"
            r"|standardrb|flake8|ruff|black|isort|prettier|clippy|analy[sz]e|credo|dialyzer|phpcs|phpstan|psalm|php-cs-fixer"
            r"|detekt|checkstyle|spotless\w{0,12}|biome|mypy|pyright|vet|type-?check|\w{0,5}spell\w{0,8}|typos|vale|danger|interrogate|link-?check"
            r"|pre-commit|reuse|validate|brakeman|\w{0,8}critic|bandit|git diff|kube(?:conform|val))\b"
        ),
    ),
    (
        Category.TEST_ASSERTION,
        lazy(
            r"(?i)\b(?:\w{0,20}tests?|(?<![.\w])\w{0,12}specs?|cucumber|wdio|karate|newman|k6|gatling|locust|molecule|twister|behave|robot|cypress|playwright|pest|phpunit|tox|nox|jest|vitest|mocha|karma|prove|busted"
            r"|e2e|integration|coverage|check|verify|\w{0,10}unit)\b"
        ),
    ),
    (
        Category.DEPENDENCY_RESOLUTION,
        lazy(
            r"(?i)\b(?:install|deps|dependencies|restore|npm ci|get-deps|(?:deps|mod|pub)[. ]get|sync"
            r"|mod (?:tidy|download))\b"
        ),
    ),
    (Category.CODE_COMPILE, lazy(r"(?i)\b(?:\w{0,12}build|compile|make|assemble|webpack|rollup|tsc|cmake)\b")),
)
_ABOUT_COMMAND = 6
"""Lines below the head of a step that may still be its command."""


def telling_line(
    document: Document, step: int, end: int, is_frame: Callable[[int], bool], fresh: Callable[[int], bool]
) -> tuple[int, int] | None:
    """The line of a failing step to read first, and the last line of its output; None when it printed nothing new.

    Args:
        document: The log.
        step: The line where the step begins.
        end: The line that says it failed.
        is_frame: Tells blank lines and marks of the CI service, which are not the step's own words.
        fresh: Tells the lines that the last good build did not say too.
    """
    last = end - 1
    while last > step and is_frame(last):
        last -= 1
    if last <= step:
        return None
    output = [
        index
        for index in range(max(step + 1, last - _REACH), last + 1)
        if not is_frame(index) and fresh(index) and _LETTER.search(document.shapes[index].parsed.message)
    ]
    if not output:
        return None
    message = {index: document.shapes[index].parsed.message for index in output}
    for index in output:
        if (place := _PLACED.match(message[index])) and not _MILD.search(message[index], place.end()):
            return index, last
    if listed := next((index for index in output if _BARE.match(message[index])), None):
        return listed, last
    for paragraph in _paragraphs(output):
        spoken = [
            index
            for index in paragraph
            if _COMPLAINT.search(message[index])
            and not _ADVICE.match(message[index])
            and not is_empty_phrase(message[index])
        ]
        if spoken:
            return next(filter(lambda index: _names_its_kind(message[index]), spoken), spoken[0]), last
    for paragraph in _paragraphs(output):
        named = next((index for index in paragraph if _names_its_kind(message[index])), None)
        if named is not None:
            return named, last
    closing = next(_paragraphs(output))
    plain = [index for index in closing if not _ADVICE.match(message[index])] or closing
    return (plain[0] if len(closing) <= _SHOWN else plain[-1]), last


def _names_its_kind(message: str) -> bool:
    """Whether a line not only complains, but says of what: memory, a permission, a certificate, a type."""
    return not _MILD.search(message, 0, _BEGINNING) and kind_of_build_words(message) is not Category.UNKNOWN


def complains(message: str) -> bool:
    """Whether a message says in words that something is not as it should be."""
    return _COMPLAINT.search(message) is not None and not _ADVICE.match(message)


def complaints(document: Document, step: int, end: int, is_frame: Callable[[int], bool]) -> Iterator[int]:
    """Lines of a failing step that complain, the paragraph nearest to its end first, each from its beginning.

    Args:
        document: The log.
        step: The line where the step begins.
        end: The line that says it failed.
        is_frame: Tells blank lines and marks of the CI service.
    """
    output = [index for index in range(max(step + 1, end - _REACH), end) if not is_frame(index)]
    for paragraph in _paragraphs(output):
        for index in paragraph:
            text = document.shapes[index].parsed.message
            if _COMPLAINT.search(text) and not _ADVICE.match(text) and not _MILD.search(text):
                yield index


def _paragraphs(output: list[int]) -> Iterator[list[int]]:
    """Runs of neighbouring lines, bounded in length, the last one first."""
    part: list[int] = []
    for index in reversed(output):
        if part and (part[0] - index > 1 or len(part) >= _PARAGRAPH):
            yield part
            part = []
        part.insert(0, index)
    if part:
        yield part


def is_count(message: str) -> bool:
    """True for `Failed: 2 failures, 0 warnings on 41 files`, which says how many and not what."""
    return _COUNT.match(message) is not None


def kind_of_work(document: Document, step: int, told: str) -> Category:
    """What a step was doing, by its command, as the fault that such work usually meets; else unknown.

    Args:
        document: The log.
        step: The line where the step begins.
        told: The command, where the line that ends the step names it.
    """
    lines = [told]
    for shape in document.shapes[step : step + _ABOUT_COMMAND]:
        if "endgroup" in shape.text:
            break
        lines.append(shape.parsed.message)
    for line in lines if told else lines[:2]:
        command = line.partition("$ ")[2] or line
        for category, words in _WORK:
            if line and words.search(command):
                return category
    return Category.UNKNOWN
