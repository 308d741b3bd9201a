"""Which of many lines may match which rules, by one search for everything that rules need.

A rule needs one of its words, and some of the literals that its pattern cannot match without. All of them are looked
for at once, by an automaton that reads each byte of the lines once. A line that does not hold all that some rule needs
is tried against no rule. Without the compiled automaton every rule is asked for every line, to the same result.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from responder.triage.compiled import has_compiled
from responder.triage.signatures import RulePack
from responder.triage.topics import ANY, NONE

if TYPE_CHECKING:
    from responder.triage._speed import _Literals

__all__ = ["NOTHING", "UNSIFTED", "Sieve", "Sifted"]

_FEW = 800
"""Lines up to which asking every rule takes less time than making the automaton."""


_ALIKE = (
    ("\N{KELVIN SIGN}", "k"),
    ("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i"),
    ("\N{LATIN SMALL LETTER DOTLESS I}", "i"),
    ("\N{LATIN SMALL LETTER LONG S}", "s"),
)


class Sifted(NamedTuple):
    """What a line may hold."""

    rules: Sequence[int] | None
    """Numbers of the rules that may match it; None when that is not known."""
    topics: int
    """What it may be about; see `responder.triage.topics`."""


UNSIFTED, NOTHING = Sifted(None, ANY), Sifted((), NONE)


class Sieve:
    """Turns away the rules that cannot match a line, nor would with other numbers in it.

    Args:
        rules: The rules.
        topics: What else is looked for, in lower case: the words of each topic, in the order of their bits.
    """

    def __init__(self, rules: RulePack, topics: Sequence[Sequence[str]] = ()) -> None:
        self._rules = rules
        self._topics = [tuple(words) for words in topics]
        self._literals: _Literals | None = None
        self._seen = 0

    def sifted(self, texts: Sequence[str]) -> Sequence[Sifted]:
        """What may be in each line; `UNSIFTED` where that is not known.

        Args:
            texts: Cleaned lines, or what is in them, without newlines.
        """
        self._seen += len(texts)
        if self._seen <= _FEW or not has_compiled():
            return [UNSIFTED] * len(texts)
        from responder.triage._speed import search

        if self._literals is None:
            self._literals = self._made()
        found = [NOTHING] * len(texts)
        for line, rules, topics in search(self._literals, _folded("\n".join(texts))):
            found[line] = Sifted(rules, topics)
        return found

    def _made(self) -> "_Literals":
        """The automaton; the last of its alternatives are the topics."""
        from responder.triage._speed import literals

        wanted = [(lists, rule) for rule, alternatives in enumerate(self._rules.needed()) for lists in alternatives]
        wanted += [((words, ("",), ("",)), -(1 << bit)) for bit, words in enumerate(self._topics)]
        return literals([lists for lists, _ in wanted], True, [owner for _, owner in wanted])


def _folded(text: str) -> bytes:
    """The text with those letters as ASCII that patterns take for such; the search itself folds capitals."""
    if not text.isascii():
        for letter, alike in _ALIKE:
            text = text.replace(letter, alike)
    return text.encode(errors="replace")
