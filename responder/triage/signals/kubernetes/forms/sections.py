"""The indented `Key: value` text of `kubectl describe` as sections, before anybody asks what they mean."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from responder.patterns import lazy
from responder.triage.signals.trees import MISSING, Tree, leaf

__all__ = ["Parts", "Section", "find", "leaf_of", "objects_in", "sections_of", "told"]

_FIELD = lazy(r"^(?P<key>[\w./() -]{1,120}?):(?:\s+(?P<value>.*))?$")
_NAME = lazy(r"Name:\s+\S")
_FOLLOWING = lazy(r"(?:Namespace|Labels|Roles|Priority|StorageClass|IsDefaultClass|Value|CreationTimestamp):")
_LONGEST = 4000
_NOTHING = frozenset({"<none>", "<unset>", "<nil>", "<unknown>", "<not set>"})

Parts = dict[str, Tree | None]
"""Entries of an object under construction; what is None is left out."""


class Section(Struct):
    """One line, and the lines below that are indented deeper."""

    text: str
    """The line without its indentation."""
    line: int
    indent: int
    key: str
    """Empty for a line that is no `Key: value`."""
    value: str
    inner: "list[Section]" = field(default_factory=list)

    def get(self, key: str) -> "Section | None":
        """The first inner section of a name."""
        return find(self.inner, key)

    def values(self) -> "Iterator[tuple[int, str]]":
        """What stands beside the key, and each line that continues it below."""
        if told(self.value):
            yield self.line, self.value
        for section in self.inner:
            if told(section.text):
                yield section.line, section.text


def told(text: str) -> str:
    """A value, or nothing where kubectl writes that there is none."""
    text = text.strip()
    return "" if text in _NOTHING else text


def find(sections: Sequence[Section], key: str) -> Section | None:
    """The first section of a name."""
    return next((section for section in sections if section.key == key), None)


def leaf_of(section: Section | None) -> Tree:
    """The value of a section as a scalar, missing where kubectl writes that there is none."""
    return leaf(told(section.value), section.line) if section and told(section.value) else MISSING


def objects_in(lines: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """The 1-based first line and all lines of every described object of a text."""
    starts = [
        at
        for at, text in enumerate(lines)
        if _NAME.match(text) and any(_FOLLOWING.match(below) for below in lines[at + 1 : at + 5])
    ]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield start + 1, lines[start:end]


def sections_of(first: int, lines: Sequence[str]) -> list[Section]:
    """The sections of one object, outermost ones first."""
    outer: list[Section] = []
    open_ones: list[Section] = []
    for number, raw in enumerate(lines, first):
        text = raw[:_LONGEST].strip()
        if not text or text == "---":
            continue
        indent = len(raw) - len(raw.lstrip())
        match = _FIELD.match(text)
        key, value = (match["key"].strip(), (match["value"] or "").strip()) if match else ("", text)
        section = Section(text, number, indent, key, value)
        while open_ones and open_ones[-1].indent >= indent:
            open_ones.pop()
        (open_ones[-1].inner if open_ones else outer).append(section)
        open_ones.append(section)
    return outer
