"""How a run ends, by one rule for first explanations and revised ones alike."""

from collections.abc import Sequence

from responder.causes.interface import Hypothesis
from responder.incident import Verdict

__all__ = ["ENOUGH", "conclude"]

ENOUGH = 0.5
"""Below this no hypothesis is likelier than all else together, and the verdict is inconclusive."""


def conclude(hypotheses: Sequence[Hypothesis]) -> Verdict:
    """Diagnosed when the best hypothesis that is not ruled out is likelier than everything else together."""
    best = next((hypothesis for hypothesis in hypotheses if hypothesis.status != "ruled_out"), None)
    return Verdict.DIAGNOSED if best is not None and best.probability >= ENOUGH else Verdict.INCONCLUSIVE
