"""What one line is by itself, worked out once for all lines that differ in numbers only.

Some rules care for the numbers (a status of 503, a disk at 97 %). Lines that such a rule might match are classified one
by one; all others share the verdict of the first of their kind.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from responder.triage.format import Parsed
from responder.triage.interface import Level
from responder.triage.lines import clean, key_of
from responder.triage.parsing import Parser
from responder.triage.sieve import UNSIFTED, Sieve, Sifted
from responder.triage.signatures import Hit, RulePack
from responder.triage.templates import mask
from responder.triage.topics import ANY, words_of_topics

__all__ = ["Classifier", "Shape"]

_MEMORY = 100_000
"""Shapes kept; beyond it lines are classified without being remembered, so memory stays bounded."""
_ONE_BY_ONE = 10_000
"""Lines whose numbers matter up to which each is looked at: a third of a second."""


class Shape(Struct):
    """One kind of line."""

    parsed: Parsed
    text: str
    """The cleaned text of the first line of this kind."""
    stamp_at: tuple[int, int] | None
    """Where the moment stands in the cleaned text."""
    hits: Sequence[Hit] = ()
    exact: bool = False
    """Lines that differ from this one in numbers only may be of another kind."""
    topics: int = ANY
    """What it may be about; see `responder.triage.topics`."""
    _template: str | None = None

    @property
    def level(self) -> Level:
        """The level the line states."""
        return self.parsed.level

    @property
    def template(self) -> str:
        """The message with its variable parts masked."""
        if self._template is None:
            self._template = mask(self.parsed.message)
        return self._template


class Classifier:
    """Classifies lines with a rule pack.

    Args:
        rules: The signatures to look for.
    """

    def __init__(self, rules: RulePack) -> None:
        self._rules = rules
        self._parser = Parser()
        self._shapes: dict[bytes, Shape] = {}
        self._exact: dict[bytes, Shape] = {}
        self._sieve = Sieve(rules, words_of_topics(self._parser.headers))
        self.made = 0
        """Kinds worked out for `shapes`, which its callers hold."""

    def shapes(
        self,
        lines: Sequence[bytes],
        keys: Sequence[bytes],
        alike: Callable[[Sequence[bytes]], Sequence[bytes]] | None = None,
    ) -> list[Shape]:
        """The kind of each line; the same as `shape` of one after the other, but all that are new at once.

        Args:
            lines: Lines without their newlines.
            keys: `key_of` each of them.
            alike: What lines whose numbers matter have in common when they are of one kind all the same. Asked where
                such lines are many; those that match no rule then share what the first of them is.
        """
        known, one_by_one = self._shapes, self._exact
        fresh = {key: raw for key, raw in zip(reversed(keys), reversed(lines), strict=True) if key not in known}
        here = dict(zip(fresh, self.classified(list(fresh.values())), strict=True))
        exactly = {raw: here[key] for key, raw in fresh.items() if here[key].exact}
        of_kind = [here.get(key) or known[key] for key in keys]
        minding = dict.fromkeys(raw for raw, shape in zip(lines, of_kind, strict=True) if shape.exact)
        unread = [raw for raw in minding if raw not in one_by_one and raw not in exactly]
        exactly.update(zip(unread, self._exactly_each(unread, alike), strict=True))
        self.made += len(here)
        for memory, new in ((known, here), (one_by_one, exactly)):
            if len(memory) < _MEMORY:
                memory.update(new)
        return [
            (exactly.get(raw) or one_by_one[raw]) if shape.exact else shape
            for raw, shape in zip(lines, of_kind, strict=True)
        ]

    def shape(self, raw: bytes, key: bytes | None = None) -> Shape:
        """The kind of a line.

        Args:
            raw: The line without its newline.
            key: `key_of(raw)`, when the caller has it already.
        """
        key = key_of(raw) if key is None else key
        shape = self._shapes.get(key)
        if shape is None:
            shape = self.classify(raw)
            if len(self._shapes) < _MEMORY:
                self._shapes[key] = shape
        elif shape.exact:
            return self._exactly(raw)
        return shape

    def _exactly(self, raw: bytes) -> Shape:
        exact = self._exact.get(raw)
        if exact is None:
            exact = self.classify(raw)
            if len(self._exact) < _MEMORY:
                self._exact[raw] = exact
        return exact

    def _exactly_each(
        self, lines: Sequence[bytes], alike: Callable[[Sequence[bytes]], Sequence[bytes]] | None
    ) -> Sequence[Shape]:
        if alike is None or len(lines) <= _ONE_BY_ONE:
            self.made += len(lines)
            return self.classified(lines)
        groups = alike(lines)
        firsts = dict(zip(reversed(groups), reversed(lines), strict=True))
        of_group = dict(zip(firsts, self.classified(list(firsts.values())), strict=True))
        told = [raw for raw, group in zip(lines, groups, strict=True) if of_group[group].hits]
        own = dict(zip(told, self.classified(told), strict=True))
        self.made += len(firsts) + len(told)
        return [own.get(raw) or of_group[group] for raw, group in zip(lines, groups, strict=True)]

    def classify(self, raw: bytes) -> Shape:
        """The kind of a line, worked out anew and not remembered."""
        text = clean(raw)
        return self._of(text, self._parser.parse(text), UNSIFTED)

    def classified(self, lines: Sequence[bytes]) -> list[Shape]:
        """`classify` of each of many lines; most match no rule, which one search through all of them shows."""
        texts = list(map(clean, lines))
        sifted = self._sieve.sifted(texts)
        parsed = [self._parser.parse(text, topics=may.topics) for text, may in zip(texts, sifted, strict=True)]
        # The message of a JSON record is no part of its line as it stands.
        decoded = [at for at, one in enumerate(parsed) if one.decoded]
        if decoded:
            sifted = list(sifted)
            for at, inner in zip(
                decoded, self._sieve.sifted([parsed[at].message.replace("\n", " ") for at in decoded]), strict=True
            ):
                sifted[at] = Sifted(inner.rules, inner.topics | sifted[at].topics)
        return list(map(self._of, texts, parsed, sifted))

    def _of(self, text: str, parsed: Parsed, sifted: Sifted) -> Shape:
        candidates, topics = sifted
        start = text.find(parsed.stamp) if parsed.stamp else -1
        shape = Shape(parsed, text, (start, start + len(parsed.stamp)) if start >= 0 else None, topics=topics)
        if candidates is None or candidates:
            hits, shape.exact = self._rules.judged(parsed.message, candidates)
            shape.hits = tuple(hits)
        return shape
