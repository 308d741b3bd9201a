"""Summaries as a person would say them: nothing twice, quotations marked as such, a reason where one stands.

The cause engine ends a summary with the line it rests on. Read aloud, that line often says again what the sentence
has said (`x fails: --- FAIL: x (0.00s)`), or is log text in the middle of prose. And `x fails` alone is a symptom:
the lines below it in the quotation mostly say why.
"""

import re
from collections.abc import Sequence

from responder.causes.interface import Evidence
from responder.incident import Category
from responder.patterns import lazy
from responder.reporting.excerpt import window
from responder.safety.sanitise import sanitise

__all__ = ["aloud", "telling_line"]

_SPELT_COLOUR = lazy(r"\^\[\[[0-9;]{0,12}[mK]")
_CLOCK = lazy(
    r"(?:[^\t\n]{1,80}\t[^\t\n]{1,80}\t)?\ufeff?\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}Z "
    r"|#\d{1,4} \d{1,6}\.\d{1,6} "
)
"""What runners and builders write before a program's words."""
_WORD = lazy(r"[^\s`'\"(),;:\[\]{}]+")
_SAYS_NOTHING = frozenset(
    [
        "a",
        "an",
        "and",
        "the",
        "of",
        "in",
        "at",
        "to",
        "is",
        "was",
        "it",
        "for",
        "on",
        "by",
        "with",
        "here",
        "not",
        "no",
        "ok",
        "ko",
        "error",
        "errors",
        "err",
        "fatal",
        "fail",
        "fails",
        "failed",
        "failure",
        "failures",
        "failing",
        "found",
        "test",
        "tests",
        "execution",
        "task",
        "command",
        "script",
        "step",
        "line",
        "sh",
        "bash",
        "zsh",
        "---",
        "===",
        "***",
        "e",
    ]
)
"""Words of a quoted end that add nothing to a sentence which names the same thing."""
_MEASURE = lazy(r"[\d.|ms]+|[a-z]{1,3}\d{3,6}")
"""A duration, a number, or the code of an error."""
_ECHO = 0.7
"""Of the telling words of a quoted end, how many may stand in the sentence already."""
_SHORT = 3
_RESULT = lazy(r"^(?:not )?ok \d{1,6} (?:- )?")
_STATUS = lazy(r"\W{0,4}(?:\[(?:FAIL(?:ED)?|ERROR|PANICKED|TIMEDOUT|[\d.]{1,9} ?(?:m?s|seconds?))\]\s{0,3}){1,4}")
"""How a test ended and how long that took, which names neither the test nor the reason."""
_LEAST_QUOTE = 4
_MOST_QUOTED = 200
_REASON_LINES = 6
_REASON_CHARS = 160
_UNKNOWN_USE = "; what used it up is not in the evidence"
"""What the cause engine adds to a sentence about something that ran out."""
_WHERE = lazy(r" \(`[^`]{1,200}`\)$")
_FAILS = lazy(r"\bfails?(?: in a browser)?(?: \(`[^`]{1,200}`\))?$")
_FRAME = lazy(r"^\s*(?:at \S|File \"|from /|in /|#\d+ |\.{3} \d+ more|\^|[-=~_.]{3,})")
_AGAIN = lazy(r"--- FAIL|=== RUN|\bFAILED\b|\bPASS(?:ED)?\b")
_REASON = lazy(
    r"[A-Z]\w{2,60}(?:Error|Exception|Failure)\b:? ?\S|^\s*\S{1,120}:\d+: \S"
    r"|\b(?:[Ee]xpected|[Aa]ssert\w*|panic:|want(?:ed)?\b|(?:did|was|were|is|does) not )"
)
_GRADLE = lazy(r"> (?!Task |There were |Run with |See the )\S")
"""Gradle's reason for the failure of a task, below the line that names the task."""
_UNFINISHED = lazy(r":$|\berror: \[GHC-\d{1,7}\](?: \[.{1,80}\])?$")
"""What is wrong stands on the line below."""
_ENOUGH = 20
"""Characters at the end of a line by which it is known again."""
_STAMP = lazy(r"^\W{0,2}\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?[\])]?\s+")
_MESSAGE = lazy(r"\"(?:msg|message|log|error|reason)\" ?: ?\"(?P<said>(?:[^\"\\]|\\.){8,})\"")
_DRAWN = lazy(
    r"^(?:\[\d\d:\d\d:\d\d\]:? {1,4}"
    r"|(?:@?[\w./-]{1,80}:(?:build|test|lint|typecheck)|@[\w.-]{1,60}/[\w.-]{1,60}"
    r"|(?:[\w.@-]{1,60}/){1,4}[\w.@-]{1,60} (?:build|test|lint)): {1,8}|[a-z][\w-]{1,60} {2,40}> "
    r"|(?:\[\w{1,8}\] )?(?:[-*|#>+\u2502\u25b8\u2716\u2717\u2718\u2a2f\u274c\u25cf\u2022!]|==>|\u2500{2,4})\s{1,4}"
    r"){1,4}(?=.*\w)|^\[(?:info|error|junit|javac)\] ",
    re.IGNORECASE,
)
"""Bullets, borders of tables and marks of comments before a program's own words."""
_BORDER = lazy(r"(?:\s{1,80}[|{\u2502]){1,4}$|\s{0,4}[-=_\u2500\u2550]{4,200}$")
"""The right border of a table and what opens in it, a rule to the end of the line."""
_QUOTE_CHARS = 140
_TWICE = lazy(
    r"`?(?P<name>[\w./+-]{3,200})`? (?P<says>[^:`]{3,60}?)(?: \(`[^`]{1,200}`\))?: "
    r"(?P<again>[\w./+-]{3,200}):(?P<line>\d{1,7})(?::\d{1,5})?:? (?=\S)"
)
_IN_BRACKETS = lazy(
    r"(?P<says>[^:`]{3,80}) \(`(?P<name>[^`]{3,200})`\): `?(?P=name)`?:(?P<line>\d{1,7})(?::\d{1,5})?:? (?=\S)"
)
_AT_THE_END = lazy(
    r"(?P<says>[^:`]{3,80} )`?(?:\./)?(?P<name>[\w./+-]{3,200})`?: (?:\./)?(?P=name)"
    r"(?:: ?|\(|\[|, line )(?P<line>\d{1,7})(?:[:,] ?\d{1,5})?[)\]]?:? (?=\S)"
)
"""`A check objects to x.go: x.go:63:3: unused`."""
_SUBJECT_TWICE = lazy(
    r"`?(?=[^\s`]{0,200}[./_:\d-])(?P<name>[^\s`]{3,200})`? (?P<says>[^:`]{3,60}): `?(?P=name)`?:? (?=\S)"
)
_PLACE = lazy(r"^\S{1,120}\.\w{1,6}:\d+: (?=\S)")


def aloud(summary: str, evidence: Sequence[Evidence] = (), category: Category | None = None) -> str:
    """A summary without echoes, its quotation between backquotes, and with the reason that the evidence gives.

    Args:
        summary: Of a hypothesis or root cause, as the cause engine put it.
        evidence: What it rests on, strongest first; what is quoted must stand there to be marked.
        category: Of the cause; only tests and code have a reason below the line that names them.
    """
    text = _CLOCK.sub("", _SPELT_COLOUR.sub("", summary)).strip().rstrip(" .:")
    text = _place_once(text)
    text = _marked(_without_echo(text), evidence)
    if evidence and _FAILS.search(text) and category and category.family in ("test_failure", "code_defect"):
        if reason := _reason_below(evidence[0]):
            text = f"{text}: `{reason}`"
    elif evidence and (rest := _rest_below(evidence[0], text)):
        text = f"{text}: `{rest}`"
    return text


def telling_line(item: Evidence) -> str:
    """The line to read first as it stands, without its clock; of a structured record its message; empty for no words.

    Of a long line the part that tells most, with marks for what was left out.
    """
    lines = item.text.split("\n")
    line = sanitise(lines[max(0, min(item.span.line - item.span.line_start, len(lines) - 1))])
    line = _STAMP.sub("", _CLOCK.sub("", _SPELT_COLOUR.sub("", line))).strip()
    if line.startswith(("{", '"')) and (message := _MESSAGE.search(line)):
        line = message["said"]
    line = line.replace("`", "'").rstrip(" :")
    if not re.search(r"[^\W\d_]{3}", line):
        return ""
    return window(line, _QUOTE_CHARS)


def _place_once(text: str) -> str:
    """`x.go:135 does not compile: undefined` of `x.go does not compile: x.go:135:3: undefined`."""
    if beside := _IN_BRACKETS.match(text):
        return f"{beside['says']} (`{beside['name']}:{beside['line']}`): {text[beside.end() :]}"
    if end := _AT_THE_END.match(text):
        return f"{end['says']}`{end['name']}:{end['line']}`: {text[end.end() :]}"
    if again := _SUBJECT_TWICE.match(text):
        return f"`{again['name']}` {again['says']}: {text[again.end() :]}"
    match = _TWICE.match(text)
    if match is None or match["name"] != match["again"]:
        return text
    return f"`{match['name']}:{match['line']}` {match['says']}: {text[match.end() :]}"


def _without_echo(text: str) -> str:
    """Cut off a quoted end that says again what the sentence before it has said."""
    for colon in re.finditer(": ", text):
        head, tail = text[: colon.start()], _RESULT.sub("", text[colon.end() :])
        said = {word.strip(".") for word in _WORD.findall(head.lower())}
        words = [word for each in _WORD.findall(tail.lower()) if re.search(r"\w", word := each.strip("."))]
        telling = [word for word in words if word not in _SAYS_NOTHING and not _MEASURE.fullmatch(word)]
        telling = telling or words
        if _STATUS.fullmatch(tail):
            return head.rstrip(" .")
        if len(tail) > _SHORT and sum(word in said for word in telling) >= _ECHO * len(telling):
            return head.rstrip(" .")
    return text


def _marked(text: str, evidence: Sequence[Evidence]) -> str:
    """The longest end that stands in the evidence word for word, as a quotation."""
    if not evidence:
        return text
    known, unknown, _ = text.partition(_UNKNOWN_USE)
    text, where = _where_apart(known)
    where += unknown
    originals = " ".join(" ".join(_CLOCK.sub("", sanitise(item.text)).split()) for item in evidence[:2])
    for colon in re.finditer(": ", text):
        head, tail = text[: colon.start()], text[colon.end() :]
        bare = tail.rstrip("\u2026. ")
        if len(bare.split()) < _LEAST_QUOTE or bare not in originals:
            continue
        if "`" in tail:  # the program's own; in a quotation between backquotes there can be none
            return f"{head}: `{_as_it_stands(tail, evidence).replace('`', chr(39))}`{where}"
        before, _, clause = head.rpartition(": ")
        if before and clause in originals:  # the same line, with its end told first
            return f"{before}: `{_as_it_stands(clause, evidence)}`{where}"
        return f"{head}: `{_as_it_stands(tail, evidence)}`{where}"
    return f"{text}{where}"


def _as_it_stands(quoted: str, evidence: Sequence[Evidence]) -> str:
    """The quotation with the spaces that the log has between its words, and without what is drawn before them."""
    words = _BORDER.sub("", _DRAWN.sub("", quoted)).split()
    spaced = re.compile(r"[ \t]{1,200}".join(map(re.escape, words)))
    found = (spaced.search(_CLOCK.sub("", sanitise(item.text))) for item in evidence[:2])
    return window(next((match[0] for match in found if match), " ".join(words)), _MOST_QUOTED)


def _where_apart(text: str) -> tuple[str, str]:
    """The sentence, and the place or component that stands in brackets at its end."""
    match = _WHERE.search(text)
    return (text[: match.start()], match[0]) if match else (text, "")


def _reason_below(item: Evidence) -> str:
    """The line under the one that names the failure which says why; empty when none does."""
    lines = item.text.split("\n")
    at = min(item.span.line - item.span.line_start, len(lines) - 1)
    expected = False
    for line in lines[at + 1 : at + 1 + _REASON_LINES]:
        line = _CLOCK.sub("", sanitise(line)).strip()
        if line.startswith("=== "):  # the next test of a Go package begins
            break
        if not line or _FRAME.match(line) or _AGAIN.search(line):
            continue
        of_task = _GRADLE.match(line)
        if of_task and " " not in line[of_task.end() :]:
            expected = True  # the file that Gradle found at fault; what is wrong with it stands below
        elif expected or of_task or _REASON.search(line):
            return _clipped(_PLACE.sub("", _DRAWN.sub("", line)))
    return ""


def _rest_below(item: Evidence, text: str) -> str:
    """The line under one that ends in a colon, where the text quotes that one to its end; empty otherwise."""
    lines = sanitise(item.text).split("\n")
    at = min(item.span.line - item.span.line_start, len(lines) - 1)
    lead = lines[at].strip()
    if not _UNFINISHED.search(lead) or not text.endswith(f"{lead[-_ENOUGH:].rstrip(' :.')}`"):
        return ""
    below = next((line for line in (_CLOCK.sub("", line).strip() for line in lines[at + 1 :]) if line), "")
    if _FRAME.match(below) or _AGAIN.search(below) or not re.search(r"[^\W\d_]{3}", below):
        return ""
    return _clipped(_DRAWN.sub("", below))


def _clipped(line: str) -> str:
    said = line.replace("`", "'")
    return said if len(said) <= _REASON_CHARS else f"{said[: _REASON_CHARS - 1].rstrip()}\u2026"
