"""Which of many lines may match which rules, by one search for everything that rules need.

A rule needs one of its words, and some of the literals that its pattern cannot match without. All of them are looked
for at once, by an automaton that reads each byte of the lines once. A line that does not hold all that some rule needs
is tried against no rule. Without the compiled automaton every rule is asked for every line, to the same result.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from responder.triage.compiled import has_compiled
from responder.triage.signatures import RulePack

if TYPE_CHECKING:
    from responder.triage._speed import _Literals

__all__ = ["NOTHING", "UNSIFTED", "Sieve", "Sifted"]

_FEW = 800
"""Lines up to which asking every rule takes less time than making the automaton."""
_DECODED = "{"
"""The message of a JSON record is no part of its line as it stands, so any rule may match such a line."""


class Sifted(NamedTuple):
    """What a line may hold."""

    rules: Sequence[int] | None
    """Numbers of the rules that may match it; None when that is not known."""
    header: bool
    """It may hold what tells formats that nothing else tells."""
    level: bool
    """It may state a level in passing."""


UNSIFTED, NOTHING = Sifted(None, True, True), Sifted((), False, False)


class Sieve:
    """Turns away the rules that cannot match a line, nor would with other numbers in it.

    Args:
        rules: The rules.
        headers: What tells formats that nothing else tells, in lower case.
        levels: What states a level, in lower case.
    """

    def __init__(self, rules: RulePack, headers: Sequence[str] = (), levels: Sequence[str] = ()) -> None:
        self._rules = rules
        self._headers = tuple(headers)
        self._levels = tuple(levels)
        self._literals: _Literals | None = None
        self._rule_of: list[int] = []
        self._seen = 0

    def sifted(self, texts: Sequence[str]) -> Sequence[Sifted]:
        """What may be in each line; `UNSIFTED` where that is not known.

        Args:
            texts: Cleaned lines.
        """
        self._seen += len(texts)
        if self._seen <= _FEW or not has_compiled():
            return [UNSIFTED] * len(texts)
        from responder.triage._speed import search

        if self._literals is None:
            self._literals = self._made()
        found = [NOTHING] * len(texts)
        rule_of, last = self._rule_of, len(self._rule_of) + 1
        for line, alternatives in search(self._literals, _folded("\n".join(texts))):
            level = alternatives[-1] == last and bool(alternatives.pop())
            header = bool(alternatives) and alternatives[-1] == last - 1 and bool(alternatives.pop())
            found[line] = Sifted(list(dict.fromkeys([rule_of[number] for number in alternatives])), header, level)
        return found

    def _made(self) -> "_Literals":
        """The automaton; the last of its alternatives are headers and levels."""
        from responder.triage._speed import literals

        rules = list(self._rules.needed())
        self._rule_of = [number for number, alternatives in enumerate(rules) for _ in alternatives]
        wanted = [lists for alternatives in rules for lists in alternatives]
        wanted += (self._headers, ("",), ("",)), (self._levels, ("",), ("",))
        return literals(wanted, _DECODED, True)


def _folded(text: str) -> bytes:
    """The text with those letters as ASCII that are in it as small letters only; the search folds all others."""
    return (
        text.replace("\N{KELVIN SIGN}", "k")
        .replace("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i")
        .encode(errors="replace")
    )
