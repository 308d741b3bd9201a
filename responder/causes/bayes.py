"""Bayesian ranking: weights from a table of priors, moved by a table of likelihood ratios, shown step by step."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec import Meta, Struct

from responder.causes.observations import Observation
from responder.incident import Category
from responder.shipped import shipped_table
from responder.tables import read_table

__all__ = [
    "Fit",
    "Likelihoods",
    "Move",
    "Priors",
    "Ranking",
    "floor_to_table",
    "load_likelihoods",
    "load_priors",
    "rank",
]

PLACES = 10_000
"""Probabilities are stated in whole ten-thousandths."""
_VISIBLE = 0.001
"""Smaller moves are not told one by one; they are part of the next one, or of the last."""

_Positive = Annotated[float, Meta(gt=0)]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Count = Annotated[int, Meta(ge=0)]


class _Weight(Struct, frozen=True, forbid_unknown_fields=True):
    weight: _Positive
    reason: str


class _Ratio(Struct, frozen=True, forbid_unknown_fields=True):
    ratio: _Positive
    reason: str


class _Fitted(Struct, frozen=True, forbid_unknown_fields=True):
    ratio: _Positive
    expert: _Positive
    """What was judged before any case was counted; the fit is drawn towards it, and stays on its side of 1."""
    reason: str


class Priors(Struct, frozen=True, forbid_unknown_fields=True):
    """How often each kind of fault is the cause, before any evidence."""

    usual: _Positive
    """The weight of a category that is neither frequent nor rare."""
    spread: _Share
    """How much of each weight's distance from the usual one counts: the power that it is raised to."""
    families: Mapping[str, _Weight]
    categories: Mapping[str, _Weight]

    def weight(self, category: Category) -> float:
        """The weight of one category; a family that the table lacks counts as unknown."""
        row = self.categories.get(category.value) or self.families.get(category.family) or self.families["unknown"]
        return self.usual * float((row.weight / self.usual) ** self.spread)


class Fit(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the numbers of a likelihood table come from."""

    date: datetime.date
    cases: _Count
    """Labelled cases; 0 says that the table is judgement alone."""
    groups: _Count
    ece: _Share
    """Expected calibration error of the first hypothesis, ten bins, on groups held out."""
    brier: _Share
    """Mean squared error of the same."""


class Likelihoods(Struct, frozen=True, forbid_unknown_fields=True):
    """What each kind of evidence says."""

    lapse: _Share
    """Share kept for causes that no evidence in the table could show; see `rank`."""
    none_of_these: _Positive
    """Weight of a cause outside the list, beside the weights of `Priors`."""
    fit: Fit
    evidence: Mapping[str, _Fitted]
    tests: Mapping[str, _Ratio]

    def ratio(self, kind: str) -> float:
        """The factor of one kind of evidence."""
        return self.evidence[kind].ratio


class Move(Struct, frozen=True):
    """One move of one probability."""

    before: float
    after: float
    because: str
    observation: Observation | None = None
    """None when only the rivals moved."""


class Ranking(Struct, frozen=True):
    """The outcome of the sum, in the order the stories were given."""

    probabilities: tuple[float, ...]
    none_of_these: float
    moves: tuple[tuple[Move, ...], ...]


def load_priors() -> Priors:
    """Read the table that ships with the package."""
    return read_table(Priors, shipped_table("causes/priors.toml"))


def load_likelihoods() -> Likelihoods:
    """Read the table that ships with the package."""
    return read_table(Likelihoods, shipped_table("causes/likelihoods.toml"))


def rank(
    categories: Sequence[Category],
    observations: Sequence[Sequence[Observation]],
    *,
    priors: Priors,
    likelihoods: Likelihoods,
) -> Ranking:
    """Weigh every story by every observation of it.

    All stories take their observations of one kind at the same time, in the order of the table, so a move compares
    like with like. A story's first move starts at its prior and its last one ends at its posterior. At the end every
    story gives `lapse` of its probability to none of these: even where all evidence agrees, some answers are wrong.
    """
    weights = [priors.weight(category) for category in categories]
    none = likelihoods.none_of_these
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
    final = floor_to_table(weights, none, lapse=likelihoods.lapse)
    for index, share in enumerate(_shares(weights, none)):
        if abs(share - told[index]) >= _VISIBLE:
            moves[index].append(Move(told[index], share, "what speaks for and against the other hypotheses"))
            told[index] = share
        if abs(final[index] - told[index]) >= _VISIBLE or not moves[index]:
            said = f"{likelihoods.lapse:.1%} is kept back: so many answers are wrong however well the evidence agrees"
            moves[index].append(Move(told[index], final[index], said))
        else:
            last = moves[index][-1]
            moves[index][-1] = Move(last.before, final[index], last.because, last.observation)
    return Ranking(tuple(final), round(1 - sum(final), 4), tuple(tuple(row) for row in moves))


def floor_to_table(weights: Sequence[float], none_of_these: float, *, lapse: float = 0.0) -> list[float]:
    """Scale to 1 and round down, so that what rounding takes goes to `none_of_these` and order is never upset."""
    total = (sum(weights) + none_of_these) / (1 - lapse)
    return [int(weight / total * PLACES) / PLACES for weight in weights]


def _shares(weights: Sequence[float], none_of_these: float) -> list[float]:
    total = sum(weights) + none_of_these
    return [round(weight / total, 4) for weight in weights]
