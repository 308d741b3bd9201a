"""Steps to take: take back the change that set it off, mend what led up to it, then what the rules of the fault say.

What a category has to say stands back behind what a rule knows better, and a roll-back of "the release" behind one that
names it. Findings of another kind than the fault have steps against their own kind, which nobody needs here.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from responder.causes.changes import Change
from responder.causes.stories import Story
from responder.incident import ComponentKind
from responder.patterns import lazy
from responder.triage.interface import Finding, Remedy
from responder.triage.signatures import remedies_for as usual_for

__all__ = ["remedies_for"]

_MOST = 6
_PLACE = lazy(r"\{(?P<names>\w+(?:,\w+)*)\|(?P<otherwise>[^}]*)\}")
_LONGEST_NAME = 120


def remedies_for(story: Story) -> tuple[Remedy, ...]:
    """Remedies of one story, each once, the most direct first."""
    change = story.change if story.change and story.change.component else None
    taken_back = [_take_back(change, story.primary)] if change else []
    stated = [(remedy, finding) for remedy, finding in _stated(story) if not (remedy.takes_back and change)]
    better = {
        remedy.prevents for remedy, finding in stated if finding not in story.led_by and not _usual(remedy, finding)
    }
    kept = [
        _filled(remedy, story, finding)
        for remedy, finding in stated
        if not (_usual(remedy, finding) and remedy.prevents in better)
    ]
    return tuple(_each_once([*taken_back, *kept]))[:_MOST]


def _stated(story: Story) -> Iterator[tuple[Remedy, Finding]]:
    """What the signs that say why it came ask for, then the findings of the fault's own kind, then its kind."""
    for sign in story.led_by:
        if sign.category is not story.category:
            yield from ((remedy, sign) for remedy in sign.remedies if not _usual(remedy, sign))
    same = (finding for finding in story.findings if finding.category is story.category)
    for finding in (story.primary, *same):
        yield from ((remedy, finding) for remedy in finding.remedies)
    yield from ((remedy, story.primary) for remedy in usual_for(story.category))


def _usual(remedy: Remedy, finding: Finding) -> bool:
    """Whether it is said of every fault of a kind, and no rule said it of this one."""
    return remedy in usual_for(finding.category)


def _each_once(remedies: Iterable[Remedy]) -> Iterator[Remedy]:
    told: set[str] = set()
    for remedy in remedies:
        if remedy.what not in told:
            told.add(remedy.what)
            yield remedy


def _filled(remedy: Remedy, story: Story, finding: Finding) -> Remedy:
    """The step with the names that its finding holds."""
    known = {name.rstrip("0123456789"): value for name, value in sorted(finding.captures.items(), reverse=True)}
    known["component"] = story.component or ""
    if story.kind is ComponentKind.TEST:
        known.setdefault("test", known["component"])

    def value(place: re.Match[str]) -> str:
        names = (" ".join(known.get(name, "").split()) for name in place["names"].split(","))
        name = next((name for name in names if name and "`" not in name and len(name) <= _LONGEST_NAME), "")
        return f"`{name}`" if name else place["otherwise"]

    what, verify, undo = (_PLACE.sub(value, text) for text in (remedy.what, remedy.verify, remedy.undo))
    if verify and verify == finding.next_check:  # where to look, which is no sign that it worked
        verify = f"A fresh copy of `{finding.span.path}` no longer shows this line."
    return replace(remedy, what=what, verify=verify, undo=undo)


def _take_back(change: Change, primary: Finding) -> Remedy:
    old, new = change.values
    if old and change.setting:
        what = f"Set `{change.setting}` of `{change.component}` back from {new or 'its new value'} to {old}."
        undo = f"Set `{change.setting}` to {new} again." if new else "Set the new value again."
    elif change.version:
        what = f"Roll `{change.component}` back to the release before {change.version}."
        undo = f"Roll {change.version} out again."
    else:
        what = f"Take back the change of `{change.component}` ({change.findings[0].span})."
        undo = "Make the change again."
    needle = primary.needle.strip()
    seen = f"`{needle}`" if needle and "`" not in needle else "the failure"
    return Remedy(what=what, verify=f"No new record of {seen} in {_where(primary)}.", undo=undo)


def _where(primary: Finding) -> str:
    """The component's log where it is one: its next process may write into a file of another name."""
    own = primary.component and primary.component in primary.span.path
    return f"the log of `{primary.component}`" if own else f"`{primary.span.path}`"
