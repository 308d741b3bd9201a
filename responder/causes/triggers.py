"""What set a fault off: the change that fits it, and the signs that led up to it.

A change becomes part of the story it set off. It stays a story of its own only when nothing else took it, and it names
the fault only where nothing more exact is known: a release a moment before exceptions that no rule explains.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from responder.causes.changes import LOOK_BACK, SHORTLY, Change, focus_on, group_changes, names_value, nearest_change
from responder.causes.graph import EvidenceGraph
from responder.causes.situation import Situation, canonical, not_after
from responder.causes.stories import Story, is_effect
from responder.incident import Category
from responder.triage.interface import Finding

__all__ = ["add_changes", "lead_up"]

_MOST_SHOWN = 20
_MOST_TEXT = 4000
_UNEXPLAINED = frozenset({Category.UNKNOWN, Category.CODE_EXCEPTION, Category.CODE_LOGIC})
"""Faults that a release a moment before explains better than their own name does."""
_OWN_FAULT = frozenset({"resource_exhaustion", "data", "infrastructure", "security"})
"""Families of faults that a changed value, however often repeated, does not rename."""
_NEVER = datetime.max.replace(tzinfo=UTC)


def lead_up(story: Story, situation: Situation) -> tuple[Finding, ...]:
    """The first signs that rules connect with this fault, before it, in the same place or something it stands on.

    One that is of another kind than the fault says why; one of the same kind only that it came. At most one of each.
    """
    shown, begun = (story.stated or story.findings)[:_MOST_SHOWN], story.first
    signs = [
        finding
        for finding in situation.context
        if finding.explains
        and finding.timestamp is not None
        and begun is not None
        and finding.timestamp < begun
        and any(is_effect(effect, frozenset(finding.explains)) for effect in shown)
        and (situation.graph.related(finding.component, story.component) or _names(finding, story.component))
    ]
    signs.sort(key=lambda f: (f.timestamp or _NEVER, canonical(f)))
    why = next((sign for sign in signs if sign.category is not story.category), None)
    that = next((sign for sign in signs if sign.category is story.category), None)
    return tuple(sign for sign in signs if sign is why or sign is that)


def _names(finding: Finding, component: str | None) -> bool:
    """Whether a message holds a component's name, be it inside of a longer one: `auth-tls` is about `auth`."""
    return component is not None and bool(re.search(rf"\b{re.escape(component)}\b", finding.text[:_MOST_TEXT]))


def add_changes(stories: list[Story], situation: Situation) -> list[Story]:
    """Give each story the change that set it off; a change that nothing took is a story if failures followed it."""
    changes = group_changes(situation)
    told = [_with_change(story, changes, situation.graph) for story in stories]
    used = {finding.span for story in told if story.change for finding in story.change.findings}
    for change in changes:
        if change.findings[0].span in used or not stories:
            continue
        late = change.at is not None and not not_after(change.at, situation.onset)
        old = change.at is not None and situation.onset is not None and situation.onset - change.at > LOOK_BACK
        if not late and not old:
            kind = situation.graph.kind(change.component, change.findings)
            told.append(
                Story(change.component, change.category, kind, change.findings, change=change, by_change_only=True)
            )
    return told


def _with_change(story: Story, changes: Sequence[Change], graph: EvidenceGraph) -> Story:
    """Add the change that set a fault off, and name the fault after it where nothing more exact is known."""
    if story.is_build and not any(change.component == story.component for change in changes):
        return story
    texts = [finding.text for finding in story.findings[:20]]
    named = [c for change in changes if names_value(c := focus_on(change, story.category, texts), texts)]
    named = [change for change in named if not_after(change.at, story.first)]
    if story.category.family == "resource_exhaustion":
        consumers = {story.component, None, *story.hurt, *graph.dependents(story.component)}
        change = nearest_change(changes, consumers, story.first, story.category)
        if change and (change.uses(story.category) or change.component == story.component or _shortly(change, story)):
            return replace(story, change=change)
        return story
    own = nearest_change(changes, {story.component, None}, story.first, story.category)
    if story.category.family in ("configuration", "deployment"):
        change = named[-1] if named else own
        return replace(story, change=change) if change else story
    if named and story.category.family not in _OWN_FAULT:
        change = named[-1]
        place = change.component or story.component
        hurt = story.hurt | ({story.component} if story.component and story.component != place else set())
        kind = graph.kind(place, change.findings)
        return replace(story, component=place, category=change.category, change=change, kind=kind, hurt=frozenset(hurt))
    if own and own.component is not None and _shortly(own, story) and story.category in _UNEXPLAINED:
        return replace(story, category=own.category, change=own)
    return story


def _shortly(change: Change, story: Story) -> bool:
    return change.at is not None and story.first is not None and story.first - change.at <= SHORTLY
