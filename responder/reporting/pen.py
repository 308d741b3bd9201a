"""How text gets into a Markdown document: always through `responder.safety.fence`, in one of two hands.

The usual hand shows text as it stands. The plain one keeps letters, digits and simple punctuation only; a document is
written with it when the usual one turned out to hold something live.
"""

import re
from collections.abc import Callable

from msgspec import Struct

from responder.patterns import lazy
from responder.reporting.sentences import Sentence
from responder.safety import fence

__all__ = ["AS_IT_STANDS", "STRIPPED", "Pen", "cite"]

_NAME = lazy(r"`([^`\n]+)`")
_BARE = lazy(r"[^A-Za-z0-9 .,;=%'\n]")
# Escapes that only matter at the start of a line, beside a bracket that stays escaped, or at the edge of a word;
# elsewhere they would only make the raw text, which people do read, harder to read.
_NEEDLESS_ESCAPE = lazy(r"(?<!^)\\([+#-])|\\([(!])|(?<=[A-Za-z0-9])\\(_)(?=[A-Za-z0-9])|\\(\))")
_LIST_NUMBER = lazy(r"\d{1,9}")
# Escaping does not help against these: services look for issues and requests in the rendered text, but not in code.
_REFERENCE = lazy(r"(?<![\w&])((?:GH-|[#!&$])\d{1,20})", re.IGNORECASE)


class Pen(Struct, frozen=True):
    """A way to write untrusted text."""

    prose: Callable[[str], str]
    """Words on one line."""
    code: Callable[[str], str]
    """A code span on one line."""
    block: Callable[[str], str]
    """A code block."""

    def say(self, words: str) -> str:
        """Words on one line, with what stands between backquotes as code, its spaces as they are."""
        parts = _NAME.split(" ".join(words.split("\n")))
        return "".join(self.code(part) if number % 2 else self._tame(part) for number, part in enumerate(parts))

    def sentence(self, sentence: Sentence) -> str:
        """Words and their citations, which become links where the document defines them."""
        return " ".join(part for part in (self.say(sentence.text), cite(sentence.cites)) if part)

    def _tame(self, text: str) -> str:
        """Plain words in which what a service would take for an issue or a request stands as code."""
        parts = _REFERENCE.split(text)
        return "".join(self.code(part) if number % 2 else self._spaced(part) for number, part in enumerate(parts))

    def _spaced(self, text: str) -> str:
        """Plain words keep the spaces that part them from the code beside them."""
        words = text.strip()
        if not words:
            return text[:1] and " "
        return f"{' ' if text[0] == ' ' else ''}{self.prose(words)}{' ' if text[-1] == ' ' else ''}"


def cite(ids: tuple[str, ...]) -> str:
    """`[E1] [V1]`."""
    return " ".join(f"[{item}]" for item in ids)


def _prose(text: str) -> str:
    return _NEEDLESS_ESCAPE.sub(_unescaped, fence.plain(text))


def _unescaped(match: re.Match[str]) -> str:
    if match[0] == "\\)" and _LIST_NUMBER.fullmatch(match.string, 0, match.start()):
        return match[0]  # `1)` would begin a list
    return match[0][1:]


def _stripped(text: str) -> str:
    return _BARE.sub("?", text).replace("www.", "www ")


AS_IT_STANDS = Pen(_prose, fence.inline, fence.fenced)
STRIPPED = Pen(
    prose=lambda text: fence.plain(_stripped(text)),
    code=lambda text: fence.inline(_stripped(text)),
    block=lambda text: fence.fenced(_stripped(text)),
)
