"""What a value looks like: a secret, or one of the things that stand where a secret could."""

import re

from responder.patterns import lazy

__all__ = ["is_harmless", "looks_random"]

_WORDS = frozenset(
    """
    a able absent accepted access account all an and any are array ask at auth authentication authorization auto bad
    basic be bearer bool boolean both but by bytes can cannot changed could credential credentials default denied did
    digest disabled does dynamic empty enabled encrypted entry env environment error every exists expected expired
    expires expiry failed failure false field file for forbidden found from generated given has have header hidden if
    in incorrect input int integer invalid is it kerberos key length login malformed masked match may md5 mechanism
    mismatch missing mode must na name never new nil no none not null number object of off ok omitted on only or
    password passwd path plain policy private prompt provided public random read received redacted refresh refused
    rejected request required reset result returned revoked same scram-sha-256 secret secrets sent set should static
    str string success test text that the to token tokens too trust true type undefined unknown unset updated use used
    user username using valid value var variable verified was were when will with without wrong yes your
    """.split()  # noqa: SIM905 - two hundred words read better as a paragraph
)
_MASK = lazy(r"(?P<one>[*x•.#_?-])(?P=one)*+\Z|\*{3}|x{6}|•{3}", re.IGNORECASE)
_TEMPLATE = lazy(
    r"\$\{|\$\(|\$[A-Z_][A-Z0-9_]*\Z|\{\{|\{[\w.]*\}\Z|#\{|<[\w .-]*>?\Z|@/"
    r"|%\(|%[sdvqr]\Z|%[A-Z_]+%\Z|\[[A-Z][A-Z_ ]*\b|\[[A-Za-z_ -]+\]?\Z"
)
_CODE = lazy(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\(?\Z|&?[A-Za-z_]*\*+\Z")
_CALL = lazy(r"[A-Za-z_]+(?:\.[A-Za-z_]+)*[(\[{]")
_PATH = lazy(r"(?:[A-Za-z]:)?(?:\.{0,2}|~|file:/?)[/\\]|[\w.-]+/[\w./-]+\.\w{1,5}\Z")
_MIXED = lazy(r"(?=[^/\\]*[a-z])(?=[^/\\]*[A-Z])(?=[^/\\]*\d)[^/\\]{12}")
_URL = lazy(r"[a-z][a-z0-9+.-]{1,20}://", re.IGNORECASE)
_QUANTITY = lazy(r"[-+]?\d[\d.,:/]*(?:[a-zµ]{1,4}|%)?\Z", re.IGNORECASE)
_TIME = lazy(r"\d{4}-\d\d-\d\d")
_HOST = lazy(r"(?:[a-z0-9-]{1,40}\.){1,6}[a-z]{2,12}(?::\d+)?\Z|(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\Z")
_NAME_IN_WORDS = lazy(r"[a-z]+(?:[-_.:/][a-z]+)*(?:[-_.:/][a-z0-9]{1,5})?\Z|[A-Z]+(?:_[A-Z]+)+\Z")
_REVERSED_HOST = lazy(r"(?:[a-z]{2,20}\.){2}[A-Za-z]")
_IDENTIFIER_OF_SECRET = lazy(r"[A-Za-z_]*(?:password|passwd|secret|token|apikey|api_key)[A-Za-z_]*\Z", re.IGNORECASE)
_DIGEST = lazy(r"(?:sha(?:1|224|256|384|512)|md5)[:-]", re.IGNORECASE)


def is_harmless(value: str, *, quoted: bool) -> bool:
    """Whether a value cannot be a secret: a mask, a template, a word of a sentence, a path, code, an address.

    Args:
        value: What stands behind a secret's name.
        quoted: It stood in quotes, so a bare identifier in it is text and not code.
    """
    word = value.strip("\"'`.,;:!()[]{}").lower()
    if not word or word in _WORDS or _MASK.match(value) or _TEMPLATE.match(value):
        return True
    if _URL.match(value) or _DIGEST.match(value) or _IDENTIFIER_OF_SECRET.match(value):
        return True
    if not quoted and _CALL.match(value):
        return True
    if _PATH.match(value) and not _MIXED.search(value):
        return True
    return not quoted and _CODE.match(value) is not None and not _MIXED.search(value)


def looks_random(value: str, *, at_least: int) -> bool:
    """Whether a value is more likely generated than written: long enough, letters and digits, no known plain shape."""
    if len(value) < at_least or " " in value:
        return False
    if any(shape.match(value) for shape in (_QUANTITY, _TIME, _HOST, _NAME_IN_WORDS, _REVERSED_HOST)):
        return False
    letters = sum(character.isalpha() for character in value)
    digits = sum(character.isdigit() for character in value)
    if letters and digits:
        return True
    return len(value) >= 20 and letters > 0 and value != value.lower() and value != value.upper()
