"""Which of many lines may match which rules, by one search for everything that rules need.

A rule needs one of its words, and some of the literals that its pattern cannot match without. All of them are looked
for at once, by an automaton that reads each byte of the lines once. A line that does not hold all that some rule needs
is tried against no rule. Without the compiled automaton every rule is asked for every line, to the same result.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from responder.triage.compiled import has_compiled
from responder.triage.signatures import RulePack

if TYPE_CHECKING:
    from responder.triage._speed import _Literals

__all__ = ["Sieve"]

_FEW = 800
"""Lines up to which asking every rule takes less time than making the automaton."""
_LEAST = 2
"""Letters of a literal below which nearly every line holds it, unless it is a mark."""
_MOST = 12
"""Letters of a literal that are looked for."""
_DECODED = "{"
"""The message of a JSON record is no part of its line as it stands, so any rule may match such a line."""


class Sieve:
    """Turns away the rules that cannot match a line, nor would with other numbers in it.

    Args:
        rules: The rules.
    """

    def __init__(self, rules: RulePack) -> None:
        self._rules = rules
        self._literals: _Literals | None = None
        self._rule_of: list[int] = []
        self._seen = 0

    def candidates(self, texts: Sequence[str]) -> Sequence[Sequence[int] | None]:
        """For each line the numbers of the rules that may match it; None where that is not known.

        Args:
            texts: Cleaned lines.
        """
        self._seen += len(texts)
        if self._seen <= _FEW or not has_compiled():
            return [None] * len(texts)
        from responder.triage._speed import search

        if self._literals is None:
            rules = list(self._rules.needed())
            self._rule_of = [number for number, alternatives in enumerate(rules) for _ in alternatives]
            self._literals = _literals_of([lists for alternatives in rules for lists in alternatives])
        found: list[Sequence[int] | None] = [()] * len(texts)
        rule_of = self._rule_of
        for line, alternatives in search(self._literals, "\n".join(texts).lower().encode(errors="replace")):
            found[line] = list(dict.fromkeys([rule_of[number] for number in alternatives]))
        return found


def _literals_of(alternatives: Sequence[tuple[Sequence[str], ...]]) -> "_Literals":
    """What alternatives need, as bits: for each one bit in each of as many rows as it has lists of literals.

    A literal sets the bits of the lists it is in. An alternative may match a line when its bit is set in every row.
    """
    from responder.triage._speed import literals

    words = -(-len(alternatives) // 64)
    rows = max(map(len, alternatives))
    always: list[int] = []
    places: dict[str, list[int]] = {_DECODED: []}
    for number, lists in enumerate(alternatives):
        for row, wanted in enumerate(lists):
            bit = row * words * 64 + number
            places[_DECODED].append(bit)
            if any(len(literal) < _LEAST and literal.isascii() for literal in wanted):
                always.append(bit)
                continue
            for literal in {literal[:_MOST] for literal in wanted}:
                places.setdefault(literal, []).append(bit)
    return literals([literal.encode() for literal in places], list(places.values()), rows, words, always)
