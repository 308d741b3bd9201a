"""One comment of at most 25 lines: the cause first, then where, what kind, whose change, what to do, what else failed.

A hidden marker names the job, so that a re-run finds its own comment and edits it. Nothing in it is alive: text from
the evidence stands in code or is escaped, mentions and references are broken, and the finished text is parsed again
before anybody posts it.
"""

import re
from collections.abc import Callable, Iterator

from responder.causes.interface import Hypothesis
from responder.ci.interface import Build, Diagnosis, Group
from responder.ci.outputs.words import (
    code,
    culprit_line,
    first_of,
    headline,
    kind_line,
    readable,
    shortened,
    tests_line,
    what_failed,
)
from responder.ci.prefixes import unprefixed
from responder.incident import Verdict
from responder.reporting.excerpt import excerpt
from responder.reporting.pen import AS_IT_STANDS, STRIPPED, Pen
from responder.reporting.sentences import bare, in_words, told
from responder.reporting.wording import amount, plural
from responder.safety.fence import has_live_content

__all__ = ["MARKER", "MOST_LINES", "comment", "job_summary", "marker", "sorry"]

MOST_LINES = 25
MARKER = "magentic-one-responder"
"""What the hidden marker of every comment begins with."""

_QUOTED_LINES, _QUOTED_CHARS = 6, 180
_LEAD_CHARS = 300
"""Of the line that is read first, more is shown: compilers and package managers say why at its end."""
_OTHER_GROUPS = 4
_OTHER_ODDS = 0.1
"""A second cause below one in ten is not worth a line."""
_SUMMARY_GROUPS = 50
_TROUBLE = re.compile(
    r"(?i)(?:error|exception|fatal|fail(?:ed|ure)?|cannot|could not|denied|refused|timed out|no such|not found|no space"
    r"|unknown|invalid|missing|mismatch)\b"
)
_RULED = re.compile(r"\s*(?:\[\w{1,10}\]\s*)?[-=_*~]*\s*")
"""A line that draws a line; at the end of a quotation it says nothing."""
_COMMAND = re.compile(r"(?i)#(?=#(?:vso|teamcity)\[)|^\s*:(?=:)")
"""What a runner would obey, should a step print the comment; what merely colours a line stays as it stands."""
_AFTER_TROUBLE = 40
"""Characters that shall follow the last word of trouble."""


def marker(build: Build) -> str:
    """The hidden first words by which a later run of the same job finds its comment."""
    key = re.sub(r"[^A-Za-z0-9._/ -]", "_", build.job).replace("--", "-").strip() or "build"
    return f"<!-- {MARKER}: {key} -->"


def comment(diagnosis: Diagnosis) -> str:
    """The comment, marker included."""
    return _finished(diagnosis, _comment)


def job_summary(diagnosis: Diagnosis) -> str:
    """The comment's text and a table of everything that failed, for the page of the run."""
    return _finished(diagnosis, _summary)


def sorry(build: Build, said: str) -> str:
    """The comment of a run that could not say anything, with the reason."""
    return f"No diagnosis: {AS_IT_STANDS.say(shortened(said, 300))}\n\n{marker(build)}\n"


def _finished(diagnosis: Diagnosis, write: Callable[[Diagnosis, Pen], list[str]]) -> str:
    """Written with the first pen that leaves nothing alive; with neither, only our own words remain."""
    for pen in (AS_IT_STANDS, STRIPPED):
        text = "\n".join(write(diagnosis, pen))
        if not has_live_content(text):
            return f"{text}\n\n{marker(diagnosis.build)}\n"
    return sorry(diagnosis.build, "the evidence could not be shown safely; report.json holds it")


def _comment(diagnosis: Diagnosis, pen: Pen) -> list[str]:
    lines = [f"**{pen.say(headline(diagnosis))}**", ""]
    lines += _body(diagnosis, pen)
    lines += _others(diagnosis, pen, room=MOST_LINES - 3 - len(lines))
    return lines


def _summary(diagnosis: Diagnosis, pen: Pen) -> list[str]:
    lines = [f"### {pen.say(headline(diagnosis))}", "", *_body(diagnosis, pen)]
    if len(diagnosis.groups) > 1:
        lines += ["", "| what failed | where | how many | seen before |", "| --- | --- | ---: | ---: |"]
        for group in diagnosis.groups[:_SUMMARY_GROUPS]:
            place = group.lead.place or group.lead.span
            cells = (
                _cell(pen.say(what_failed(group))), _cell(pen.code(str(place))), amount(group.count),
                amount(group.seen_before),
            )  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
        if (more := len(diagnosis.groups) - _SUMMARY_GROUPS) > 0:
            lines += ["", f"{plural(more, 'more group')} in `ci/record.json` of the run folder."]
    notes = [f"- {pen.say(note)}" for note in diagnosis.notes[:10]]
    return [*lines, "", *notes] if notes else lines


def _body(diagnosis: Diagnosis, pen: Pen) -> list[str]:
    """What both begin with, below the headline."""
    lines: list[str] = []
    if diagnosis.groups:
        lines += _evidence(diagnosis, diagnosis.groups[0], pen)
    else:
        lines.append(f"- {pen.say(_read(diagnosis))}")
    if diagnosis.verdict is not Verdict.HEALTHY:
        lines.append(f"- {pen.say(kind_line(diagnosis))}")
    if said := culprit_line(diagnosis):
        lines.append(f"- {pen.say(said)}")
    lines += [f"- {pen.say(step)}" for step in _steps(diagnosis)]
    return lines


def _read(diagnosis: Diagnosis) -> str:
    files = diagnosis.report.files
    lines = plural(sum(item.lines for item in files), "line")
    names = first_of([item.path for item in files], 3)
    return f"Read: {lines} of {names}. {tests_line(diagnosis)}" if files else "Nothing could be read."


def _evidence(diagnosis: Diagnosis, group: Group, pen: Pen) -> Iterator[str]:
    lead = group.lead
    quoted, span, read = lead.text, lead.span, 0 if lead.test else lead.span.line - lead.span.line_start
    cause = diagnosis.report.root_cause
    if cause and not lead.test:
        cited = diagnosis.report.cited()[cause.evidence[0]]
        quoted, span, read = cited.text, cited.span, cited.span.line - cited.span.line_start
    where = [f"{pen.code(str(lead.place))}" if lead.place else "", f"from {pen.code(str(span))}"]
    jobs = f"in {plural(len(group.jobs), 'job')}" if len(group.jobs) > 1 else ""
    seen = f"seen in {plural(group.seen_before, 'earlier run')}" if group.seen_before else ""
    tests = pen.say(tests_line(diagnosis))
    yield " \u00b7 ".join(part for part in (*where, tests, jobs, seen) if part)
    yield ""
    yield from pen.block(_quotation(quoted, read)).split("\n")
    yield ""


def _quotation(text: str, read: int) -> str:
    """The telling lines, each as it stands but for the runner's clock; of a long one the part that tells most.

    Args:
        text: The quoted lines.
        read: Which of them is to be read first.
    """
    lines = text.split("\n")
    lead = unprefixed(lines[min(read, len(lines) - 1)])
    shown = excerpt(text, max_lines=_QUOTED_LINES).split("\n")
    if len(shown) > _QUOTED_LINES:
        start = max(0, min(read - 1, len(lines) - _QUOTED_LINES))
        shown = lines[start : start + _QUOTED_LINES]
    bare_lines = [unprefixed(line) for line in shown]
    while len(bare_lines) > 1 and _RULED.fullmatch(bare_lines[-1]):
        bare_lines.pop()
    windows = (_window(line, _LEAD_CHARS if line == lead else _QUOTED_CHARS) for line in bare_lines)
    return "\n".join(_COMMAND.sub(r"\g<0> ", line) for line in windows)


def _window(line: str, width: int) -> str:
    """The beginning of a long line, unless its last word of trouble stands beyond."""
    if len(line) <= width:
        return line
    last = max((match.start() for match in _TROUBLE.finditer(line)), default=0)
    if last < width - _AFTER_TROUBLE:
        return f"{line[: width - 1]}\u2026"
    start = max(0, min(last - width // 3, len(line) - width + 1))
    end = "\u2026" if start + width - 1 < len(line) else ""
    return f"\u2026{line[start : start + width - 1 - len(end)]}{end}"


def _steps(diagnosis: Diagnosis) -> Iterator[str]:
    for step in diagnosis.report.actions.immediate[:1]:
        worked = in_words(shortened(bare(step.verify), 160))
        yield f"Do now: {shortened(bare(step.what), 200)}. It worked when {worked}."
    for other in diagnosis.report.hypotheses[1:]:
        if other.status != "ruled_out" and other.probability >= _OTHER_ODDS and not _told(other, diagnosis):
            told_short = shortened(readable(told(other, diagnosis.report)), 200)
            yield f"Or else ({other.probability:.2f}): {told_short}"
            return


def _told(other: Hypothesis, diagnosis: Diagnosis) -> bool:
    """Whether it rests on a line that stands for one of the groups, and so is told there."""
    cited = diagnosis.report.cited()
    spans = {cited[item].span for item in other.supporting if item in cited}
    return any(
        span.path == told.path and told.line_start <= span.line <= told.line_end
        for group in diagnosis.groups
        for told in group.spans
        for span in spans
    )


def _others(diagnosis: Diagnosis, pen: Pen, *, room: int) -> list[str]:
    """The groups after the first, as many as there is room for."""
    rest = diagnosis.groups[1:]
    shown = rest[: max(0, min(_OTHER_GROUPS, room - 3))]
    if not shown:
        return []
    title = f"Also failed, for {plural(len(rest), 'other reason')}:"
    lines = ["", title, *(f"- {pen.say(_other(group))}" for group in shown)]
    if len(rest) > len(shown):
        lines.append(f"- and {plural(len(rest) - len(shown), 'more group')} in the run's summary")
    return lines


def _other(group: Group) -> str:
    place = f" at {code(str(group.lead.place))}" if group.lead.place else ""
    jobs = f" in {first_of(group.jobs, 2)}" if not group.tests and group.jobs else ""
    return f"{shortened(what_failed(group), 200)}{place}{jobs}"


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", text)
