"""Untrusted text as data inside Markdown and prompts: shown exactly, never rendered, never taken for structure.

`has_live_content` is the last gate of a report: it parses what was rendered, rather than trusting that every piece
went through the functions above it.
"""

import html
import re

from responder.patterns import lazy
from responder.safety.sanitise import sanitise

__all__ = ["bounded", "fenced", "has_live_content", "inline", "plain", "untrusted", "without_fences"]

_FENCE_RUN = lazy(r"`{3,}|~{3,}")
_BACKTICK_RUN = lazy(r"`+")
_ACTIVE = lazy(r"[\\`*_{}\[\]()<>#+!|~&$^-]")
_ORDERED_LIST = lazy(r"^(\d+)([.)])")
_ADDRESS = lazy(r":(?=//)|(?<=www)\.|(?<=mailto):|(?<=script):|(?<=data):|@", re.IGNORECASE)
_BARE_LINK = lazy(r"(?:https?|ftp)://\S{1,100}|\bwww\.\w\S{0,100}|\bmailto:\S{1,100}", re.IGNORECASE)
_SCHEME = lazy(r"[a-z][a-z0-9+.-]*:|//|\\\\", re.IGNORECASE)
_LIVE_TOKENS = frozenset({"image", "html_block", "html_inline"})
_NONCE = lazy(r"[A-Za-z0-9]{8,64}")


def bounded(text: str, max_chars: int) -> str:
    """At most `max_chars` characters; what was cut from the middle is replaced by a note that says how much.

    Raises:
        ValueError: `max_chars` leaves no room for the note (less than 60).
    """
    if max_chars < 60:
        raise ValueError("max_chars must be at least 60")
    if len(text) <= max_chars:
        return text
    room = max_chars - 44
    tail = room // 3
    return f"{text[: room - tail]}\n[... {len(text) - room} characters left out ...]\n{text[-tail:]}"


def fenced(text: str, *, language: str = "") -> str:
    """A Markdown code block that holds the sanitised text and cannot be closed from inside.

    Args:
        text: Untrusted.
        language: Info string, ours: letters, digits and hyphens; anything else is dropped.
    """
    clean = sanitise(text)
    longest = max((len(run[0]) for run in _FENCE_RUN.finditer(clean)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{re.sub(r'[^A-Za-z0-9-]', '', language)}\n{clean}\n{fence}"


def inline(text: str, *, cell: bool = False) -> str:
    """A Markdown code span on one line that holds the sanitised text and cannot be closed from inside.

    Args:
        text: Untrusted; line breaks become spaces, other white space stays. Empty text gives an empty string.
        cell: It stands in a table, where a pipe needs an escape that would show anywhere else.
    """
    clean = " ".join(sanitise(text).split("\n")).strip()
    if not clean:
        return ""
    ticks = "`" * (1 + max((len(run[0]) for run in _BACKTICK_RUN.finditer(clean)), default=0))
    pad = " " if clean.startswith("`") or clean.endswith("`") else ""
    return f"{ticks}{pad}{clean.replace('|', chr(92) + '|') if cell else clean}{pad}{ticks}"


def plain(text: str) -> str:
    """Untrusted text as Markdown prose on one line: no markup, HTML, link, mention or image comes alive.

    Addresses are defanged as the field does it: `https[:]//host`, `name[at]host`.
    """
    clean = " ".join(sanitise(text).split())
    clean = _ADDRESS.sub(lambda match: "[at]" if match[0] == "@" else f"[{match[0]}]", clean)
    clean = _ACTIVE.sub(lambda match: html.escape(match[0]) if match[0] in "<>&" else f"\\{match[0]}", clean)
    return _ORDERED_LIST.sub(r"\1\\\2", clean)


def has_live_content(markdown: str) -> list[str]:
    """What in a rendered report would load, run or lead somewhere; an empty list is what a report must give.

    Parses as CommonMark with HTML and tables on. Links to a place in the document or to a relative file are allowed;
    links with a scheme, addresses that viewers turn into links, images in every form and raw HTML are not.
    """
    from markdown_it import MarkdownIt  # not needed by `triage`, and 30 ms to import

    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # refusing to see a bad link is no defence
    tokens = parser.parse(markdown)
    found = []
    for token in [inner for outer in tokens for inner in (outer, *(outer.children or ()))]:
        if token.type in _LIVE_TOKENS:
            found.append(f"{token.type}: {bounded(token.content or str(token.attrGet('src') or ''), 120)}")
        elif token.type == "link_open" and _SCHEME.match(target := str(token.attrGet("href") or "")):
            found.append(f"link: {bounded(target, 120)}")
        elif token.type == "text":
            found += [f"bare link: {match[0]}" for match in _BARE_LINK.finditer(token.content)]
    return found


def untrusted(text: str, *, source: str, nonce: str) -> str:
    """Wrap text for a prompt between markers that the text cannot forge, with every code fence in it broken.

    AutoGen's executor runs what it finds between code fences in an agent's message, so a fence in a log that an
    agent repeats would be code that nobody proposed. Fences become runs of `'`, visibly.

    Args:
        text: Untrusted; it is sanitised here, redaction is the caller's.
        source: Where it comes from; shortened to one safe line.
        nonce: Random per prompt, 8 to 64 letters and digits, so that the markers cannot be guessed.

    Raises:
        ValueError: The nonce is not of that form.
    """
    if not _NONCE.fullmatch(nonce):
        raise ValueError("a nonce is 8 to 64 letters and digits")
    broken = without_fences(sanitise(text).replace(nonce, "[nonce]"))
    label = bounded(without_fences(re.sub(r"[^\x20-\x7e]|[<>]", "?", sanitise(source).replace(nonce, "?"))), 200)
    return f"<<<UNTRUSTED {nonce} from {' '.join(label.split())}\n{broken}\n>>>END {nonce}"


def without_fences(text: str) -> str:
    """The text with every run of three or more backticks or tildes turned into as many `'`."""
    return _FENCE_RUN.sub(lambda run: "'" * len(run[0]), text)
