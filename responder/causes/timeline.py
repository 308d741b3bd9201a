"""The incident in order of time: what changed, when it began, what followed from it, who noticed, when it ended."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import get_args

from responder.causes.changes import group_changes
from responder.causes.evidence import Candidate, Numbered
from responder.causes.impact import ended_at
from responder.causes.interface import CausalLink, Moment, TimelineEntry
from responder.causes.recovery import endings
from responder.causes.situation import Situation
from responder.causes.wording import capital, named, said, times
from responder.incident import EvidenceId
from responder.patterns import lazy
from responder.triage.interface import Finding

__all__ = ["draw_chain", "draw_timeline", "is_alert"]

ALERT = lazy(r"\balert(?:manager|s|ed|ing)?\b|\bpager(?:duty)?\b|\bFIRING\b|\bincident opened\b", re.IGNORECASE)
_LONGEST = 160


def draw_timeline(lead: Candidate, situation: Situation, numbered: Numbered) -> tuple[TimelineEntry, ...]:
    """Every moment cites a numbered line; what is not in the list is not told here."""
    entries = [
        *_changes(lead, situation, numbered),
        *_failures(lead, situation, numbered),
        *_detection(situation, numbered),
        *_end(lead, situation, numbered),
    ]
    order = get_args(Moment)
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
        CausalLink(start, root, said(sign) or sign.why)
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
    """The signs, the onset, and what followed; what several processes say in the same words is told once."""
    story = lead.story
    onset = numbered.of(story.primary)
    alike: dict[tuple[str, Moment], list[tuple[datetime, EvidenceId, int]]] = {}
    known: set[EvidenceId] = set()
    for finding in (*story.led_by, *story.findings, *lead.explained):
        item = numbered.of(finding)
        if item is None or item in known or finding.timestamp is None or finding.kind == "change":
            continue
        known.add(item)
        place = situation.graph.witness(finding)
        moment: Moment = "consequence" if place != story.component else "symptom"
        if item == onset:
            moment = "onset"
        elif finding in story.led_by:
            moment = "sign"
        elif story.is_build:  # the order of steps, which says nothing of causes
            moment = "event"
        told = said(finding) or _line(finding)
        if place != story.component and place and named(place) not in told and item != onset:
            told = f"{named(place)}: {told}"
        alike.setdefault((told, moment), []).append((finding.timestamp, item, finding.count))
    for (told, moment), seen in alike.items():
        cited = tuple(dict.fromkeys(item for _, item, _ in sorted(seen)))
        where = f" in {len(cited)} places" if len(cited) > 1 else ""
        yield TimelineEntry(min(seen)[0], f"{told}{times(sum(count for *_, count in seen))}{where}", cited, moment)


def _end(lead: Candidate, situation: Situation, numbered: Numbered) -> Iterator[TimelineEntry]:
    """The last failure, when later records are at hand, and what says that all is well again."""
    ended, onset = ended_at(lead, situation), numbered.of(lead.story.primary)
    if ended is not None and onset is not None:
        yield TimelineEntry(ended, "The last failure in the records, which go on without one", (onset,), "ended")
    for finding in endings(lead.story.findings, situation):
        item = numbered.of(finding)
        if item is not None and finding.timestamp is not None:
            yield TimelineEntry(finding.timestamp, said(finding) or _line(finding), (item,), "recovered")


def _detection(situation: Situation, numbered: Numbered) -> Iterator[TimelineEntry]:
    alerts = [f for f in (*situation.context, *situation.trouble) if is_alert(f) and numbered.of(f)]
    for finding in sorted(alerts, key=_by_time)[:1]:
        item = numbered.of(finding)
        if item is not None and finding.timestamp is not None:
            yield TimelineEntry(
                finding.timestamp, f"Noticed: `{_line(finding).replace('`', chr(39))}`", (item,), "detected"
            )


def is_alert(finding: Finding) -> bool:
    """Whether a line shows that somebody, or something that calls somebody, noticed."""
    return bool(ALERT.search(finding.rule or "") or ALERT.search(finding.text[:400]))


def _line(finding: Finding) -> str:
    line = " ".join(finding.text.strip().partition("\n")[0].split())
    return line if len(line) <= _LONGEST else line[:_LONGEST].rstrip() + "…"
