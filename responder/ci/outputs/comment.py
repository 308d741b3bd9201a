"""One comment of at most 25 lines: the cause first, then where, what kind, whose change, what to do, what else failed.

A hidden marker names the job, so that a re-run finds its own comment and edits it. Nothing in it is alive: text from
the evidence stands in code or is escaped, mentions and references are broken, and the finished text is parsed again
before anybody posts it.
"""

import re
from collections.abc import Callable, Iterator

from responder.causes.interface import Hypothesis
from responder.ci.interface import Build, Diagnosis, Group
from responder.ci.outputs.quotation import quotation
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
from responder.incident import Verdict
from responder.reporting.pen import AS_IT_STANDS, STRIPPED, Pen
from responder.reporting.sentences import bare, in_words, told
from responder.reporting.wording import amount, plural
from responder.safety.fence import has_live_content

__all__ = ["MARKER", "MOST_LINES", "comment", "job_summary", "marker", "sorry"]

MOST_LINES = 25
MARKER = "magentic-one-responder"
"""What the hidden marker of every comment begins with."""

_OTHER_GROUPS = 4
_OTHER_ODDS = 0.1
"""A second cause below one in ten is not worth a line."""
_SUMMARY_GROUPS = 50
_MOST_SKIPPED = 3


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
            origin = _origin(diagnosis.build, pen)
            return "\n\n".join(part for part in (text, origin, marker(diagnosis.build)) if part) + "\n"
    return sorry(diagnosis.build, "the evidence could not be shown safely; report.json holds it")


def _origin(build: Build, pen: Pen) -> str:
    """Which job said this, of which commit: a change request has several, and is built more than once."""
    job = pen.code(build.job) if build.job else ""
    commit = f"at {pen.code(build.commit[:10])}" if build.commit else ""
    attempt = f"attempt {build.attempt}" if build.attempt > 1 else ""
    said = [" ".join(part for part in (job, commit) if part), attempt]
    return " \u00b7 ".join(part for part in said if part) if build.provider != "local" else ""


def _comment(diagnosis: Diagnosis, pen: Pen) -> list[str]:
    lines = [f"**{pen.say(headline(diagnosis))}**", ""]
    lines += _body(diagnosis, pen)
    lines += _others(diagnosis, pen, room=MOST_LINES - 5 - len(lines))
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
        lines += [f"- {pen.say(said)}" for said in _read(diagnosis)]
    if diagnosis.verdict is not Verdict.HEALTHY and (said := kind_line(diagnosis)):
        lines.append(f"- {pen.say(said)}")
    if said := culprit_line(diagnosis):
        lines.append(f"- {pen.say(said)}")
    lines += [f"- {pen.say(step)}" for step in _steps(diagnosis)]
    return lines


def _read(diagnosis: Diagnosis) -> Iterator[str]:
    """What there was to read, and what could not be."""
    files = diagnosis.report.files
    if files:
        lines = plural(sum(item.lines for item in files), "line")
        yield f"Read: {lines} of {first_of([item.path for item in files], 3)}. {tests_line(diagnosis)}"
    for item in diagnosis.report.skipped[:_MOST_SKIPPED]:
        yield f"Not read: {code(item.path)}: {item.reason}{f'; {item.hint}' if item.hint else ''}."


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
    yield from pen.block(quotation(quoted, read)).split("\n")
    yield ""


def _steps(diagnosis: Diagnosis) -> Iterator[str]:
    faults = diagnosis.report.beside()
    for step in diagnosis.report.actions.immediate[: 1 + len(faults)]:
        worked = in_words(shortened(bare(step.verify), 160))
        yield f"Do now: {shortened(bare(step.what), 200)}. It worked when {worked}."
    for other in diagnosis.report.hypotheses[1:]:
        open_still = other.status != "ruled_out" and other not in faults
        if open_still and other.probability >= _OTHER_ODDS and not _told(other, diagnosis):
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
