"""Text that nobody vouches for, made safe to print: nothing in it can drive a terminal or hide from a reader.

Terminal control sequences are removed, since they carry no message. Every other control, bidirectional, zero-width
and tag character is made visible, since hiding it again would alter the evidence. What it does not do: it neither
redacts secrets (`redact`) nor neutralises Markdown (`fence`).
"""

import re

from responder.patterns import lazy

__all__ = ["MAX_LINE_CHARS", "decode", "sanitise"]

MAX_LINE_CHARS = 4000
"""Longer lines are cut in the middle; a person reads neither a 5 MB line nor a terminal full of it."""

_PAYLOAD = r"[^\x00-\x08\x0a-\x1f\x7f-\x9f]*+"
# Possessive quantifiers, and a payload that ends at any control character: each character is scanned once, and an
# unterminated string loses its introducer only, so an attacker cannot hide the rest of a line behind one.
_TERMINAL_SEQUENCE = lazy(
    rf"(?:\x1b\]|\x9d){_PAYLOAD}(?:\x07|\x1b\\|\x9c)"  # OSC: titles, links, clipboard
    rf"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f]){_PAYLOAD}(?:\x1b\\|\x9c)"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]"  # CSI: colour, cursor, erase
    r"|\x1b[ -/]*+[0-~]"  # every two-character escape, and introducers of sequences that never end
)

_INVISIBLE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 and C1 but for tab and newline
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ud800-\udfff"
)
_ORDINARY = bytes([*b"\t\n", *range(0x20, 0x7F)])
_HIDDEN = lazy(f"[{_INVISIBLE}]")
_SYMBOL = lazy("[\u2190-\u2bff\u3030\u303d\U0001f000-\U0001faff]")
_EMOJI_SELECTOR = "\ufe0f"
_LINE_END_CR = lazy(r"(?<!\r)\r++(?=\n|\Z)")


def decode(data: bytes) -> str:
    """Decode bytes as UTF-8; what is not UTF-8 becomes U+FFFD. Never fails, and keeps the number of newlines."""
    return data.decode("utf-8", errors="replace")


def sanitise(text: str, *, max_line_chars: int = MAX_LINE_CHARS) -> str:
    r"""Make untrusted text safe to show; the number of `\n` stays exactly what it was.

    Terminal control sequences disappear, as do carriage returns at the end of a line. A carriage return inside a line
    becomes a blank: tools that redraw their progress write it between two states. Other invisible characters become
    `\xNN` or `\u{...}`. Tabs and newlines stay. Linear in the length of the text, and idempotent.

    Args:
        text: Anything.
        max_line_chars: Longer lines keep their beginning and end around a marker that says how much is missing.
            Must be at least 100, so that there is room for the marker.
    """
    if len(text) <= max_line_chars and text.isascii() and text.isprintable():
        return text
    # Deleting the ordinary bytes is ten times as fast as looking for the others, and leaves whole characters.
    odd = text.encode("utf-8", "surrogatepass").translate(None, _ORDINARY).decode("utf-8", "surrogatepass")
    if _HIDDEN.search(odd):
        if "\r" in text:
            text = _LINE_END_CR.sub("", text)
        if "\x1b" in odd or not odd.isascii():
            text = _TERMINAL_SEQUENCE.sub("", text)
        text = _HIDDEN.sub(_visible, text)
    if len(text) > max_line_chars:
        text = "\n".join(
            _cut(line, max_line_chars) if len(line) > max_line_chars else line for line in text.split("\n")
        )
    return text


def _visible(match: re.Match[str]) -> str:
    # One emoji selector right after a symbol is how CI tools write a warning sign; a run of selectors can carry data.
    if match[0] == _EMOJI_SELECTOR and _SYMBOL.match(match.string, match.start() - 1 if match.start() else 0):
        return match[0]
    if match[0] == "\r":
        return " "
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def _cut(line: str, limit: int) -> str:
    room = limit - 48
    tail = room // 4
    head = room - tail
    return f"{line[:head]} [... {len(line) - head - tail} characters cut ...] {line[-tail:]}"
