"""The mask of one run: each identifier has one token, and each token stands for one identifier.

Tokens are keyed hashes, so they do not depend on the order in which names are met, and nobody who lacks the key can
say which name a token stands for, or write one into a log. What looks like a token in the evidence is masked as well,
so that taking the mask off always gives back the text that it was put on.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping

from responder.patterns import lazy
from responder.staging.interface import Staged
from responder.team.masking.identifiers import Identifier, Kind, announced, evident

__all__ = ["Mask"]

_TOKEN = lazy(r"(?<![A-Za-z0-9])(?:host|addr|user|mail|word)-[0-9a-f]{8,32}(?![A-Za-z0-9])", re.IGNORECASE)
_WORD = lazy(r"[A-Za-z0-9]+")
_MOST_NAMES = 20_000
"""Names kept for finding them elsewhere; what shows itself by its form is masked without being kept."""
_BLOCK = 1 << 20


class Mask:
    """Replaces identifiers by tokens and tokens by identifiers.

    Args:
        key: Keys the tokens; the same key gives the same tokens.
        spared: Words that are never taken for names, those of the tool's own instructions.
    """

    def __init__(self, *, key: bytes, spared: Collection[str] = ()) -> None:
        self._key = hashlib.blake2b(key, digest_size=32, person=b"identifiers").digest()
        self._spared = frozenset(word.lower() for word in spared)
        self._names: dict[str, Kind] = {}
        self._by_first_word: dict[str, list[str]] = {}
        self._tokens: dict[str, str] = {}
        self._values: dict[str, str] = {}

    @property
    def table(self) -> Mapping[str, str]:
        """Every token that was given out, and what it stands for."""
        return dict(sorted(self._values.items()))

    def study(self, staged: Staged) -> None:
        """Learn the names of the whole evidence, so that one is masked also where nothing announces it."""
        for file in staged.files:
            with (staged.root / file.name).open(encoding="utf-8", errors="replace", newline="\n") as stream:
                while block := "".join(stream.readlines(_BLOCK)):
                    self.learn(block)

    def learn(self, text: str) -> None:
        """Take in the names that a text announces."""
        for found in announced(text):
            self._keep(text[found.start : found.end], found.kind)
        for found in evident(text):
            name = text[found.start : found.end]
            if found.kind == "host":
                self._keep(name, "host")
                label = name.partition(".")[0]
                if any(char.isdigit() or char == "-" for char in label):
                    self._keep(label, "host")

    def put_on(self, text: str) -> str:
        """Replace every identifier; names that the text itself announces are learnt first."""
        self.learn(text)
        hits = sorted(self._hits(text), key=lambda hit: (hit[0], -hit[1]))
        parts, at = [], 0
        for start, end, kind in hits:
            if start >= at:
                parts += [text[at:start], self._token(text[start:end], kind)]
                at = end
        return "".join([*parts, text[at:]])

    def take_off(self, text: str) -> str:
        """Put back what each token stands for; what only looks like one stays."""
        return _TOKEN.sub(lambda found: self._values.get(found[0].lower(), found[0]), text)

    def _hits(self, text: str) -> Iterator[tuple[int, int, str]]:
        for found in _TOKEN.finditer(text):
            yield found.start(), found.end(), "word"
        yield from evident(text)
        yield from self._known(text)

    def _known(self, text: str) -> Iterator[Identifier]:
        for word in _WORD.finditer(text):
            for name in self._by_first_word.get(word[0], ()):
                end = word.start() + len(name)
                if text.startswith(name, word.start()) and not text[end : end + 1].isalnum():
                    yield Identifier(word.start(), end, self._names[name])
                    break

    def _keep(self, name: str, kind: Kind) -> None:
        if name in self._names or name.lower() in self._spared or len(self._names) >= _MOST_NAMES:
            return
        self._names[name] = kind
        first = _WORD.match(name)
        assert first is not None  # noqa: S101 - a name begins with a letter or a digit
        alike = self._by_first_word.setdefault(first[0], [])
        alike.append(name)
        alike.sort(key=len, reverse=True)

    def _token(self, value: str, kind: str) -> str:
        if value not in self._tokens:
            digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).hexdigest()
            candidates = (f"{kind}-{digest[:size]}" for size in (8, 12, 16, 32))
            token = next(token for token in candidates if self._values.get(token, value) == value)
            self._tokens[value] = token
            self._values[token] = value
        return self._tokens[value]
