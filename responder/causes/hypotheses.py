"""Candidate causes: one story for one cause, not one for each line.

A story is a component, a fault category, the findings that state or show that fault there, and the change that set it
off. Findings of the same component that the fault would produce anyway belong to its story; so do the same complaints
of several callers about one thing they share. A change becomes part of the story it set off; it stays a story of its
own only when nothing else says what went wrong.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from responder.causes.builds import subject_of_build
from responder.causes.changes import LOOK_BACK, SHORTLY, Change, focus_on, group_changes, names_value, nearest_change
from responder.causes.graph import EvidenceGraph
from responder.causes.situation import Situation, canonical, earliest, latest, not_after, weight
from responder.incident import Category, ComponentKind
from responder.triage.interface import Finding

__all__ = ["Story", "is_effect", "known_effects", "propose"]

_MOST_SHOWN = 20
MOST_STORIES = 24
"""Candidates that are weighed; beyond this the weakest are left to the share for none of these."""
_BUILD_CATEGORIES = frozenset(
    {
        Category.CODE_COMPILE,
        Category.CODE_TYPE,
        Category.CODE_LINT,
        Category.DEPENDENCY_RESOLUTION,
        Category.CI_RUNNER,
        Category.TEST_ASSERTION,
        Category.TEST_TIMEOUT,
        Category.TEST_FLAKY,
        Category.TEST_SETUP,
    }
)
_BUILD_KINDS = frozenset(
    {ComponentKind.BUILD_STEP, ComponentKind.TEST, ComponentKind.SOURCE_FILE, ComponentKind.PACKAGE}
)
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
_EVERYWHERE = frozenset({Category.DNS, Category.NODE, Category.STORAGE, Category.CONTROL_PLANE, Category.CI_RUNNER})
"""Of these there is one in the system, so even complaints that name nobody are about the same thing."""
_UNEXPLAINED = frozenset({Category.UNKNOWN, Category.CODE_EXCEPTION, Category.CODE_LOGIC})
"""Faults that a release a moment before explains better than their own name does."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_OWN_FAULT = frozenset({"resource_exhaustion", "data", "infrastructure", "security"})


@dataclass(frozen=True, slots=True)
class Story:
    """One candidate cause."""

    component: str | None
    category: Category
    kind: ComponentKind
    findings: tuple[Finding, ...]
    """What states or shows the fault, canonical order; never empty."""
    change: Change | None = None
    """What set it off."""
    led_by: tuple[Finding, ...] = ()
    """What was seen to lead up to it, in order of time: a standby that left, a disk that filled."""
    by_change_only: bool = False
    """True when the story is the change itself and no finding states the fault."""
    hurt: frozenset[str] = field(default=frozenset())
    """Components that complain in its own findings."""

    @property
    def stated(self) -> tuple[Finding, ...]:
        """Findings of a rule that knows this line as a cause."""
        return tuple(finding for finding in self.findings if finding.role == "cause")

    @property
    def first(self) -> datetime | None:
        """When the fault first showed."""
        return earliest(finding.timestamp for finding in (self.stated or self.findings))

    @property
    def last(self) -> datetime | None:
        """When it was last seen."""
        return latest(finding.last_seen or finding.timestamp for finding in self.findings)

    @property
    def is_build(self) -> bool:
        """Whether it is a failure of a build or test run, where the order of lines matters and clocks do not."""
        return self.kind in _BUILD_KINDS or self.category in _BUILD_CATEGORIES

    @property
    def primary(self) -> Finding:
        """The line to read first.

        In a build that is the line triage puts first. Elsewhere it is the earliest of the lines that state the fault
        about as plainly as the plainest does: the first refusal, not the loudest.
        """
        if self.by_change_only and self.change is not None:
            return self.change.telling
        candidates = self.stated or self.findings
        if self.is_build:
            return candidates[0]
        best = candidates[0].salience
        plain = [finding for finding in candidates if finding.salience >= best - 0.2]
        timed = [finding for finding in plain if finding.timestamp is not None]
        return min(timed, key=lambda f: (f.timestamp, canonical(f))) if timed else candidates[0]

    @property
    def strength(self) -> float:
        """A first estimate of how much it has to say, for choosing candidates."""
        return max(map(weight, self.findings)) * (2 if self.stated else 1)


def known_effects(findings: Iterable[Finding]) -> frozenset[str]:
    """Patterns of rules and categories that the rules of `findings` say they bring about."""
    return frozenset(pattern for finding in findings for pattern in finding.explains)


def is_effect(finding: Finding, effects: frozenset[str]) -> bool:
    """Whether `finding` is one of the known `effects`."""
    names = [name for name in (finding.rule, finding.category.value) if name]
    return any(fnmatchcase(name, pattern) for pattern in effects for name in names)


def propose(situation: Situation) -> tuple[Story, ...]:
    """Name the candidates, the one with most to say first."""
    stories = [_placed(story, situation) for story in _by_component_and_category(situation)]
    stories = _join_shared(stories, situation.graph)
    stories = _strongest(_absorb_effects(stories))
    stories = [replace(story, led_by=_lead_up(story, situation)) for story in stories]
    return tuple(_strongest(_attach_changes(stories, situation)))


def _placed(story: Story, situation: Situation) -> Story:
    """Give a failure of a build, which no component wrote, to the test or file it is about."""
    if story.component is not None or not story.is_build:
        return story
    subject = subject_of_build(story.findings, situation.trouble)
    return replace(story, component=subject[0], kind=subject[1]) if subject else story


def _lead_up(story: Story, situation: Situation) -> tuple[Finding, ...]:
    """The first signs that rules connect with this fault, before it, in the same place or something it stands on.

    One that is of another kind than the fault says why; one of the same kind only that it came. At most one of each.
    """
    shown = (story.stated or story.findings)[:_MOST_SHOWN]
    signs = [
        finding
        for finding in situation.context
        if finding.explains
        and finding.timestamp is not None
        and story.first is not None
        and finding.timestamp < story.first
        and any(is_effect(effect, frozenset(finding.explains)) for effect in shown)
        and situation.graph.related(finding.component, story.component)
    ]
    signs.sort(key=lambda f: (f.timestamp or _NEVER, canonical(f)))
    why = next((sign for sign in signs if sign.category is not story.category), None)
    that = next((sign for sign in signs if sign.category is story.category), None)
    return tuple(sign for sign in signs if sign is why or sign is that)


def _strongest(stories: list[Story]) -> list[Story]:
    return sorted(stories, key=lambda story: (-story.strength, canonical(story.primary)))[:MOST_STORIES]


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
        homes = [key for key in known_of[place] if not_after(groups[key][0].timestamp, finding.timestamp)]
        if homes and finding.kind != "change":
            groups[homes[0]].append(finding)
        else:
            groups[place, Category.UNKNOWN].append(finding)
    return [
        Story(
            component=place,
            category=category,
            kind=_kind(place, findings, graph),
            findings=tuple(sorted(findings, key=canonical)),
            hurt=frozenset(name for name in map(graph.witness, findings) if name and name != place),
        )
        for (place, category), findings in groups.items()
    ]


def _kind(place: str | None, findings: Sequence[Finding], graph: EvidenceGraph) -> ComponentKind:
    by_name = graph.kinds.get(place or "", ComponentKind.UNKNOWN)
    if by_name not in (ComponentKind.SERVICE, ComponentKind.UNKNOWN) or place in graph.with_own_log:
        return by_name
    told = (finding.component_kind for finding in findings)
    return next((kind for kind in told if kind is not ComponentKind.UNKNOWN), by_name)


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
    return one.component in graph.dependents(other.component) or (one.component is None and not one.stated)


def _merged(home: Story, other: Story) -> Story:
    hurt = home.hurt | other.hurt | ({other.component} if other.component else set())
    findings = tuple(sorted((*home.findings, *other.findings), key=canonical))
    return replace(home, findings=findings, hurt=frozenset(hurt - {home.component}))


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
    if not home.stated or home.is_build or not not_after(home.first, effect.first):
        return False
    effects = known_effects(home.stated)
    return not effect.stated or all(is_effect(finding, effects) for finding in effect.stated)


def _attach_changes(stories: list[Story], situation: Situation) -> list[Story]:
    changes = group_changes(situation)
    told = [_with_change(story, changes, situation.graph) for story in stories]
    used = {finding.span for story in told if story.change for finding in story.change.findings}
    for change in changes:
        if change.findings[0].span in used or not stories:
            continue
        late = change.at is not None and not not_after(change.at, situation.onset)
        old = change.at is not None and situation.onset is not None and situation.onset - change.at > LOOK_BACK
        if not late and not old:
            kind = _kind(change.component, change.findings, situation.graph)
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
        kind = _kind(place, change.findings, graph)
        return replace(story, component=place, category=change.category, change=change, kind=kind, hurt=frozenset(hurt))
    if own and own.component is not None and _shortly(own, story) and story.category in _UNEXPLAINED:
        return replace(story, category=own.category, change=own)
    return story


def _shortly(change: Change, story: Story) -> bool:
    return change.at is not None and story.first is not None and story.first - change.at <= SHORTLY
