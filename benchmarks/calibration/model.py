"""The fit: which ratios make the labelled cases most probable, without leaving the expert's judgement far behind.

The model is the engine's own sum (see `responder.causes.bayes.rank`): a story's weight is its prior times the ratio of
each kind of evidence seen, and `none of these` is one more story, which is right when no other is. The logarithm of
every ratio is drawn to the expert's with a force of `SHRINKAGE` and may not cross 1, so a kind that few cases show
keeps what was judged of it, and no fit can turn evidence for into evidence against.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.cases import Case, same_component
from responder.causes.bayes import Likelihoods, Priors
from responder.causes.hypotheses import propose
from responder.causes.observations import Observer
from responder.causes.situation import survey
from responder.triage.interface import Triage

__all__ = ["Sample", "Table", "fit", "probabilities", "sample_of"]

Vector = NDArray[np.float64]

SHRINKAGE = 3.0
"""Force towards the expert: as much as three cases that speak for the expert's ratio alone."""
NONE_OF_THESE = 0.1
"""Judged weight of a cause outside the list, beside the weights of the priors."""
LAPSES = (0.02, 0.03, 0.04, 0.06, 0.08)
"""Tried in turn. No fewer than one in fifty: some hundred cases cannot show that less than that is wrong."""
_LEAST = math.log(1.05)
"""A ratio stays at least this far on its side of 1."""
_MOST_STEPS = 400
_STILL = 1e-6


@dataclass(frozen=True, slots=True)
class Sample:
    """One case as the engine saw it: its stories, what was observed of each, and which are right."""

    case: Case
    seen: Vector
    """Stories by kinds of evidence, 0 or 1."""
    prior: Vector
    """Logarithms."""
    right: NDArray[np.bool_]
    weight: float
    withheld: bool
    """Whether the rules were withheld that only cases of its own group need."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a fit found."""

    ratios: Mapping[str, float]
    none_of_these: float
    lapse: float


def sample_of(
    case: Case, triage: Triage, priors: Priors, kinds: Sequence[str], *, weight: float = 1.0, withheld: bool = False
) -> Sample | None:
    """Let the engine propose and observe; None when it has nothing to propose."""
    situation = survey(triage)
    stories = propose(situation)
    if not stories:
        return None
    observer = Observer(situation, stories)
    seen = np.zeros((len(stories), len(kinds)))
    for row, story in enumerate(stories):
        for observation in observer.observe(story):
            seen[row, kinds.index(observation.kind)] = 1.0
    right = [_right(case, story.component, story.category.family, story.primary.span.line) for story in stories]
    prior = [math.log(priors.weight(story.category)) for story in stories]
    return Sample(case, seen, np.array(prior), np.array(right, dtype=np.bool_), weight, withheld)


def _right(case: Case, component: str | None, family: str, line: int) -> bool:
    """Whether an answer is right: its line, else its component, else the family of its category."""
    if case.lines is not None:
        return line in case.lines
    if case.healthy:
        return False
    if case.components:
        return any(same_component(component, name) for name in case.components)
    return family in {category.partition(".")[0] for category in case.categories}


def probabilities(sample: Sample, table: Table, kinds: Sequence[str]) -> Vector:
    """Of each story, and of none of these last."""
    logs = np.array([math.log(table.ratios[kind]) for kind in kinds])
    shares = _shares(sample, logs, math.log(table.none_of_these)) * (1 - table.lapse)
    shares[-1] += table.lapse
    return shares


def fit(samples: Sequence[Sample], expert: Likelihoods) -> Table:
    """The table that makes the samples most probable; `lapse` is the best of a few."""
    kinds = list(expert.evidence)
    start = np.array([*(math.log(expert.evidence[kind].expert) for kind in kinds), math.log(NONE_OF_THESE)])
    found = [(_descend(samples, start, lapse), lapse) for lapse in LAPSES]
    (_, best), lapse = min(found, key=lambda item: item[0][0])
    ratios = {kind: round(math.exp(value), 3) for kind, value in zip(kinds, best[:-1], strict=True)}
    return Table(ratios, round(math.exp(best[-1]), 4), lapse)


def _descend(samples: Sequence[Sample], start: Vector, lapse: float) -> tuple[float, Vector]:
    """Gradient descent with steps by Barzilai and Borwein, held on the expert's side of 1."""
    side = np.sign(start[:-1])

    def held(point: Vector) -> Vector:
        ratios = np.where(side > 0, np.maximum(point[:-1], _LEAST), np.minimum(point[:-1], -_LEAST))
        return np.append(ratios, point[-1])

    def loss(point: Vector) -> tuple[float, Vector]:
        value, slope = _loss(samples, point, lapse)
        off = point - start
        return value + SHRINKAGE / 2 * float(off @ off), slope + SHRINKAGE * off

    point = held(start)
    value, slope = loss(point)
    step = 1e-2
    for _ in range(_MOST_STEPS):
        while True:
            ahead = held(point - step * slope)
            moved = ahead - point
            there, slope_there = loss(ahead)
            if there <= value - 1e-4 * float(moved @ moved) / step or step < 1e-9:
                break
            step /= 2
        bend = float(moved @ (slope_there - slope))
        still = value - there < _STILL
        step = min(1.0, max(1e-5, float(moved @ moved) / bend)) if bend > 1e-12 else 2 * step
        point, value, slope = ahead, there, slope_there
        if still:
            break
    return value, point


def _loss(samples: Sequence[Sample], point: Vector, lapse: float) -> tuple[float, Vector]:
    """Minus the logarithm of the probability of what is right, over all samples, and its gradient."""
    value, slope = 0.0, np.zeros_like(point)
    for sample in samples:
        shares = _shares(sample, point[:-1], float(point[-1]))
        none_right = not bool(sample.right.any())
        hit = (1 - lapse) * shares * np.append(sample.right, none_right)
        total = float(hit.sum()) + lapse * none_right
        value -= sample.weight * math.log(total + 1e-12)
        excess = sample.weight * (hit - float(hit.sum()) * shares) / total
        slope[:-1] -= excess[:-1] @ sample.seen
        slope[-1] -= excess[-1]
    return value, slope


def _shares(sample: Sample, logs: Vector, none: float) -> Vector:
    weights: Any = np.append(sample.prior + sample.seen @ logs, none)
    weights = np.exp(weights - weights.max())
    return np.asarray(weights / weights.sum())
