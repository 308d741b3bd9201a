"""Where in the lines of a file a number decides how bad the line is, so that counting keeps such lines apart.

Lines are counted by what is left without their digits, which makes one kind of a request that was answered with 200 and
one that was answered with 503. Which numbers matter is not written down anywhere: the rules and formats are asked, by
putting other numbers into the first lines of the file and seeing what they make of it.
"""

import re
from collections.abc import Sequence

from responder.patterns import lazy
from responder.triage.classify import Classifier, Shape
from responder.triage.lines import key_of, keys_of, with_mark

__all__ = ["Alarms"]

_NUMBER = lazy(rb"(?<![\d.])(?<!\d:)\d{1,3}(?![\d:])")
_TRIED = (b"503", b"97", b"1")
"""A status that failed, a share that is nearly all, a count or code that is not zero."""
_BEFORE = 8
_LEAST_BEFORE = 2
"""Bytes before a number by which its place is known."""
_MOST_KINDS = 30
"""Of one file."""
_MOST_KINDS_OF_ALL = 300
"""Of all files of a run: each costs some milliseconds."""
_MOST_NUMBERS = 12
_MOST_MARKS = 6
"""Each is one more search through the whole file."""


class Alarms:
    """Finds the numbers that matter; each kind of line is asked about once a run.

    Args:
        classifier: Says what a line is.
    """

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._known: dict[bytes, tuple[bytes, ...]] = {}

    def marks_of(self, head: Sequence[bytes], shapes: Sequence[Shape]) -> tuple[bytes, ...]:
        """What to tell lines apart by: bytes that end in the one digit that makes the difference.

        Args:
            head: The first lines of a file.
            shapes: What they are.
        """
        marks: dict[bytes, None] = {}
        seen: set[bytes] = set()
        for raw, shape in zip(head, shapes, strict=True):
            if not shape.exact or len(seen) >= _MOST_KINDS or (key := key_of(raw)) in seen:
                continue
            seen.add(key)
            if key not in self._known and len(self._known) < _MOST_KINDS_OF_ALL:
                self._known[key] = self._asked(raw, shape)
            marks.update(dict.fromkeys(self._known.get(key, ())))
        return tuple(marks)[:_MOST_MARKS]

    def alike(self, lines: Sequence[bytes]) -> list[bytes]:
        """What lines have in common that differ in numbers only and not in those that matter.

        Of a kind of lines that was not asked about, each line has only itself in common.
        """
        marked = b"\n".join(lines)
        for mark in dict.fromkeys(mark for marks in self._known.values() for mark in marks):
            marked = with_mark(marked, mark)
        groups = key_of(marked).split(b"\n")
        return [
            group if key in self._known else raw for raw, key, group in zip(lines, keys_of(lines), groups, strict=True)
        ]

    def _asked(self, raw: bytes, shape: Shape) -> tuple[bytes, ...]:
        numbers = list(_NUMBER.finditer(raw))[:_MOST_NUMBERS]
        return tuple([mark for match in numbers for mark in _marks_at(raw, match, shape, self._classifier)])


def _marks_at(raw: bytes, match: re.Match[bytes], now: Shape, classifier: Classifier) -> list[bytes]:
    start, end = match.span()
    before = raw[max(0, start - _BEFORE) : start]
    before = before[max((at + 1 for at, byte in enumerate(before) if chr(byte).isdigit()), default=0) :]
    if len(before) < _LEAST_BEFORE:
        return []
    found = []
    for number in _TRIED:
        if number == b"1" and match[0] != b"0":
            continue  # only zero is told from all other numbers
        other = classifier.classify(raw[:start] + number + raw[end:])
        if _worse(other, now):
            found.append(before + (b"0" if number == b"1" else number[:1]))
            break
    return found


def _worse(one: Shape, other: Shape) -> bool:
    return one.level > other.level or len(one.hits) > len(other.hits)
