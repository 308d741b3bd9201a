r"""What a text must hold for a pattern to match it, read off the pattern's own text without compiling it.

Most rules that a word of a line calls up do not match that line. A plain search for what each match would hold turns
them away a hundred times cheaper than compiling the pattern and trying it.

The reader knows the subset of regular expressions that rules are written in. What it does not know it takes for
anything at all, so it may let a text through in vain, and never keeps one away that the pattern matches.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from responder.patterns import lazy

__all__ = ["ANYTHING", "Alternative", "Needs", "branches_of", "lowered", "needs_of"]

_TOKEN = lazy(
    r"(?P<run>[^\\\[\](){}|.^$*+?]+(?![*+?{]))"
    r"|(?P<flags>\(\?[aiLmsux]+\))|(?P<group>\((?:\?P<\w+>|\?i?:|(?!\?)))|(?P<end>\))|(?P<or>\|)"
    r"|(?P<repeat>(?:[*+?]|\{\d*,?\d*\})\??)"
    r"|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<hex>\\x[0-9a-fA-F]{2})|(?P<start>\^)|(?P<edge>\\[bBAZ]|\$)"
    r"|(?P<any>\\[dDsSwWnrtfv]|\.)|(?P<escape>\\[^\w])|(?P<char>[^\\\[\](){}|.^$*+?])|(?P<unknown>.)",
    re.DOTALL,
)
_FLAGS = re.compile(r"\(\?[aiLmsux]+\)")
_SIMPLE_SET = lazy(r"\[([^\\^\]-]{1,6}-?)\]")
_NUMBER = lazy(r"\d+")
_MOST = 24
"""Alternatives followed; beyond it what they stand for is taken for anything."""
_MOST_TIMES = 4
"""Of what is repeated for sure, how often it is written down."""
_START_BONUS = 3
"""Letters by which a literal at a fixed place tells more than one that may stand anywhere."""


class Alternative(NamedTuple):
    """What every text that one alternative of a pattern matches has, in lower case."""

    starts: tuple[str, ...]
    """It starts with one of these,"""
    holds: tuple[str, ...]
    """or holds one of these;"""
    also: tuple[str, ...] = ()
    """and holds one of these, if there are any."""

    def met_by(self, lower: str) -> bool:
        """True when it may match the text that this is the lower case of."""
        # Loops and not `any`, which takes twice as long: this is what triage does most often.
        if not lower.startswith(self.starts):
            for literal in self.holds:
                if literal in lower:
                    break
            else:
                return False
        if not self.also:
            return True
        for literal in self.also:  # noqa: SIM110
            if literal in lower:
                return True
        return False

    def without_digits(self) -> "Alternative":
        """What every text has that it matches, or would match if other numbers stood in it."""
        starts = tuple(map(_before_digits, self.starts))
        holds, also = (tuple(map(_longest_without_digits, literals)) for literals in (self.holds, self.also))
        return Alternative(starts, holds, also)


class Needs(NamedTuple):
    """What every text that a pattern matches has: all that one of its alternatives asks for."""

    alternatives: tuple[Alternative, ...]

    def met_by(self, lower: str) -> bool:
        """True when the pattern may match the text that this is the lower case of."""
        for alternative in self.alternatives:  # noqa: SIM110
            if alternative.met_by(lower):
                return True
        return False

    def without_digits(self) -> "Needs":
        """What every text has that the pattern matches, or would match if other numbers stood in it."""
        return Needs(tuple([alternative.without_digits() for alternative in self.alternatives]))


def lowered(text: str) -> str:
    """A text in lower case, and with ASCII for the two letters that patterns take for ASCII without being capitals."""
    lower = text.lower()
    if lower.isascii():
        return lower
    return lower.replace("\N{LATIN SMALL LETTER DOTLESS I}", "i").replace("\N{LATIN SMALL LETTER LONG S}", "s")


def branches_of(pattern: str) -> tuple[str, list[str]]:
    """The flags that a pattern begins with, and the alternatives that it is made of at the top."""
    depth, at, branches = 0, 0, []
    flags = _FLAGS.match(pattern)
    start = flags.end() if flags else 0
    for token in _TOKEN.finditer(pattern, start):
        kind = token.lastgroup
        depth += (kind == "group") - (kind == "end")
        if kind == "unknown":
            return "", [pattern]
        if kind == "or" and depth == 0:
            branches.append(pattern[start:at])
            start = token.end()
        at = token.end()
    return flags[0] if flags else "", [*branches, pattern[start:]]


def _before_digits(literal: str) -> str:
    return _NUMBER.split(literal, maxsplit=1)[0]


def _longest_without_digits(literal: str) -> str:
    return max(_NUMBER.split(literal), key=len)


ANYTHING = Needs((Alternative((), ("",)),))
"""No text is turned away."""


class _Part(NamedTuple):
    """A piece of a pattern, or a whole alternative of it."""

    exact: tuple[str, ...] | None = None
    """Everything it can match, when that is a short list."""
    holds: tuple[str, ...] | None = None
    """What is not exact: literals of which every match holds one; None when nothing is sure."""
    starts: bool = False
    """Those literals stand at the very start of the text."""
    inside: tuple["_Part", ...] = ()
    """Of a group without alternatives: its pieces, so that they can be read on with those around it."""
    also: tuple[str, ...] | None = None
    """Literals elsewhere in a match, of which every match holds one too; None when nothing more is sure."""

    @property
    def sure(self) -> tuple[str, ...] | None:
        literals = self.holds if self.exact is None else self.exact
        return literals if literals and all(literals) else None


_ANY = _Part()
_NOTHING = _Part(("",))


def needs_of(pattern: str) -> Needs:
    """The literals of which a text must hold one to match; `ANYTHING` where no such list can be read off."""
    tokens = _TOKEN.finditer(pattern)
    try:
        branches = _branches(tokens, depth=0)
    except _UnknownSyntaxError:
        return ANYTHING
    if any(branch.sure is None for branch in branches):
        return ANYTHING
    # Those of which one list says all are one alternative: a text is asked for many literals sooner than many times.
    plain = [branch for branch in branches if not branch.also]
    single = [[branch] for branch in branches if branch.also]
    return Needs(tuple(map(_alternative, filter(None, [plain, *single]))))


def _alternative(branches: Sequence[_Part]) -> Alternative:
    starts = [literal for branch in branches if branch.starts for literal in branch.sure or ()]
    holds = [literal for branch in branches if not branch.starts for literal in branch.sure or ()]
    also = [literal for branch in branches for literal in branch.also or ()]
    return Alternative(tuple(dict.fromkeys(starts)), _fewest(holds), _fewest(also))


def _fewest(literals: Sequence[str]) -> tuple[str, ...]:
    """Without those that hold another one: a text that holds them holds that one too."""
    kept: list[str] = []
    for literal in sorted(dict.fromkeys(literals), key=len):
        if not any(shorter in literal for shorter in kept):
            kept.append(literal)
    return tuple(kept)


class _UnknownSyntaxError(Exception):
    pass


def _branches(tokens: Iterator[re.Match[str]], *, depth: int) -> list[_Part]:
    """The alternatives up to the end of their group."""
    branches, pieces, anchored = [], list[_Part](), False
    for token in tokens:
        kind = token.lastgroup
        if kind == "run" or kind == "char":
            pieces.append(_Part((token[0].lower(),)))
        elif kind == "group":
            pieces.append(_group(_branches(tokens, depth=depth + 1)))
        elif kind == "repeat" and pieces:
            pieces += _repeated(pieces.pop(), token[0])
        elif kind == "or":
            branches.append(_sequence(pieces, anchored=anchored))
            pieces, anchored = [], False
        elif kind == "end" and depth:
            return [*branches, _sequence(pieces, anchored=anchored)]
        elif kind == "start":
            anchored = anchored or not pieces
        else:
            pieces.append(_piece(kind, token[0]))
    if depth:
        raise _UnknownSyntaxError
    return [*branches, _sequence(pieces, anchored=anchored)]


def _group(branches: Sequence[_Part]) -> _Part:
    exact = [literal for branch in branches for literal in branch.exact or ()]
    if len(exact) <= _MOST and all(branch.exact is not None for branch in branches):
        return _Part(tuple(exact))
    if any(branch.sure is None for branch in branches):
        holds = None
    else:
        holds = tuple([literal for branch in branches for literal in branch.sure or ()])
    return _Part(None, holds, inside=branches[0].inside if len(branches) == 1 else ())


def _piece(kind: str | None, text: str) -> _Part:
    if kind == "any":
        return _ANY
    if kind == "set":
        simple = _SIMPLE_SET.fullmatch(text)
        return _Part(tuple(dict.fromkeys(simple[1].lower()))) if simple else _ANY
    if kind == "escape":
        return _Part((text[1],))
    if kind == "hex":
        return _Part((bytes.fromhex(text[2:]).decode("latin-1").lower(),))
    if kind in ("edge", "flags"):
        return _NOTHING
    raise _UnknownSyntaxError


def _repeated(piece: _Part, repeat: str) -> list[_Part]:
    if repeat[0] == "?" or repeat.startswith(("{0,1}", "{,1}")):
        return [_Part(("", *piece.exact)) if piece.exact is not None else _ANY]
    least = re.match(r"\{(\d+)|\+", repeat)
    times = int(least[1] or 1) if least else 0
    return [*[piece] * min(times, _MOST_TIMES), _ANY]


def _sequence(pieces: Sequence[_Part], *, anchored: bool) -> _Part:
    """Pieces one after another: all they can spell, else the most telling of what they are sure to hold."""
    spelt: tuple[str, ...] = ("",)
    found: list[_Part] = []
    at_start = anchored
    pieces = [inner for piece in pieces for inner in piece.inside or (piece,)]
    for piece in pieces:
        if piece.exact is not None and len(spelt) * len(piece.exact) <= _MOST:
            spelt = tuple([one + other for one in spelt for other in piece.exact])
            continue
        found += _Part(None, spelt, at_start), piece
        at_start = False
        spelt = ("",) if piece.exact is None else piece.exact
    if not found:
        return _Part(spelt, None, anchored)
    found.append(_Part(None, spelt))
    ranked = sorted((part for part in found if part.sure), key=_worth, reverse=True)
    best = ranked[0] if ranked else _ANY
    return best._replace(inside=tuple(pieces), also=ranked[1].sure if len(ranked) > 1 else None)


def _worth(part: _Part) -> int:
    return min(map(len, part.sure or ("",))) + _START_BONUS * part.starts
