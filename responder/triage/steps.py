"""Where the step of a build that failed begins and ends, and which of its lines say something.

CI services and builders of images mark steps in their own ways: a group, a command behind a dollar sign, a number.
"""

from typing import NamedTuple

from responder.incident import Category
from responder.patterns import lazy
from responder.triage.documents import Document
from responder.triage.signatures import Hit

__all__ = ["FailingStep", "ends_badly", "failing_step", "is_frame", "marked_lines"]

_ECHO = b"\x1b[36;1m"
"""How GitHub prints the commands of a step before it runs them; what they echo has not happened."""
_MARKS_BELOW = 2
_VAGUE = 0.55
"""Rules of at most this weight know no more than that something failed."""
_VERTEX = lazy(rb"(?:^|Z )(#\d{1,4} )")
"""The number of the instruction that wrote a line: BuildKit runs several at once, and their lines mingle."""
_ENDED = lazy(rb"(?:^|Z )(#\d{1,4} )ERROR")
_STEP = lazy(
    rb"##\[group\]Run |^(?:\S*\r)?(?:\x1b\[[0-9;]*[mK])*\$ \S|\x1b\[32;1m\$ "
    rb"|(?:^|Z )(?:#\d{1,4} \[[^\]\n]{1,60}\] [A-Z]{3,11} |Step \d{1,4}/\d{1,4} : )"  # an image's instruction
)
_REPLAY = lazy(rb"(?:^|Z )\s> (\[[^\]\n]{1,80}\] [A-Z]{3,11} )")
_RULE = lazy(rb"(?:^|Z )-{6}\s*$")
_REPLAYED = 60
"""Lines of a replay, at most."""
_BUILDER = lazy(r"\s?---> |Removing intermediate container ")
"""How the classic builder of images accounts for its containers."""
_SECTION = ("section_start:", "section_end:")
_CLOSING = 20
"""Lines at the end of a log in which a tool that no rule knows says how it ended."""
_ENDED_BADLY = lazy(
    r"(?i)\b(?:exit(?:s|ed|ing)?|terminated|returned|finished|failed)\b.{0,60}\b(?:status|code)\b\W{0,4}(?:-\d|[1-9])\d*\b"
    r"|\[failed\]|^\W{0,6}(?:[\w./-]{1,60} )?(?:build|job|run|task|step|deploy\w{0,6}|execution|process)? ?"
    r"failed(?:[.!]?$| (?:in|after|with)\b)"
    r"|\b(?:agent|runner|executor) lost\b|\b(?:interrupted by|terminated by|killed by) (?:an? )?signal\b"
    r"|^\W{0,6}error executing\b"
)
_PASSED = lazy(
    r"(?:\.{3}|:|-) ?(?:ok|OK|passed|PASSED|PASS|skipped|ignored|SKIPPED|success|SUCCESS)\s*(?:\([^)]{0,30}\))?$"
    r"|^\s{0,12}(?:✓|✔|√|ok \d+\b|PASS\b|--- PASS|\[\+\]|\[ +OK +\])"
)


class FailingStep(NamedTuple):
    """The lines of a build log in which to look for the reason."""

    start: int
    """The first line of the step, 0 where nothing says so."""
    end: int | None
    """Where the job turned bad for good; None when nothing says so."""
    reach: int
    """The last line that may still belong to the step."""
    vertex: bytes = b""
    """The number of the instruction that failed, where several run at once."""

    def holds(self, document: Document, index: int) -> bool:
        """Whether a line is the step's own, and not of one that ran beside it."""
        if not self.start <= index <= self.reach:
            return False
        other = _VERTEX.search(document.lines[index]) if self.vertex else None
        return other is None or other[1] == self.vertex


def failing_step(document: Document, marked: list[tuple[int, Hit]]) -> FailingStep:
    """The step that failed.

    Args:
        document: The log of a build.
        marked: `marked_lines` of it.
    """
    end = _failure_end(marked)
    if end is None and ends_badly(document):
        # Its last words may stand below the line that says so.
        end = len(document.lines)
        return FailingStep(_step_start(document, marked, end, b""), end, end)
    ended = _ENDED.search(document.lines[end]) if end is not None else None
    vertex = ended[1] if ended else b""
    return FailingStep(_step_start(document, marked, end, vertex), end, _reach_of(document, end), vertex)


def ends_badly(document: Document) -> bool:
    """Whether a tool says in its own words, near the end of a log, that it failed, and nothing below says it passed."""
    for shape in reversed(document.shapes[-_CLOSING:]):
        if any(hit.rule.success for hit in shape.hits):
            return False
        if _ENDED_BADLY.search(shape.parsed.message):
            return True
    return False


def marked_lines(document: Document) -> list[tuple[int, Hit]]:
    """The hit of each line that has one: the service's own mark of the end before all, else the strongest.

    A tool's own verdict (`BUILD FAILURE`) is that, and not one more line with a word of failure in it.
    """
    marked = []
    for index, shape in enumerate(document.shapes):
        if not shape.hits or _ECHO in document.lines[index] or _PASSED.search(shape.parsed.message):
            continue
        hits = [hit for hit in shape.hits if hit.rule.scope != "log" and hit.rule.kind != "change"]
        if hits:
            wrappers = [hit for hit in hits if hit.rule.wrapper]
            exits = [hit for hit in wrappers if hit.rule.kind == "exit"]
            vague = hits[0].rule.weight <= _VAGUE and hits[0].rule.category is Category.UNKNOWN
            marked.append((index, exits[0] if exits else wrappers[0] if wrappers and vague else hits[0]))
    replays = _replays(document) if marked else []
    return [item for item in marked if not any(item[0] in replay for replay in replays)]


def _replays(document: Document) -> list[range]:
    """Where BuildKit prints the last lines of the instruction that failed once more, below a rule and its name.

    They stand above in full; told twice, the second telling, which begins anywhere, would seem the nearer one.
    """
    found = []
    for start, line in enumerate(document.lines):
        if b" > [" in line and start and (title := _REPLAY.search(line)) and _RULE.search(document.lines[start - 1]):
            end = start + 1
            while end < min(start + _REPLAYED, len(document.lines)) and not _RULE.search(document.lines[end]):
                end += 1
            if any(title[1] in other for other in document.lines[:start]):
                found.append(range(start, end))
    return found


def is_frame(document: Document, index: int) -> bool:
    """Blank lines, what passed, wrappers and marks of the CI service: not what the step has to say of its failure."""
    shape = document.shapes[index]
    message = shape.parsed.message
    if not message.strip() or _BUILDER.match(message) or _PASSED.search(message):
        return True
    if _ECHO in document.lines[index] or message.startswith(_SECTION):
        return True
    return any(hit.rule.wrapper or hit.rule.success for hit in shape.hits)


def _failure_end(marked: list[tuple[int, Hit]]) -> int | None:
    """Where the job turned bad for good: the first final mark, else the last wrapper; None when nothing says so."""
    final = [index for index, hit in marked if hit.rule.wrapper and hit.rule.kind == "exit"]
    if final:
        return final[0]
    wrappers = [index for index, hit in marked if hit.rule.wrapper]
    return wrappers[-1] if wrappers else None


def _step_start(document: Document, marked: list[tuple[int, Hit]], end: int | None, vertex: bytes) -> int:
    """The first line of the step that failed: after the last step that passed, or where its own command stands."""
    if end is None:
        return 0
    start = max((index for index, hit in marked if hit.rule.success and index < end), default=0)
    for index in range(end - 1, start, -1):
        line = document.lines[index]
        # A plain search turns most lines away: a step may begin far above, in a log of any size.
        if (b"#" in line or b"$ " in line or b"Step " in line) and vertex in line and _STEP.search(line):
            return index
    return start


def _reach_of(document: Document, end: int | None) -> int:
    """The last line that may still belong to the failing step: its marks may stand right below its end."""
    if end is None:
        return len(document.lines)
    for index in range(end + 1, min(end + _MARKS_BELOW, len(document.lines) - 1) + 1):
        if _STEP.search(document.lines[index]):
            return index - 1
    return end + _MARKS_BELOW
