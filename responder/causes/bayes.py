"""Bayesian ranking: weights from a table of priors, moved by a table of likelihood ratios, shown step by step."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from responder.causes.observations import Observation
from responder.incident import Category

__all__ = ["Likelihoods", "Move", "Priors", "Ranking", "floor_to_table", "load_likelihoods", "load_priors", "rank"]

PLACES = 10_000
"""Probabilities are stated in whole ten-thousandths."""
_VISIBLE = 0.001
"""Smaller moves are not told one by one; they are part of the next one, or of the last."""

Positive = Annotated[float, Field(gt=0)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str


class _Weight(_Row):
    weight: Positive


class _Ratio(_Row):
    ratio: Positive


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Priors(_Table):
    """How often each kind of fault is the cause, before any evidence."""

    none_of_these: Positive
    families: Mapping[str, _Weight]
    categories: Mapping[str, _Weight]

    def weight(self, category: Category) -> float:
        """The weight of one category; a family that the table lacks counts as unknown."""
        row = self.categories.get(category.value) or self.families.get(category.family) or self.families["unknown"]
        return row.weight


class Likelihoods(_Table):
    """What each kind of evidence says."""

    overlap: Annotated[float, Field(gt=0, le=1)]
    evidence: Mapping[str, _Ratio]
    tests: Mapping[str, _Ratio]

    def ratio(self, kind: str) -> float:
        """The factor of one kind of evidence, its overlap with the others already taken off."""
        return float(self.evidence[kind].ratio ** self.overlap)


@dataclass(frozen=True, slots=True)
class Move:
    """One move of one probability."""

    before: float
    after: float
    because: str
    observation: Observation | None = None
    """None when only the rivals moved."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The outcome of the sum, in the order the stories were given."""

    probabilities: tuple[float, ...]
    none_of_these: float
    moves: tuple[tuple[Move, ...], ...]


def load_priors() -> Priors:
    """Read the table that ships with the package."""
    return Priors.model_validate(_shipped("priors.toml"))


def load_likelihoods() -> Likelihoods:
    """Read the table that ships with the package."""
    return Likelihoods.model_validate(_shipped("likelihoods.toml"))


def _shipped(name: str) -> object:
    return tomllib.loads(resources.files("responder.causes").joinpath(name).read_text(encoding="utf-8"))


def rank(
    categories: Sequence[Category],
    observations: Sequence[Sequence[Observation]],
    *,
    priors: Priors,
    likelihoods: Likelihoods,
) -> Ranking:
    """Weigh every story by every observation of it.

    All stories take their observations of one kind at the same time, in the order of the table, so a move compares
    like with like. A story's first move starts at its prior and its last one ends at its posterior.
    """
    weights = [priors.weight(category) for category in categories]
    none = priors.none_of_these
    moves: list[list[Move]] = [[] for _ in categories]
    told = _shares(weights, none)
    for kind in likelihoods.evidence:
        seen = [next((o for o in row if o.kind == kind), None) for row in observations]
        if not any(seen):
            continue
        weights = [w * likelihoods.ratio(kind) if o else w for w, o in zip(weights, seen, strict=True)]
        now = _shares(weights, none)
        for index, observation in enumerate(seen):
            if observation is not None and abs(now[index] - told[index]) >= _VISIBLE:
                moves[index].append(Move(told[index], now[index], observation.because, observation))
                told[index] = now[index]
    final = floor_to_table(weights, none)
    for index, probability in enumerate(final):
        if abs(probability - told[index]) >= _VISIBLE or not moves[index]:
            moves[index].append(Move(told[index], probability, "what speaks for and against the other hypotheses"))
        elif moves[index]:
            last = moves[index][-1]
            moves[index][-1] = Move(last.before, probability, last.because, last.observation)
    return Ranking(tuple(final), round(1 - sum(final), 4), tuple(tuple(row) for row in moves))


def floor_to_table(weights: Sequence[float], none_of_these: float) -> list[float]:
    """Scale to 1 and round down, so that what rounding takes goes to `none_of_these` and order is never upset."""
    total = sum(weights) + none_of_these
    return [int(weight / total * PLACES) / PLACES for weight in weights]


def _shares(weights: Sequence[float], none_of_these: float) -> list[float]:
    total = sum(weights) + none_of_these
    return [round(weight / total, 4) for weight in weights]
