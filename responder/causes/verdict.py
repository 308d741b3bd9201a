"""How a run ends, by one rule for first explanations and revised ones alike."""

from collections.abc import Sequence

from responder.causes.interface import Hypothesis
from responder.incident import Verdict

__all__ = ["ENOUGH", "conclude"]

ENOUGH = 0.5
"""Below this no hypothesis is likelier than all else together, and the verdict is inconclusive."""


def conclude(hypotheses: Sequence[Hypothesis]) -> Verdict:
    """Diagnosed when the best hypothesis that is not ruled out is likelier than all that contradicts it together.

    Two faults at once take probability from each other, and are no reason to doubt either.
    """
    standing = [hypothesis for hypothesis in hypotheses if hypothesis.status != "ruled_out"]
    if not standing:
        return Verdict.INCONCLUSIVE
    best = standing[0]
    beside = sum(hypothesis.probability for hypothesis in standing if hypothesis.id in best.beside)
    enough = best.probability >= ENOUGH * (1 - beside)
    return Verdict.DIAGNOSED if enough else Verdict.INCONCLUSIVE
