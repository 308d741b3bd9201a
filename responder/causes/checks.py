"""Predictions that code can test in the original records: what must be so if a hypothesis is true, and could fail.

For the leading hypothesis they are the order and the number it claims. A rival is asked for what it would need to be
the cause instead, so that confirming one speaks against the other.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from responder.causes.evidence import Candidate, Numbered
from responder.causes.interface import Check
from responder.causes.wording import clock
from responder.patterns import lazy
from responder.triage.interface import Finding

__all__ = ["checks_for"]

_MOST_CHECKS = 4
_ENOUGH = 10
"""A count is asked for up to here: copies of very large files hold only windows, and more proves nothing more."""
_NEEDLE_SHARE = 5
"""A rule may count several wordings, of which a literal finds one; so only this part of the count is asked for."""
_CLOCKS_AGREE = timedelta(seconds=1)
"""What the clocks of two writers may be apart without either being wrong."""
_FAILING = lazy(
    r"err|fail|fatal|panic|exception|refus|reject|den[iy]|time[ds]?[ -]?out|unavailable|cannot|could not|unable|"
    r"not found|no such|\bno\b|lost|abandon|giving up|kill|oom|exhaust|reserved|too many|expired|invalid|missing|"
    r"\bfull\b|abort|broken|reset|unreachable|back-?off|unhealthy|exceeded|crash|terminated|violat|duplicate|assert|"
    r"\b5\d\d\b",
    re.IGNORECASE,
)
"""A literal without such a word also stands in lines of success, and proves nothing by where it first occurs."""


def checks_for(candidate: Candidate, lead: Candidate, numbered: Numbered) -> tuple[Check, ...]:
    """Predictions of one hypothesis, the most telling first; none when nothing about it can be searched for."""
    made = _of_the_lead(candidate, numbered) if candidate is lead else _of_a_rival(candidate, lead, numbered)
    return tuple(made)[:_MOST_CHECKS]


def _of_the_lead(lead: Candidate, numbered: Numbered) -> Iterator[Check]:
    story = lead.story
    root, root_id = story.primary, numbered.of(story.primary)
    if root_id is None or not _searchable(root):
        return
    # What no log says has no template: its count is of spans, samples or repeats of an event, not of lines.
    many = max(1, min(root.count // _NEEDLE_SHARE, _ENOUGH)) if root.template else 1
    said = f"the failure is recorded at least {many} times" if many > 1 else "the line that states the fault is there"
    yield Check("count_at_least" if many > 1 else "present", said, root_id, root.needle, count=many)
    change = story.change.telling if story.change else None
    change_id = numbered.of(change) if change is not None and change is not root else None
    if change is not None and change_id and _fails(root) and _ordered(change, root):
        told = f"no failure is recorded before the change at {clock(change.timestamp)}"
        yield Check("absent_before", told, root_id, root.needle, change_id, change.needle)
    if story.is_build:
        return  # In a build the order of lines is the order of steps, and proves nothing about causes.
    for victim in _consequences(lead):
        victim_id = numbered.of(victim)
        if victim_id and victim.needle != root.needle and _fails(victim) and _ordered(root, victim):
            told = f"the failures in `{victim.span.path}` ({victim_id}) begin only after {root_id}"
            yield Check("absent_before", told, victim_id, victim.needle, root_id, root.needle)


def _of_a_rival(rival: Candidate, lead: Candidate, numbered: Numbered) -> Iterator[Check]:
    mine, theirs = rival.story.primary, lead.story.primary
    mine_id, theirs_id = numbered.of(mine), numbered.of(theirs)
    if lead.story.is_build:
        return  # As above.
    if mine_id is None or theirs_id is None or mine_id == theirs_id:
        return
    if not _searchable(mine) or not _fails(theirs) or mine.needle == theirs.needle:
        return
    if _fails(mine) and (mine.timestamp is None or theirs.timestamp is None or mine.timestamp > theirs.timestamp):
        told = f"if this were the cause, {mine_id} would come before {theirs_id}"
        yield Check("precedes", told, mine_id, mine.needle, theirs_id, theirs.needle)
        return
    for victim in _consequences(lead):
        victim_id = numbered.of(victim)
        if victim_id and victim_id not in (mine_id, theirs_id) and _fails(victim):
            told = f"if this alone were the cause, what {victim_id} shows would begin before {theirs_id}"
            yield Check("precedes", told, victim_id, victim.needle, theirs_id, theirs.needle)
            return


def _consequences(lead: Candidate) -> Iterator[Finding]:
    """What the leading hypothesis brought about, elsewhere and at its own place."""
    yield from lead.explained
    yield from (finding for finding in lead.story.findings if finding.role == "symptom")


def _searchable(finding: Finding) -> bool:
    return len(finding.needle) >= 4 and "\n" not in finding.needle and finding.needle in finding.text


def _fails(finding: Finding) -> bool:
    """Whether the literal of a finding can only stand in lines of failure, so that its first place means something."""
    return _searchable(finding) and bool(_FAILING.search(finding.needle))


def _ordered(first: Finding, second: Finding) -> bool:
    """Whether the order of two findings is known well enough to stake a prediction on it."""
    if not _searchable(first) or not _searchable(second):
        return False
    if first.span.path == second.span.path:
        return first.span.line < second.span.line
    return (
        first.timestamp is not None
        and second.timestamp is not None
        and first.timestamp + _CLOCKS_AGREE <= second.timestamp
    )
