"""Steps to take: first take back the change that set it off, then what the rules of the fault say."""

from responder.causes.changes import Change
from responder.causes.stories import Story
from responder.triage.interface import Finding, Remedy

__all__ = ["remedies_for"]

_MOST = 6


def remedies_for(story: Story) -> tuple[Remedy, ...]:
    """Remedies of one story, each once, the most direct first."""
    remedies = [_take_back(story.change, story.primary)] if story.change and story.change.component else []
    for finding in (story.primary, *story.findings):
        remedies += [remedy for remedy in finding.remedies if remedy.what not in {known.what for known in remedies}]
    return tuple(remedies[:_MOST])


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
    return Remedy(what=what, verify=f"No new record of {seen} in {primary.span.path}.", undo=undo)
