"""The cause engine: findings in, ranked hypotheses with numbered evidence out; pure and deterministic."""

from collections.abc import Sequence

from msgspec.structs import replace

from responder.causes.bayes import Likelihoods, Move, Priors, Ranking, load_likelihoods, load_priors, rank
from responder.causes.checks import checks_for
from responder.causes.evidence import Candidate, Numbered, number
from responder.causes.gaps import find_gaps
from responder.causes.hypotheses import propose
from responder.causes.impact import measure
from responder.causes.interface import Explanation, Hypothesis, Step, TestResult
from responder.causes.observations import Observation, Observer
from responder.causes.recovery import endings, is_over
from responder.causes.remedies import remedies_for
from responder.causes.revise import apply_results
from responder.causes.situation import Situation, canonical, survey
from responder.causes.stories import Story
from responder.causes.timeline import draw_chain, draw_timeline, is_alert
from responder.causes.verdict import conclude
from responder.causes.wording import summary
from responder.incident import Category, HypothesisId, Verdict
from responder.triage.interface import Finding, Triage

__all__ = ["BayesianEngine", "default_engine"]

MOST_HYPOTHESES = 6
"""Shown hypotheses; what the others hold is part of `none_of_these`."""
_RULED_OUT_BELOW = 0.03
_RULES_OUT = ("recovered_before_onset", "background", "victim", "explained_by_rule", "unrelated", "after_other_trouble")
"""Kinds of evidence that are reason enough to call a hypothesis this unlikely ruled out, the plainest first."""


class BayesianEngine:
    """Ranks competing causes by Bayes over an evidence graph."""

    def __init__(self, *, priors: Priors, likelihoods: Likelihoods) -> None:
        self._priors = priors
        self._likelihoods = likelihoods

    def explain(self, triage: Triage, *, task: str = "") -> Explanation:
        """Rank competing causes. Pure: no clock, no randomness, no model. `task` may only break ties."""
        situation = survey(triage)
        stories = () if is_over(situation) else propose(situation)
        if not stories:
            return _healthy(triage, situation)
        observer = Observer(situation, stories)
        observations = [observer.observe(story) for story in stories]
        ranking = rank(
            [story.category for story in stories], observations, priors=self._priors, likelihoods=self._likelihoods
        )
        order = _order(stories, ranking, task)[:MOST_HYPOTHESES]
        candidates = [self._candidate(stories[i], observations[i], observer) for i in order]
        ends = endings(candidates[0].story.findings, situation)
        numbered = number(candidates, (*ends[:1], *_alerts(situation)), situation)
        hypotheses = tuple(
            self._hypothesis(place, candidate, candidates[0], numbered, ranking.probabilities[i], ranking.moves[i])
            for place, (i, candidate) in enumerate(zip(order, candidates, strict=True), 1)
        )
        lead = candidates[0]
        hypotheses = _side_by_side(hypotheses, candidates, situation)
        return Explanation(
            verdict=conclude(hypotheses),
            hypotheses=hypotheses,
            none_of_these=round(1 - sum(hypothesis.probability for hypothesis in hypotheses), 4),
            evidence=numbered.evidence,
            timeline=draw_timeline(lead, situation, numbered),
            chain=draw_chain(lead, situation, numbered),
            impact=measure(lead, situation, numbered),
            not_checked=find_gaps(triage, situation, lead.story),
        )

    def revise(self, explanation: Explanation, results: Sequence[TestResult]) -> Explanation:
        """Update probabilities, ranks, statuses and the verdict by test results."""
        return apply_results(explanation, results, self._likelihoods)

    def _candidate(self, story: Story, observations: Sequence[Observation], observer: Observer) -> Candidate:
        against = tuple(
            finding
            for observation in observations
            if self._likelihoods.ratio(observation.kind) < 1
            for finding in observation.findings
            if finding not in story.findings
        )
        return Candidate(story, tuple(observations), observer.explained(story), against)

    def _hypothesis(
        self,
        place: int,
        candidate: Candidate,
        lead: Candidate,
        numbered: Numbered,
        probability: float,
        moves: Sequence[Move],
    ) -> Hypothesis:
        story = candidate.story
        before = ((story.change.telling,) if story.change else ()) + story.led_by
        supporting = numbered.all_of((story.primary, *before, *story.stated, *story.findings, *candidate.explained))
        because = _ruled_out(candidate.observations) if probability < _RULED_OUT_BELOW else ""
        return Hypothesis(
            id=HypothesisId(f"H{place}"),
            rank=place,
            summary=summary(story),
            category=story.category,
            component=story.component,
            component_kind=story.kind,
            probability=probability,
            supporting=supporting,
            contradicting=tuple(i for i in numbered.all_of(candidate.against) if i not in supporting),
            status="ruled_out" if because else "open",
            next_check=story.primary.next_check,
            first_seen=story.change.at if story.by_change_only and story.change else story.first,
            checks=checks_for(candidate, lead, numbered),
            steps=tuple(_step(move, numbered) for move in moves),
            remedies=remedies_for(story),
            ruled_out_because=because,
        )


def default_engine() -> BayesianEngine:
    """Build the engine with the tables that ship with the package."""
    return BayesianEngine(priors=load_priors(), likelihoods=load_likelihoods())


def _healthy(triage: Triage, situation: Situation) -> Explanation:
    """Nothing stands out, or nothing that is not over: no hypotheses, at most a few lines as context."""
    ends = [finding for finding in situation.context if finding.category is Category.HEALTHY]
    numbered = number((), (*situation.trouble[:1], *ends[:1], *situation.context, *situation.changes), situation)
    return Explanation(
        verdict=Verdict.HEALTHY,
        hypotheses=(),
        none_of_these=1.0,
        evidence=numbered.evidence,
        not_checked=find_gaps(triage, situation, None),
    )


def _order(stories: Sequence[Story], ranking: Ranking, task: str) -> list[int]:
    words = task.casefold()

    def key(index: int) -> tuple[object, ...]:
        name = stories[index].component
        asked = bool(name) and str(name).casefold() in words
        return -ranking.probabilities[index], not asked, canonical(stories[index].primary), stories[index].category

    return sorted(range(len(stories)), key=key)


def _alerts(situation: Situation) -> tuple[Finding, ...]:
    return tuple(finding for finding in (*situation.context, *situation.trouble) if is_alert(finding))


def _side_by_side(
    hypotheses: Sequence[Hypothesis], candidates: Sequence[Candidate], situation: Situation
) -> tuple[Hypothesis, ...]:
    """Note which hypotheses could both be true."""
    return tuple(
        replace(
            one,
            beside=tuple(
                other.id
                for other, rival in zip(hypotheses, candidates, strict=True)
                if other is not one and _independent(candidate, rival, situation)
            ),
        )
        for one, candidate in zip(hypotheses, candidates, strict=True)
    )


def _independent(one: Candidate, other: Candidate, situation: Situation) -> bool:
    """Whether each is stated, makes others fail that the other does not, and no dependency leads between them."""
    mine, theirs = ({id(finding) for finding in candidate.explained} for candidate in (one, other))
    apart = not situation.graph.related(one.story.component, other.story.component)
    stated = bool(one.story.stated and other.story.stated)
    own = {id(finding) for candidate in (one, other) for finding in candidate.story.findings}
    return apart and stated and bool(mine) and bool(theirs) and mine.isdisjoint(theirs | own) and theirs.isdisjoint(own)


def _step(move: Move, numbered: Numbered) -> Step:
    cited = numbered.all_of(move.observation.findings) if move.observation else ()
    return Step(move.before, move.after, move.because, cited)


def _ruled_out(observations: Sequence[Observation]) -> str:
    reasons = {observation.kind: observation.because for observation in observations}
    return next((reasons[kind] for kind in _RULES_OUT if kind in reasons), "")
