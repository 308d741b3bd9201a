"""What one line is by itself, worked out once for all lines that differ in numbers only.

Some rules care for the numbers (a status of 503, a disk at 97 %). Lines that such a rule might match are classified one
by one; all others share the verdict of the first of their kind.
"""

from dataclasses import dataclass

from responder.triage.interface import Level
from responder.triage.lines import clean, key_of
from responder.triage.parsing import Parsed, Parser
from responder.triage.signatures import Hit, RulePack, words_of
from responder.triage.templates import mask

__all__ = ["Classifier", "Shape"]

_MEMORY = 200_000
"""Shapes kept; beyond it lines are classified without being remembered, so memory stays bounded."""


@dataclass(slots=True)
class Shape:
    """One kind of line."""

    parsed: Parsed
    text: str
    """The cleaned text of the first line of this kind."""
    stamp_at: tuple[int, int] | None
    """Where the moment stands in the cleaned text."""
    hits: list[Hit]
    words: set[str]
    exact: bool
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
            exact = self._exact.get(raw)
            if exact is None:
                exact = self.classify(raw)
                if len(self._exact) < _MEMORY:
                    self._exact[raw] = exact
            return exact
        return shape

    def classify(self, raw: bytes) -> Shape:
        """The kind of a line, worked out anew and not remembered."""
        text = clean(raw)
        parsed = self._parser.parse(text)
        start = text.find(parsed.stamp) if parsed.stamp else -1
        words = words_of(parsed.message)
        return Shape(
            parsed=parsed,
            text=text,
            stamp_at=(start, start + len(parsed.stamp)) if start >= 0 else None,
            hits=self._rules.hits(parsed.message, words),
            words=words,
            exact=not words.isdisjoint(self._rules.numeric_words),
        )
