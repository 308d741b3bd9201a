"""What the evidence says for and against each story, as named kinds whose weights the likelihood table holds.

Every observation carries a sentence with the names and times it rests on, so the report can show each step of the sum.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice

from msgspec import Struct

from responder.causes.blame import Crowd, Reach, brings_about, explained_by_callee
from responder.causes.changes import SHORTLY, names_value
from responder.causes.situation import Situation, not_after
from responder.causes.stories import Story
from responder.causes.wording import ago, clock, lower, named, said, times
from responder.incident import Category
from responder.triage.interface import Finding

__all__ = ["Observation", "Observer"]

_FAINT, _PLAIN = 0.5, 0.85
_MOST, _SOME = 0.6, 0.2
_MEASURED = frozenset({"trend", "silence", "burst"})
"""Findings that are not a line somebody wrote but the shape of many: a series, a flow, a rate."""
_OBJECTS = "cluster."
"""Rules that compare what a cluster was asked for with what it has."""


class Observation(Struct, frozen=True):
    """One kind of evidence seen for or against one story."""

    kind: str
    """A key of the likelihood table."""
    because: str
    findings: tuple[Finding, ...] = ()
    """Where it can be seen."""


class Observer:
    """Looks at each story in the light of all the others."""

    def __init__(self, situation: Situation, stories: Sequence[Story]) -> None:
        self._situation = situation
        self._stories = stories
        self._reaches: dict[int, Reach] = {}

    def observe(self, story: Story) -> tuple[Observation, ...]:
        """Name everything that speaks for or against `story`, in a fixed order."""
        looks = (
            self._statement(story),
            self._salience(story),
            self._time(story) if not self._in_build(story) else [],
            self._reach(story) if not self._in_build(story) else [],
            self._blame(story),
            self._witnesses(story),
            self._lead_up(story),
            self._change(story),
            self._episode(story),
            self._place(story),
        )
        return tuple(observation for seen in looks for observation in seen)

    def explained(self, story: Story) -> tuple[Finding, ...]:
        """Trouble outside a story that it accounts for, in canonical order."""
        return tuple(self._accounted_for(story))

    @cached_property
    def _relevant(self) -> tuple[Finding, ...]:
        situation = self._situation
        return tuple(
            f for f in situation.trouble if not situation.recovered_before(f) and not situation.in_background(f)
        )

    @cached_property
    def _crowd(self) -> Crowd:
        return Crowd(self._relevant, self._situation.graph)

    @cached_property
    def _places(self) -> frozenset[str]:
        """Whoever shows relevant trouble."""
        witness = self._situation.graph.witness
        return frozenset(place for finding in self._relevant if (place := witness(finding)) is not None)

    @property
    def _first(self) -> datetime | None:
        return self._situation.onset

    def _outside(self, story: Story) -> Iterator[Finding]:
        """Every relevant finding that is not the story's own, in canonical order."""
        own = {id(finding) for finding in story.findings}
        return (finding for finding in self._relevant if id(finding) not in own)

    def _accounted_for(self, story: Story) -> Iterator[Finding]:
        reach = self._reach_of(story)
        return (finding for finding in self._outside(story) if reach.share(finding) >= _MOST)

    def _reach_of(self, story: Story) -> Reach:
        if id(story) not in self._reaches:
            self._reaches[id(story)] = Reach(story, self._situation.graph)
        return self._reaches[id(story)]

    def _statement(self, story: Story) -> list[Observation]:
        if story.by_change_only:
            return []
        line = story.primary
        if story.stated:
            if (line.rule or "").startswith(_OBJECTS):
                return [
                    Observation("object_states_cause", f"`{line.span}`, the state of the cluster, shows it", (line,))
                ]
            if line.kind in _MEASURED:
                return [Observation("measured_cause", f"`{line.span}` is measured, and says where it begins", (line,))]
            return [Observation("states_cause", f"`{line.span}` states it{times(line.count)}", (line,))]
        where = named(story.component)
        if all(finding.kind in _MEASURED for finding in story.findings):
            return [Observation("measured_only", f"{where} is only measured to be unusual; nothing says why", (line,))]
        if story.category is Category.UNKNOWN:
            return [Observation("unknown_error", f"no rule knows what `{line.span}` means", (line,))]
        return [Observation("symptoms_only", f"{where} only shows symptoms; no line states this fault")]

    def _salience(self, story: Story) -> list[Observation]:
        if story.by_change_only:
            return []
        line = story.primary
        trouble = self._situation.trouble
        most = trouble[0].salience if trouble else 0.0
        top = next((finding for finding in (line, *story.findings) if finding.salience >= most), None)
        in_build = self._in_build(story)
        if top is not None and in_build and trouble[0] not in story.findings:
            top = None  # A build log puts one line first; another as salient is not that line.
        seen = []
        if top is not None:
            seen.append(
                Observation("most_telling", f"`{top.span}` is the most telling line of all the evidence", (top,))
            )
            if in_build:
                seen.append(Observation("foremost_in_build", f"the build log puts `{top.span}` first", (top,)))
        plainest = max(finding.salience for finding in story.findings)
        if plainest < _FAINT:
            seen.append(
                Observation("faint", f"its plainest line, `{line.span}`, hardly stands out from noise", (line,))
            )
        elif plainest >= _PLAIN:
            seen.append(Observation("plain", f"`{line.span}` could hardly be plainer", (line,)))
        return seen

    def _in_build(self, story: Story) -> bool:
        """Whether it is told by a build log, whose order is that of steps, and where one step does not hurt another."""
        return story.primary.span.path in self._situation.build_logs

    def _time(self, story: Story) -> list[Observation]:
        start = story.first
        if start is None or self._first is None or story.by_change_only:
            return []
        if all(self._situation.in_background(finding) for finding in story.findings):
            said = f"it was there before the incident (since {clock(start)}) and went on unchanged"
            return [Observation("background", said, (story.primary,))]
        if not_after(start, self._first):
            if not story.stated and next(self._outside(story), None) is None:
                return []  # To be the first of one says nothing of an error that nobody knows.
            return [Observation("first_in_time", f"nothing failed before it ({clock(start)})", (story.primary,))]
        earlier = (
            finding
            for finding in self._outside(story)
            if finding.timestamp is not None
            and not not_after(start, finding.timestamp)
            and (finding.component is None or finding.component != story.component)
        )
        witness = next(earlier, None)
        if witness is None:
            return []
        place = named(witness.component)
        said = f"{place} was in trouble {ago(start, witness.timestamp)} earlier, which this does not explain"
        return [Observation("after_other_trouble", said, (witness,))]

    def _reach(self, story: Story) -> list[Observation]:
        share = self._crowd.share(story, self._reach_of(story))
        if share is None:
            return []
        seen = tuple(islice(self._accounted_for(story), 4))
        places = sorted(
            {place for f in seen if (place := self._situation.graph.witness(f)) not in (None, story.component)}
        )
        whom = " (" + ", ".join(f"`{place}`" for place in places if place) + ")" if places else ""
        if share >= _MOST:
            return [Observation("explains_most", f"it explains {share:.0%} of the other failures{whom}", seen)]
        if share >= _SOME:
            return [Observation("explains_some", f"it explains {share:.0%} of the other failures{whom}", seen)]
        how = f"only {share:.0%}" if share >= 0.005 else "none"
        return [Observation("explains_little", f"it explains {how} of the other failures", seen)]

    def _blame(self, story: Story) -> list[Observation]:
        graph = self._situation.graph
        for other in self._stories:
            if other is story or other.by_change_only or other.component == story.component:
                continue
            if self._gone(other):
                continue
            known = brings_about(other, story, graph) and not brings_about(story, other, graph)
            callee = explained_by_callee(story, other, graph)
            if callee and (known or not story.stated):
                dated = other.first is not None and story.first is not None
                order = f"was in trouble first ({clock(other.first)})" if dated else "was in trouble too"
                said = f"{named(story.component)} depends on {named(other.component)}, which {order}"
                return [Observation("victim", said, (other.primary,))]
            if known and other.stated:
                said = f"`{other.primary.span}` is known to bring about exactly this"
                return [Observation("explained_by_rule", said, (other.primary,))]
            if callee and other.stated:
                said = f"{named(other.component)}, which it depends on, was in trouble too"
                return [Observation("callee_in_trouble", said, (other.primary,))]
        return []

    def _gone(self, story: Story) -> bool:
        return all(self._situation.recovered_before(finding) for finding in story.findings)

    def _witnesses(self, story: Story) -> list[Observation]:
        others = sorted(story.hurt - {story.component or ""})
        if len(others) < 2:
            return []
        said = ", ".join(f"`{name}`" for name in others[:4])
        return [Observation("several_witnesses", f"{said} complain about the same thing independently")]

    def _lead_up(self, story: Story) -> list[Observation]:
        if not story.led_by:
            return []
        sign = story.led_by[0]
        told = f"it was seen coming {ago(story.first, sign.timestamp)} before: {lower(said(sign) or sign.why)}"
        return [Observation("foreseen", told, story.led_by)]

    def _change(self, story: Story) -> list[Observation]:
        change = story.change
        if change is None:
            return []
        seen: list[Observation] = []
        texts = [finding.text for finding in self._relevant[:200] if finding is not change.telling]
        start = self._first if story.by_change_only else story.first
        if change.at is not None and start is not None and not_after(change.at, start) and start - change.at <= SHORTLY:
            said = f"{change.told()} {ago(start, change.at)} before the first failure"
            seen.append(Observation("change_shortly_before", said, (change.telling,)))
        if not story.by_change_only and change.uses(story.category):
            said = f"{change.told()}, which is what ran out"
            seen.append(Observation("change_raised_use", said, (change.telling,)))
        if change.values[1] and names_value(change, texts):
            said = f"the failures repeat `{change.values[1][:60]}`, which was set then"
            seen.append(Observation("value_repeated", said, (change.telling,)))
        if story.by_change_only and not self._has_trouble(change.component):
            said = f"{named(change.component)} shows no failure of its own after it changed"
            seen.append(Observation("no_trace_of_change", said))
        return seen

    def _has_trouble(self, component: str | None) -> bool:
        graph = self._situation.graph
        return component is None or any(component in (f.component, graph.witness(f)) for f in self._relevant)

    def _episode(self, story: Story) -> list[Observation]:
        if story.by_change_only or story.is_build or not self._gone(story) or story.last is None:
            return []
        said = f"it had ended by {clock(story.last)}, before the incident began at {clock(self._situation.onset)}"
        return [Observation("recovered_before_onset", said, (story.primary,))]

    def _place(self, story: Story) -> list[Observation]:
        graph, seen = self._situation.graph, list[Observation]()
        if story.component is None or story.is_build:
            return seen
        others = self._places - {story.component}
        if others and not any(graph.related(story.component, other) for other in others) and not story.hurt:
            said = f"nothing that fails depends on {named(story.component)}, as far as the evidence shows"
            seen.append(Observation("unrelated", said))
        if story.component not in graph.with_own_log:
            said = f"the evidence holds no log of {named(story.component)} itself"
            seen.append(Observation("own_log_missing", said))
        return seen
