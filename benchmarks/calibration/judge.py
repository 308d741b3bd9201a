"""How honest the probabilities are: groups held out in turn, calibration error, Brier score, reliability table."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from calibration.model import Sample, fit, probabilities
from responder.causes.bayes import Likelihoods

__all__ = ["FOLDS", "Answer", "Bin", "Score", "cross_validate", "reliability", "score"]

FOLDS = 6
BINS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of one case by a table that was fitted without its group."""

    sample: Sample
    fold: int
    said: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """One row of a reliability table."""

    low: float
    high: float
    cases: int
    said: float
    right: float


@dataclass(frozen=True, slots=True)
class Score:
    """Calibration of a set of answers."""

    cases: int
    right: float
    said: float
    ece: float
    brier: float
    log_loss: float


def cross_validate(samples: Sequence[Sample], expert: Likelihoods) -> list[Answer]:
    """Fit as often as there are folds, and let each fit answer only for groups that it has not seen."""
    kinds = list(expert.evidence)
    answers = []
    for fold in range(FOLDS):
        inside = [sample for sample in samples if fold_of(sample) != fold]
        outside = [sample for sample in samples if fold_of(sample) == fold]
        if not inside or not outside:
            continue
        table = fit(inside, expert)
        for sample in outside:
            shares = probabilities(sample, table, kinds)[:-1]
            lead = int(shares.argmax())
            answers.append(Answer(sample, fold, float(shares[lead]), bool(sample.right[lead])))
    return answers


def fold_of(sample: Sample) -> int:
    """The same for all cases of a group, whatever other groups there are."""
    name = f"{sample.case.dataset}/{sample.case.group}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % FOLDS


def reliability(answers: Sequence[Answer]) -> list[Bin]:
    """What was said beside what was right, by tenths."""
    bins: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        bins[min(BINS - 1, int(answer.said * BINS))].append(answer)
    return [
        Bin(
            low=place / BINS,
            high=(place + 1) / BINS,
            cases=len(found),
            said=sum(answer.said for answer in found) / len(found),
            right=sum(answer.right for answer in found) / len(found),
        )
        for place, found in sorted(bins.items())
    ]


def score(answers: Sequence[Answer]) -> Score:
    """Sum up answers; of none, zeros."""
    count = len(answers)
    if not count:
        return Score(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    off = sum(row.cases * abs(row.said - row.right) for row in reliability(answers))
    lost = sum(-math.log(max(1e-9, answer.said if answer.right else 1 - answer.said)) for answer in answers)
    return Score(
        cases=count,
        right=sum(answer.right for answer in answers) / count,
        said=sum(answer.said for answer in answers) / count,
        ece=off / count,
        brier=sum((answer.said - answer.right) ** 2 for answer in answers) / count,
        log_loss=lost / count,
    )
