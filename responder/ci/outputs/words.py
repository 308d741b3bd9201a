"""The sentences that all outputs share, chosen once: the cause, where it is, whose change it was, what to do."""

import re
from collections.abc import Sequence

from responder.ci.interface import Diagnosis, Group, Kind
from responder.ci.places import without_checkout
from responder.incident import Verdict
from responder.reporting.narrative import bare, capital, named
from responder.reporting.wording import amount, confidence, plural
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
_ECHO = 0.7
"""Of the words of a quoted end, how many may stand in the sentence already."""
_SPELT_COLOUR = re.compile(r"\^\[\[[0-9;]{0,12}[mK]")
_KIND_WORDS = {
    Kind.REGRESSION: "Regression",
    Kind.FLAKY: "Flaky",
    Kind.INFRASTRUCTURE: "Infrastructure",
    Kind.DEPENDENCY: "Dependency",
    Kind.CONFIGURATION: "Configuration",
}


def headline(diagnosis: Diagnosis) -> str:
    """The cause in one sentence, with its odds; names stand between backquotes."""
    report, groups = diagnosis.report, diagnosis.groups
    cause = report.root_cause
    if cause is not None:
        said = _of_tests(groups[0]) if groups and groups[0].tests else capital(bare(named(cause.summary, report)))
        said = shortened(readable(said), _HEADLINE_CHARS)
        return f"{said} ({confidence(cause.confidence)}, {cause.confidence:.2f})"
    if groups and groups[0].tests:
        return shortened(_of_tests(groups[0]), _HEADLINE_CHARS)
    if diagnosis.tests.flaky and not groups:
        return f"{plural(diagnosis.tests.flaky, 'test')} failed and passed on a retry; nothing else failed"
    if report.verdict is Verdict.HEALTHY:
        return "Nothing in the artifacts says that the build failed"
    lead = next((item for item in report.hypotheses if item.status != "ruled_out"), None)
    if lead is None:
        return "Inconclusive: the artifacts do not point to a cause"
    said = shortened(readable(bare(named(lead.summary, report))), _HEADLINE_CHARS)
    return f"Inconclusive. The best candidate: {said} ({confidence(lead.probability)}, {lead.probability:.2f})"


def readable(text: str) -> str:
    """Without what makes a line of a log hard to read aloud: spelt-out colours, folders of the checkout, echoes."""
    return _without_echo(without_checkout(_SPELT_COLOUR.sub("", text)))


def _without_echo(text: str) -> str:
    """Cut off a quoted end that says again what the sentence before it has said."""
    for colon in re.finditer(": ", text):
        head, tail = text[: colon.start()].split(), text[colon.end() :].split()
        said = {word.strip("`():,.") for word in head}
        if len(tail) > 2 and sum(word.strip("`():,.") in said for word in tail) >= _ECHO * len(tail):
            return text[: colon.start()]
    return text


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
    """The kind with its odds and reasons: `Regression (very likely, 0.81): the change touches x.py`."""
    judged = diagnosis.judgement
    because = f": {'; '.join(judged.reasons[:2])}" if judged.reasons else ""
    if judged.kind is Kind.INCONCLUSIVE:
        return f"Nothing decides whether it is the code, the tests or the surroundings{because}."
    odds = f"{confidence(judged.probability)}, {judged.probability:.2f}"
    return f"{_KIND_WORDS[judged.kind]} ({odds}){because}."


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
    """One line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "\u2026"


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
