"""A way to speak of a kind of fault, and how a text is searched for many of them.

Each phrase has letters that it cannot do without, so that a pattern is compiled and tried where some of them stand and
nowhere else: a log of other troubles pays nothing for the words that it has none of.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from responder.incident import Category

__all__ = ["Phrase", "first_told"]


class Phrase(NamedTuple):
    """One way to speak of a kind of fault."""

    category: Category
    near: tuple[str, ...]
    """Letters of which a text holds at least one wherever `words` match."""
    words: re.Pattern[str]
    sure: bool = True
    """Hardly anything else is put into these words; so they count in traces and in the output of builds too."""


def first_told(phrases: Iterable[Phrase], text: str, *, only_sure: bool = False) -> Category:
    """The category of the first phrase that a text holds; unknown when it holds none.

    Args:
        phrases: In the order of trying.
        text: In lower case, joined names taken apart.
        only_sure: Leave out what is said of other things too.
    """
    for category, near, words, sure in phrases:
        if (sure or not only_sure) and any(letters in text for letters in near) and words.search(text):
            return category
    return Category.UNKNOWN
