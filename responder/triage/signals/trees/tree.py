"""Values of a structured document, each with the line it stands on, whatever it was written as.

Scalars are texts as they stand, because everything done with them here is comparing and quoting. What is not there is
an empty value on line 0, so that a path can be followed without asking at each step.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

__all__ = ["DEEPEST", "MISSING", "DamagedError", "Tree", "branch", "leaf", "listed"]

DEEPEST = 60
"""Levels of nesting read; no object of Kubernetes and no record comes near it."""


class DamagedError(Exception):
    """A document ends in what its syntax forbids; what stood before it was given."""


class Tree(Struct):
    """One value. Treated as immutable once it is built; it is not frozen because a dump holds a million of them."""

    value: "str | dict[str, Tree] | list[Tree]"
    line: int
    """1-based line of its key, or of its own beginning where it has none."""

    def __bool__(self) -> bool:
        return bool(self.value)

    def at(self, *path: str) -> "Tree":
        """The value at a path of keys."""
        found = self
        for key in path:
            if not isinstance(found.value, dict):
                return MISSING
            found = found.value.get(key, MISSING)
        return found

    def text(self, *path: str) -> str:
        """The scalar at a path; empty when there is none."""
        value = self.at(*path).value
        return value if isinstance(value, str) else ""

    def whole(self, *path: str) -> int | None:
        """The whole number at a path."""
        text = self.text(*path)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None

    def items(self, *path: str) -> "Sequence[Tree]":
        """The elements of the list at a path."""
        value = self.at(*path).value
        return value if isinstance(value, list) else ()

    def fields(self, *path: str) -> "Mapping[str, Tree]":
        """The entries of the mapping at a path."""
        value = self.at(*path).value
        return value if isinstance(value, dict) else {}

    def pairs(self, *path: str) -> dict[str, str]:
        """The entries of a mapping of texts at a path, as labels and selectors are."""
        return {key: item.value for key, item in self.fields(*path).items() if isinstance(item.value, str)}

    def scalars(self) -> "Iterator[Tree]":
        """Every scalar below, in order of the text."""
        ahead = [self]
        while ahead:
            item = ahead.pop()
            if isinstance(item.value, str):
                yield item
            elif isinstance(item.value, list):
                ahead.extend(reversed(item.value))
            else:
                ahead.extend(reversed(item.value.values()))


MISSING = Tree("", 0)


def leaf(text: str, line: int) -> Tree:
    """A scalar."""
    return Tree(text, line)


def branch(line: int, entries: "Mapping[str, Tree | None]") -> Tree:
    """A mapping of the entries that are there."""
    return Tree({key: item for key, item in entries.items() if item is not None and item is not MISSING}, line)


def listed(line: int, items: "Sequence[Tree]") -> Tree:
    """A list."""
    return Tree(list(items), line)
