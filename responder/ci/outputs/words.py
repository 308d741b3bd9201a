"""The sentences that all outputs share, chosen once: the cause, where it is, whose change it was, what to do."""

from collections.abc import Sequence

from responder.ci.interface import Diagnosis, Group, Kind
from responder.ci.places import without_checkout
from responder.incident import Verdict
from responder.patterns import lazy
from responder.reporting.sentences import bare, capital, in_words, told
from responder.reporting.wording import amount, likely, plural
from responder.safety.fence import bounded
from responder.safety.sanitise import sanitise

__all__ = [
    "code",
    "culprit_line",
    "first_of",
    "headline",
    "kind_line",
    "plain_line",
    "readable",
    "shortened",
    "tests_line",
    "what_failed",
]

_HEADLINE_CHARS = 300
_MOMENT = lazy(r" at \d\d:\d\d:\d\d UTC\b")
_KIND_WORDS = {
    Kind.REGRESSION: "Regression in the code or its tests",
    Kind.FLAKY: "Flaky: the same code passes at other times",
    Kind.INFRASTRUCTURE: "Infrastructure: the runner, the network or a service of others",
    Kind.DEPENDENCY: "Dependency: a package that cannot be had, or that changed",
    Kind.CONFIGURATION: "Configuration of the pipeline, its settings or its tools",
}
_LONGEST_WORD = 30
"""A word that is cut says less than none; one longer than this is cut all the same."""
_MONSTER = lazy(r"[^\s`]{100,}")
_WORD_HEAD, _WORD_TAIL = 50, 35
_SPACES = lazy(r"\s+")
_WORTH_NAMING = 0.2
_ALONE = ", judged by the failure alone: no earlier run or change is known"


def headline(diagnosis: Diagnosis) -> str:
    """The cause in one sentence, with its odds; names stand between backquotes."""
    report, groups = diagnosis.report, diagnosis.groups
    cause = report.root_cause
    if cause is not None:
        said = _of_tests(groups[0]) if groups and groups[0].tests else capital(told(cause, report))
        said = shortened(_bearable(readable(said)), _HEADLINE_CHARS)
        if report.beside():
            return _of_several(said, diagnosis)
        return f"{said} ({likely(cause.confidence)})"
    if groups and groups[0].tests:
        return shortened(_bearable(_of_tests(groups[0])), _HEADLINE_CHARS)
    if diagnosis.tests.flaky and not groups:
        return f"{plural(diagnosis.tests.flaky, 'test')} failed and passed on a retry; nothing else failed"
    if not report.files:
        return f"No diagnosis: {_unread(diagnosis)}"
    if report.verdict is Verdict.HEALTHY:
        return "Nothing in the artifacts says that the build failed"
    lead = next((item for item in report.hypotheses if item.status != "ruled_out"), None)
    if lead is None:
        return "Inconclusive: the artifacts do not point to a cause"
    said = shortened(_bearable(readable(in_words(told(lead, report)))), _HEADLINE_CHARS)
    return f"Inconclusive. The best candidate: {said} ({likely(lead.probability)})"


def _of_several(first: str, diagnosis: Diagnosis) -> str:
    """Independent faults share the odds; what is sure is said of them together."""
    report = diagnosis.report
    faults = report.beside()
    together = sum(item.probability for item in report.hypotheses[:1]) + sum(item.probability for item in faults)
    room = _HEADLINE_CHARS // (len(faults) + 1)
    texts = [first, *(readable(told(item, report)) for item in faults)]
    each = "; ".join(f"({place}) {shortened(in_words(text), room)}" for place, text in enumerate(texts, start=1))
    number = "Two" if len(faults) == 1 else str(len(faults) + 1)
    return f"{number} independent faults (together {likely(min(1.0, together))}): {each}"


def _unread(diagnosis: Diagnosis) -> str:
    """Why there was nothing to read."""
    skipped = [f"{code(item.path)} could not be read: {item.reason}" for item in diagnosis.report.skipped]
    reasons = [*skipped, *(bare(text) for text in diagnosis.report.not_checked), "nothing could be read"]
    return shortened(reasons[0], _HEADLINE_CHARS)


def readable(text: str) -> str:
    """Without what belongs to one run alone: folders of the runner's checkout, a moment within a sentence.

    A sentence between backquotes is a quotation, and stays as the log has it.
    """
    parts = text.split("`")
    for number, part in enumerate(parts):
        if not number % 2:
            parts[number] = _MOMENT.sub("", without_checkout(part))
        elif " " not in part:
            parts[number] = without_checkout(part)
    return "`".join(parts)


def _bearable(text: str) -> str:
    """Without the middle of words that nobody reads: generated names, encoded addresses."""
    return _MONSTER.sub(lambda word: f"{word[0][:_WORD_HEAD]}\u2026{word[0][-_WORD_TAIL:]}", text)


def _of_tests(group: Group) -> str:
    """A failing test by name says more than the rule that recognised it."""
    message = shortened(group.lead.title.removeprefix(f"{group.lead.test}: "), 200)
    if group.count > 1:
        others = plural(group.count - 1, "other test")
        return f"{code(group.lead.test)} and {others} fail: {message}"
    return f"{code(group.lead.test)} fails: {message}"


def what_failed(group: Group) -> str:
    """What one group is about: its test and message, or the line that says why."""
    lead = group.lead
    if not lead.test:
        return shortened(lead.title, 200)
    message = lead.title.removeprefix(f"{lead.test}: ")
    others = f" and {plural(group.count - 1, 'more test')}" if group.count > 1 else ""
    return f"{code(lead.test)}{others}: {shortened(message, 200)}"


def kind_line(diagnosis: Diagnosis) -> str:
    """The kind with its odds and reasons: `Regression in the code or its tests (very likely, 0.81); the change ...`.

    Empty where nothing was read.
    """
    judged = diagnosis.judgement
    if not diagnosis.report.files:
        return ""
    if judged.kind is Kind.INCONCLUSIVE:
        because = f": {'; '.join(judged.reasons[:2])}" if judged.reasons else ""
        shares = sorted(judged.shares.items(), key=lambda item: (-item[1], item[0].value))[:2]
        # Of a failure that nothing shows, what is usual says nothing.
        named = shares if diagnosis.groups else []
        between = " and ".join(f"{kind.value} ({share:.2f})" for kind, share in named if share >= _WORTH_NAMING)
        return (
            f"Undecided between {between}{because}."
            if " and " in between
            else f"What kind of failure it is stays open{because}."
        )
    because = f"; {'; '.join(judged.reasons[:2])}" if judged.reasons else _ALONE
    return f"{_KIND_WORDS[judged.kind]} ({likely(judged.probability)}){because}."


def culprit_line(diagnosis: Diagnosis) -> str:
    """Whose change it was and why we think so; empty when nothing says."""
    found = diagnosis.culprit
    if found is None:
        return ""
    commit = found.commit
    when = f" of {commit.when:%Y-%m-%d}" if commit.when else ""
    subject = shortened(commit.subject, 90)
    lead = "Look at" if found.since_good else "The line is as old as"
    return f"{lead} {code(commit.sha[:10])}{when} by {commit.author}, {code(subject)}: {found.because}."


def tests_line(diagnosis: Diagnosis) -> str:
    """How many tests failed, `2 of 48 tests failed`; empty where there are no test results."""
    totals = diagnosis.tests
    ran = totals.passed + totals.failed + totals.flaky
    if not ran:
        return ""
    flaky = f", {amount(totals.flaky)} passed on a retry only" if totals.flaky else ""
    return f"{amount(totals.failed)} of {plural(ran, 'test')} failed{flaky}"


def shortened(text: str, limit: int) -> str:
    """One line of at most `limit` characters, cut between words where it can be; quotations keep their spaces."""
    line = _on_one_line(text)
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    space = cut.rfind(" ")
    if line[limit - 1] != " " and space > max(0, limit - _LONGEST_WORD):
        cut = cut[:space]
    cut = cut.rstrip()
    if cut.count("`") % 2 == 0:
        return f"{cut}\u2026"
    cut = cut[: limit - 2].rstrip(" `")
    return f"{cut}\u2026`" if cut.count("`") % 2 else f"{cut}\u2026"


def _on_one_line(text: str) -> str:
    """The words with single spaces between them; what stands between backquotes as it is but for line breaks."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return " ".join(text.split())
    words = (part if number % 2 else _SPACES.sub(" ", part) for number, part in enumerate(parts))
    return " ".join("`".join(words).split("\n")).strip()


def plain_line(text: str, limit: int) -> str:
    """Words for a reader without Markdown: one safe line, names without their backquotes."""
    return shortened(sanitise(bounded(text, max(60, limit * 4))).replace("`", ""), limit)


def code(text: str) -> str:
    """A name between backquotes; those it holds would end it."""
    return f"`{text.replace('`', chr(39))}`"


def first_of(names: Sequence[str], most: int) -> str:
    """Some names and how many more there are."""
    shown = ", ".join(code(shortened(name, 120)) for name in names[:most])
    more = len(names) - most
    return f"{shown} and {amount(more)} more" if more > 0 else shown
