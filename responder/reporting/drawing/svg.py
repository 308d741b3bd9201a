"""The few SVG elements the drawings need, and text that is wrapped before the browser sees it.

A reader's fonts are not known here, so widths are estimated on the wide side: labels may end early, never collide.
Text and attribute values are escaped; nothing from the evidence becomes an element or an attribute.
"""

import unicodedata
from collections.abc import Iterable
from html import escape

__all__ = ["Canvas", "text_width", "wrap"]

_WIDE = {"W": 1.1, "F": 1.1, "A": 0.85}
_AVERAGE = 0.61
"""Of the font size; the widest common sans-serif (DejaVu Sans) averages a little less."""


def text_width(text: str, size: float) -> float:
    """A careful estimate of how wide `text` is at `size` pixels."""
    if text.isascii():
        return len(text) * _AVERAGE * size
    return sum(_WIDE.get(unicodedata.east_asian_width(character), _AVERAGE) for character in text) * size


def wrap(text: str, width: float, size: float, *, max_lines: int = 4) -> list[str]:
    """Break words into lines no wider than `width`; a word that is too long is broken, what is too much is cut."""
    lines: list[str] = []
    line = ""
    for word in _pieces(text.split(), width, size):
        joined = f"{line} {word}" if line else word
        if line and text_width(joined, size) > width:
            lines.append(line)
            joined = word
        line = joined
        if len(lines) > max_lines:
            break
    lines.append(line)
    if len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], _cut(f"{lines[max_lines - 1]}...", width, size)]
    return lines


class Canvas:
    """Collects elements, then becomes one `svg` element."""

    def __init__(self, width: float, *, label: str) -> None:
        self.width = width
        self._label = label
        self._parts: list[str] = []

    def add(self, name: str, *, css: str = "", **attributes: float | str) -> None:
        """Add an empty element; underscores in attribute names become hyphens."""
        self._parts.append(f"<{name}{_attributes(css, attributes)}/>")

    def text(self, x: float, y: float, words: str, *, css: str = "", anchor: str = "") -> None:
        """Add one line of text with its baseline at `y`."""
        attributes: dict[str, float | str] = {"x": x, "y": y}
        if anchor:
            attributes["text_anchor"] = anchor
        self._parts.append(f"<text{_attributes(css, attributes)}>{escape(words)}</text>")

    def cited(self, x: float, y: float, words: str, ids: Iterable[str], *, css: str = "") -> None:
        """Add a line that ends in citations, each a link to its evidence; the browser sets them side by side."""
        links = "".join(
            f' <a href="#{escape(item)}"><tspan class="cite" dx="4">{escape(item)}</tspan></a>' for item in ids
        )
        attributes: dict[str, float | str] = {"x": x, "y": y}
        self._parts.append(f"<text{_attributes(css, attributes)}>{escape(words)}{links}</text>")

    def lines(self, x: float, y: float, lines: Iterable[str], leading: float, *, css: str = "") -> None:
        """Add lines below each other, the first with its baseline at `y`."""
        for number, line in enumerate(lines):
            self.text(x, y + number * leading, line, css=css)

    def render(self, height: float, *, css: str) -> str:
        """The whole drawing."""
        attributes = f'class="{escape(css)}" viewBox="0 0 {_number(self.width)} {_number(height)}" role="img"'
        return f'<svg {attributes} aria-label="{escape(self._label)}">{"".join(self._parts)}</svg>'


def _pieces(words: Iterable[str], width: float, size: float) -> Iterable[str]:
    fitting = max(1, int(width / (1.1 * size)))
    for word in words:
        if text_width(word, size) <= width:
            yield word
        else:
            yield from (word[start : start + fitting] for start in range(0, len(word), fitting))


def _cut(line: str, width: float, size: float) -> str:
    while len(line) > 4 and text_width(line, size) > width:
        line = line[:-4].rstrip() + "..."
    return line


def _attributes(css: str, attributes: dict[str, float | str]) -> str:
    named = ({"class": css} if css else {}) | {
        name.replace("_", "-"): value if isinstance(value, str) else _number(value)
        for name, value in attributes.items()
    }
    return "".join(f' {name}="{escape(value)}"' for name, value in named.items())


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
