"""The incident in order of time: what changed, when it began, what made it worse, who noticed, when it ended."""

import re
from collections.abc import Iterator

from responder.causes.changes import group_changes
from responder.causes.evidence import Candidate, Numbered
from responder.causes.impact import ended_at
from responder.causes.interface import CausalLink, TimelineEntry
from responder.causes.situation import Situation
from responder.causes.wording import capital, named, times
from responder.incident import EvidenceId
from responder.triage.interface import Finding

__all__ = ["draw_chain", "draw_timeline", "is_alert"]

ALERT = re.compile(r"\balert(?:manager|s|ed|ing)?\b|\bpager(?:duty)?\b|\bFIRING\b|\bincident opened\b", re.IGNORECASE)
_LONGEST = 160


def draw_timeline(lead: Candidate, situation: Situation, numbered: Numbered) -> tuple[TimelineEntry, ...]:
    """Every moment cites a numbered line; what is not in the list is not told here."""
    entries = [
        *_changes(lead, situation, numbered),
        *_failures(lead, situation, numbered),
        *_detection(situation, numbered),
    ]
    ended, onset = ended_at(lead, situation), numbered.of(lead.story.primary)
    if ended is not None and onset is not None:
        entries.append(TimelineEntry(ended, "the last record of the failure", (onset,), "recovered"))
    order = ("change", "onset", "worse", "event", "detected", "recovered")
    return tuple(sorted(entries, key=lambda entry: (entry.timestamp, order.index(entry.moment), entry.evidence)))


def draw_chain(lead: Candidate, situation: Situation, numbered: Numbered) -> tuple[CausalLink, ...]:
    """The arrows from the change through the fault to those it hurt, each along a known dependency."""
    story, graph = lead.story, situation.graph
    root = numbered.of(story.primary)
    if root is None:
        return ()
    links: list[CausalLink] = []
    change = story.change
    if change is not None and (start := numbered.of(change.telling)) is not None and start != root:
        links.append(CausalLink(start, root, change.told()))
    links += [
        CausalLink(start, root, sign.summary or sign.why)
        for sign in story.led_by
        if (start := numbered.of(sign)) is not None and start != root
    ]
    carriers: dict[str | None, EvidenceId] = {story.component: root}
    for finding in sorted(lead.explained, key=_by_time):
        effect = numbered.of(finding)
        if effect is None or effect == root or any(link.effect == effect for link in links):
            continue
        place = graph.witness(finding)
        callee = next((name for name in sorted(graph.callees.get(place or "", ())) if name in carriers), None)
        cause = carriers.get(callee, root)
        because = f"{named(place)} depends on {named(callee)}" if callee else f"{named(place)} failed after it"
        if place == story.component:
            because = f"{named(place)} failed further"
        links.append(CausalLink(cause, effect, because))
        carriers.setdefault(place, effect)
    return tuple(links)


def _by_time(finding: Finding) -> tuple[bool, float, str, int]:
    moment = finding.timestamp.timestamp() if finding.timestamp else 0.0
    return finding.timestamp is None, moment, finding.span.path, finding.span.line


def _changes(lead: Candidate, situation: Situation, numbered: Numbered) -> Iterator[TimelineEntry]:
    told = {change.telling.span: change.told() for change in group_changes(situation)}
    told |= {lead.story.change.telling.span: lead.story.change.told()} if lead.story.change else {}
    for finding in situation.changes:
        item = numbered.of(finding)
        if item is not None and finding.timestamp is not None:
            yield TimelineEntry(finding.timestamp, capital(told.get(finding.span, _line(finding))), (item,), "change")


def _failures(lead: Candidate, situation: Situation, numbered: Numbered) -> Iterator[TimelineEntry]:
    story = lead.story
    onset = numbered.of(story.primary)
    for finding in (*story.led_by, *story.findings, *lead.explained):
        item = numbered.of(finding)
        if item is None or finding.timestamp is None or finding.kind == "change":
            continue
        if item == onset:
            yield TimelineEntry(finding.timestamp, _told(finding), (item,), "onset")
        else:
            place, told = situation.graph.witness(finding), _told(finding)
            spread = place != story.component
            worse = spread and finding not in story.led_by
            who = f"{named(place)}: " if spread and place and not told.startswith((named(place), place)) else ""
            yield TimelineEntry(finding.timestamp, who + told, (item,), "worse" if worse else "event")


def _detection(situation: Situation, numbered: Numbered) -> Iterator[TimelineEntry]:
    alerts = [f for f in (*situation.context, *situation.trouble) if is_alert(f) and numbered.of(f)]
    for finding in sorted(alerts, key=_by_time)[:1]:
        item = numbered.of(finding)
        if item is not None and finding.timestamp is not None:
            yield TimelineEntry(finding.timestamp, f"noticed: {_line(finding)}", (item,), "detected")


def is_alert(finding: Finding) -> bool:
    """Whether a line shows that somebody, or something that calls somebody, noticed."""
    return bool(ALERT.search(finding.rule or "") or ALERT.search(finding.text[:400]))


def _told(finding: Finding) -> str:
    return (finding.summary.rstrip(" .:") or _line(finding)) + times(finding.count)


def _line(finding: Finding) -> str:
    line = " ".join(finding.text.strip().partition("\n")[0].split())
    return line if len(line) <= _LONGEST else line[:_LONGEST].rstrip() + "…"
