"""Takes secrets out of text, the same way at every gate: staged copies, tool output, prompts, reports, the journal.

A secret becomes `[REDACTED:kind:hash8]`. The hash is keyed by a value that lives only as long as the run, so equal
secrets stay comparable within the run and cannot be guessed from the report. What it does not do: it finds secrets,
not personal data, and no list of shapes is complete. What must not leave the machine must not be given to it.
"""

import bisect
import hashlib
import os
import re
import threading
import urllib.parse
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from responder.patterns import lazy
from responder.safety.fields import field_hits, is_secret_name
from responder.safety.shapes import is_harmless
from responder.safety.structures import structure_hits
from responder.safety.tokens import Hit, token_hits

__all__ = ["NullRedactor", "Redactor"]

_MIN_KNOWN_CHARS = 6
"""Shorter known values would black out half the log."""

_SHORT_CHARS, _MOST_HARMLESS = 200, 10_000
"""Records say the same short things again and again; so many of these, and so long, are remembered."""

_PLACEHOLDER = lazy(r"\[REDACTED:[a-z0-9_]{1,40}:[0-9a-f]{8}\]")


class Redactor:
    """The `TextRedactor` of one run. Safe to use from several threads; time is linear in the length of the text.

    Args:
        key: Keys the hashes; random when not given.
        known: Exact secrets of the tool's own settings, kind to value; found wherever they stand, also URL-encoded.
            Values under six characters are not looked for.
    """

    def __init__(self, *, key: bytes | None = None, known: Mapping[str, str] | None = None) -> None:
        self._key = key or os.urandom(32)
        self._known = _known_forms(known or {})
        self._counts: Counter[str] = Counter()
        self._harmless: set[str] = set()
        self._lock = threading.Lock()

    @property
    def counts(self) -> Mapping[str, int]:
        """Replacements so far by kind, sorted; every hit counts, also of the same secret."""
        with self._lock:
            return MappingProxyType(dict(sorted(self._counts.items())))

    def redact(self, text: str) -> str:
        r"""Replace each secret by `[REDACTED:kind:hash8]`. Never fails; the number of `\n` stays the same."""
        if text in self._harmless:
            return text
        hits = _disjoint(self._hits(text), text)
        if not hits:
            if len(text) <= _SHORT_CHARS and len(self._harmless) < _MOST_HARMLESS:
                self._harmless.add(text)
            return text
        parts, at = [], 0
        for hit in hits:
            parts += [text[at : hit.start], self._placeholder(hit.kind, text[hit.start : hit.end])]
            at = hit.end
        with self._lock:
            self._counts.update(hit.kind for hit in hits)
        return "".join([*parts, text[at:]])

    def redact_field(self, name: str, text: str) -> str:
        """Redact the value of a named field: all of it when the name itself announces a secret (`password`)."""
        if not is_secret_name(name) or is_harmless(text, quoted=True):
            return self.redact(text)
        with self._lock:
            self._counts["field"] += 1
        return self._placeholder("field", text)

    def _hits(self, text: str) -> Iterable[Hit]:
        for kind, form in self._known:
            at = text.find(form)
            while at >= 0:
                yield Hit(at, at + len(form), kind)
                at = text.find(form, at + len(form))
        # One byte a character, each at its place: searching wide text takes several times as long.
        ascii_text = text if text.isascii() else text.encode("ascii", "replace").decode("ascii")
        lower = ascii_text.lower()
        yield from token_hits(text, ascii_text)
        yield from structure_hits(text, lower)
        yield from field_hits(text, lower)

    def _placeholder(self, kind: str, secret: str) -> str:
        digest = hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=self._key[:64], digest_size=4).hexdigest()
        return f"[REDACTED:{kind}:{digest}]" + "\n" * secret.count("\n")


class NullRedactor:
    """Lets everything through: `--no-redact`, for logs that never leave the machine."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Always empty."""
        return MappingProxyType({})

    def redact(self, text: str) -> str:
        """The text as it is."""
        return text

    def redact_field(self, name: str, text: str) -> str:
        """The text as it is."""
        return text


def _known_forms(known: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    forms = {
        form: re.sub(r"[^a-z0-9]+", "_", kind.lower())
        for kind, value in known.items()
        for form in (value.strip(), urllib.parse.quote(value.strip(), safe=""))
        if len(form) >= _MIN_KNOWN_CHARS
    }
    return tuple((kind, form) for form, kind in sorted(forms.items(), key=lambda item: -len(item[0])))


def _disjoint(hits: Iterable[Hit], text: str) -> list[Hit]:
    """Sorted hits without overlaps; where two overlap both are covered, and the one found first names the kind."""
    ranked = sorted(enumerate(hits), key=lambda item: (item[1].start, item[0]))
    if not ranked:
        return []
    placeholders = [match.span() for match in _PLACEHOLDER.finditer(text)]
    merged: list[tuple[int, Hit]] = []
    for rank, hit in ranked:
        nearest = bisect.bisect(placeholders, (hit.end,)) - 1
        if nearest >= 0 and hit.start < placeholders[nearest][1]:
            continue  # already redacted at another gate
        if merged and hit.start < merged[-1][1].end:
            last_rank, last = merged[-1]
            kind = last.kind if last_rank <= rank else hit.kind
            merged[-1] = (min(last_rank, rank), Hit(last.start, max(last.end, hit.end), kind))
        else:
            merged.append((rank, hit))
    return [hit for _, hit in merged]
