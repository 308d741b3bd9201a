"""Which lines of an artifact are copied when it does not fit: its evidence with context, its beginning, its end."""

import bisect
from collections.abc import Sequence

from responder.causes.interface import Evidence
from responder.staging.scan import merged

__all__ = ["Selection"]

_MAX_EVIDENCE_LINES = 400
_MAX_CONTEXT_LINES = 20_000


class Selection:
    """Chooses lines within an allowance: evidence always, context, head and tail as far as the bytes reach.

    Args:
        evidence: Of this artifact.
        allowance_bytes: What the copy may hold of the original.
        line_bytes: About how long a line is, to turn bytes into lines of context; the bytes themselves are then held.
    """

    def __init__(self, evidence: Sequence[Evidence], allowance_bytes: int, *, line_bytes: int) -> None:
        spans = [
            (item.span.line_start, min(item.span.line_end, item.span.line_start + _MAX_EVIDENCE_LINES))
            for item in evidence
        ]
        self._evidence = merged(spans + [(item.span.line, item.span.line) for item in evidence])
        self.tail_bytes = allowance_bytes // 4
        share = (allowance_bytes - self.tail_bytes) // (len(self._evidence) + 1)
        context = min(_MAX_CONTEXT_LINES, share // 2 // line_bytes)
        around = [(max(1, first - context), last + context) for first, last in self._evidence]
        self.ranges = merged([(1, max(1, share // line_bytes)), *around])
        """Lines to offer to `takes`, and no others but those of the tail."""
        self._left = {first: self._budget(first, last, share) for first, last in self.ranges}
        self._starts = list(self._left)

    def takes(self, number: int, size_bytes: int) -> bool:
        """Whether a line within `ranges` still fits; evidence always does."""
        if self.is_evidence(number):
            return True
        start = self._starts[bisect.bisect_right(self._starts, number) - 1]
        if size_bytes > self._left[start]:
            return False
        self._left[start] -= size_bytes
        return True

    def is_evidence(self, number: int) -> bool:
        """Whether a line is cited."""
        index = bisect.bisect_right(self._evidence, (number, 1 << 62)) - 1
        return index >= 0 and self._evidence[index][0] <= number <= self._evidence[index][1]

    def _budget(self, first: int, last: int, share: int) -> int:
        inside = sum(first <= start and end <= last for start, end in self._evidence)
        return share * (inside + (first == 1))
