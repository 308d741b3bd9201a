"""Candidate causes: findings gathered into stories.

A story is a component, a fault category, the findings that state or show that fault there, and the change that set it
off. Findings of the same component that the fault would produce anyway belong to its story; so do the same complaints
of several callers about one thing they share.
"""

from bisect import insort
from collections import defaultdict
from datetime import UTC, datetime

from msgspec.structs import replace

from responder.causes.builds import subject_of_build
from responder.causes.graph import EvidenceGraph
from responder.causes.naming import mentions
from responder.causes.situation import Situation, canonical, not_after
from responder.causes.stories import Story, is_effect, known_effects
from responder.causes.triggers import add_changes, lead_up
from responder.incident import Category
from responder.triage.interface import Finding

__all__ = ["propose"]

MOST_STORIES = 24
"""Candidates that are weighed; beyond this the weakest are left to the share for none of these."""
_SHARED = frozenset(
    {
        Category.DNS,
        Category.CONNECTIVITY,
        Category.ROUTING,
        Category.TLS,
        Category.CERTIFICATE,
        Category.DEPENDENCY_UNAVAILABLE,
        Category.NODE,
        Category.STORAGE,
        Category.CONTROL_PLANE,
        Category.CI_RUNNER,
        Category.EXTERNAL_SERVICE,
    }
)
"""Faults of something that several components share: the same complaint of many is one story about one thing."""
_EVERYWHERE = frozenset({Category.DNS, Category.CONTROL_PLANE, Category.CI_RUNNER})
"""Of these there is one in the system, so even complaints that name nobody are about the same thing."""
_ANOTHERS = frozenset({Category.CERTIFICATE, Category.TLS})
"""A client that names nobody means the one whom another client names: it is seldom its own certificate."""
_COMPLAINTS = frozenset({Category.DEPENDENCY_UNAVAILABLE, Category.CONNECTIVITY, Category.LATENCY, Category.ROUTING})
"""What a caller says of somebody who does not answer, whatever the reason."""
_NEVER = datetime.max.replace(tzinfo=UTC)


def propose(situation: Situation) -> tuple[Story, ...]:
    """Name the candidates, the one with most to say first."""
    stories = [_placed(story, situation) for story in _by_component_and_category(situation)]
    stories = _of_one_host(_heard_of(stories, situation.graph), situation.graph)
    stories = _join_shared(stories, situation.graph)
    stories = _strongest(_absorb_effects(stories))
    stories = [replace(story, led_by=lead_up(story, situation)) for story in stories]
    return tuple(_strongest(_one_each(add_changes(stories, situation))))


def _one_each(stories: list[Story]) -> list[Story]:
    """Join what one change made of several faults of a component: it is one story by now."""
    kept: dict[tuple[object, ...], Story] = {}
    for place, story in enumerate(stories):
        change = story.change.telling.span if story.change and not story.by_change_only else place
        key = story.component, story.category, change
        kept[key] = _merged(kept[key], story) if key in kept else story
    return list(kept.values())


def _placed(story: Story, situation: Situation) -> Story:
    """Give a failure of a build, which no component wrote, to the test or file it is about."""
    if story.component is not None or not story.is_build:
        return story
    subject = subject_of_build(story.findings, situation.trouble)
    return replace(story, component=subject[0], kind=subject[1]) if subject else story


def _by_component_and_category(situation: Situation) -> list[Story]:
    graph = situation.graph
    groups: dict[tuple[str | None, Category], list[Finding]] = defaultdict(list)
    vague: list[Finding] = []
    for finding in situation.trouble:
        if finding.category is Category.UNKNOWN:
            vague.append(finding)
        else:
            groups[finding.component, finding.category].append(finding)
    known_of: dict[str | None, list[tuple[str | None, Category]]] = defaultdict(list)
    for key in groups:
        known_of[key[0]].append(key)
    for finding in vague:
        place = finding.component
        homes = [key for key in known_of[place] if _echoes(finding, groups[key][0], situation)]
        if homes and finding.kind != "change":
            groups[homes[0]].append(finding)
        else:
            groups[place, Category.UNKNOWN].append(finding)
    return [
        Story(
            component=place,
            category=category,
            kind=graph.kind(place, findings),
            findings=tuple(sorted(findings, key=canonical)),
            hurt=frozenset(name for name in map(graph.witness, findings) if name and name != place),
        )
        for (place, category), findings in groups.items()
    ]


def _echoes(vague: Finding, known: Finding, situation: Situation) -> bool:
    """Whether an error that no rule knows may be the echo of a known fault in the same place.

    In a build log it may not when it is the plainer of the two: what triage puts first there is the reason.
    """
    if vague.span.path in situation.build_logs and vague.salience > known.salience:
        return False
    return not_after(known.timestamp, vague.timestamp)


def _heard_of(stories: list[Story], graph: EvidenceGraph) -> list[Story]:
    """Let those who only say that a component does not answer be witnesses to what it shows itself."""
    heard = [
        story
        for story in stories
        if story.component is not None
        and story.category in _COMPLAINTS
        and not story.stated
        and all(graph.witness(finding) != story.component for finding in story.findings)
    ]
    told = {id(story) for story in heard}
    kept = [story for story in stories if id(story) not in told]
    at_home: dict[str | None, list[int]] = defaultdict(list)
    for place, other in enumerate(kept):
        if not other.is_build:
            at_home[other.component].append(place)
    for story in heard:
        if own := at_home[story.component]:
            best = max(own, key=lambda place: kept[place].strength)
            kept[best] = replace(kept[best], hurt=_merged(kept[best], story).hurt)
        else:
            at_home[story.component].append(len(kept))
            kept.append(story)
    return kept


def _of_one_host(stories: list[Story], graph: EvidenceGraph) -> list[Story]:
    """Join a full disk of a machine with what its programs say of it: their lines name the machine."""
    full = {story.component: story for story in stories if story.category is Category.DISK and story.component}
    for name, story in list(full.items()):
        named = [set(mentions(finding.text, frozenset(full))) - {name} for finding in story.findings]
        host = next(iter(sorted(set.intersection(*named))), None)
        if host in full and host not in graph.dependents(name):
            full[host] = _merged(full[host], full.pop(name))
    return [story for story in stories if story.category is not Category.DISK or not story.component] + [*full.values()]


def _strongest(stories: list[Story]) -> list[Story]:
    return sorted(stories, key=lambda story: (-story.strength, canonical(story.primary)))[:MOST_STORIES]


def _join_shared(stories: list[Story], graph: EvidenceGraph) -> list[Story]:
    """Join the same complaint about one shared thing, under the one that the complainers depend on."""
    alone = [story for story in stories if story.category not in _SHARED]
    homes: list[Story] = []
    for story in sorted((s for s in stories if s.category in _SHARED), key=_home_first):
        for index, home in enumerate(homes):
            if _suffers(story, home, graph):
                homes[index] = _merged(home, story)
                break
            if _suffers(home, story, graph):
                homes[index] = _merged(story, home)
                break
        else:
            homes.append(story)
    return alone + homes


def _home_first(story: Story) -> tuple[object, ...]:
    return story.category, not story.stated, story.component is None, story.first or _NEVER, canonical(story.primary)


def _suffers(one: Story, other: Story, graph: EvidenceGraph) -> bool:
    """Whether `one` is the complaint of a sufferer about what `other` is."""
    if one.category is not other.category or not not_after(other.first, one.first):
        return False
    if one.category in _EVERYWHERE:
        return not (one.stated and other.stated and one.component != other.component) or one.component is None
    if one.category in _ANOTHERS and not one.hurt and other.hurt:
        return True
    return one.component in graph.dependents(other.component) or (one.component is None and not one.stated)


def _merged(home: Story, other: Story) -> Story:
    hurt = home.hurt | other.hurt | ({other.component} if other.component else set())
    fewer, more = sorted((home.findings, other.findings), key=len)
    findings = list(more)
    for finding in fewer:
        insort(findings, finding, key=canonical)
    return replace(home, findings=tuple(findings), hurt=frozenset(hurt - {home.component}))


def _absorb_effects(stories: list[Story]) -> list[Story]:
    """Let a stated fault take in what it does to its own component."""
    kept: list[Story] = []
    homes: dict[str | None, list[int]] = defaultdict(list)
    for story in sorted(stories, key=lambda s: (not s.stated, -s.strength, canonical(s.primary))):
        here = homes[story.component] if story.component is not None else []
        home = next((index for index in here if _takes_in(kept[index], story)), None)
        if home is None:
            here.append(len(kept))
            kept.append(story)
        else:
            kept[home] = _merged(kept[home], story)
    return kept


def _takes_in(home: Story, effect: Story) -> bool:
    if _is_measured(home) and _is_measured(effect):
        return _at_one_time(home, effect)  # One fault of a component moves several of its measurements.
    if not home.stated or home.is_build or not not_after(home.first, effect.first):
        return False
    effects = known_effects(home.stated)
    return not effect.stated or all(is_effect(finding, effects) for finding in effect.stated)


def _is_measured(story: Story) -> bool:
    return all(finding.kind == "trend" and "metric" in finding.captures for finding in story.findings)


def _at_one_time(one: Story, other: Story) -> bool:
    return not_after(one.first, other.last) and not_after(other.first, one.last)
