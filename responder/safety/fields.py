"""Secrets that only their name gives away: `password=...`, `"apiKey": "..."`, `--token ...`, `<secret>...</secret>`.

What counts as a name is strict, since logs are full of `max_tokens`, `primary key` and `secretName`. What counts as
a value depends on the name: any value of a password, but only a random-looking one of a bare `token`. Accepted
misses: a one-word password in running prose, and a password that is itself a word such as `none` or `required`.
"""

import re
from collections.abc import Iterator

from responder.patterns import lazy
from responder.safety.shapes import is_harmless, looks_random
from responder.safety.tokens import Hit

__all__ = ["KINDS", "field_hits", "is_secret_name"]

_Strength = str
"""always: any value; likely: eight characters that are not prose; random: letters and digits mixed."""

KINDS = frozenset({"password", "secret", "token", "api_key", "credential", "auth"})
"""Every kind this module can name."""

_NAMES = {
    "pass": lazy(r"pass(?:word|wd|wort|phrase|code|wrd)?+", re.IGNORECASE),
    "pwd": lazy(r"pwd", re.IGNORECASE),
    "secret": lazy(r"secret(?:[_-]?access)?+(?:[_-]?key(?![_-]?id))?+", re.IGNORECASE),
    "token": lazy(r"token", re.IGNORECASE),
    "key": lazy(r"key(?:[_-]data)?+", re.IGNORECASE),
    "auth": lazy(r"auth", re.IGNORECASE),
    "credential": lazy(r"credentials?+", re.IGNORECASE),
    "sessi": lazy(r"sess(?:ion)?id", re.IGNORECASE),
}
_KEY_OWNERS = lazy(
    r"(?:api|access|secret|private|account|shared|signing|signature|encryption|encrypt|decryption|master|auth|service"
    r"|license|deploy|write|admin|app|application|subscription|sas|webhook|hmac|integration|functions|storage|client"
    r"|root|jwt|session|crypt|aes|cipher|ingest|insert|rest|dd-api|fernet|license|stripe|csrf|pre-?shared)"
    r"[_ .-]?$",
    re.IGNORECASE,
)
_TOKEN_PAGERS = lazy(
    r"(?:next|prev|previous|page|paging|pagination|continuation|continue|scroll|sync|cancel|cancellation|unexpected"
    r"|invalid|expected|max|min|num|total|prompt|completion|input|output|special|pad|eos|bos|stop|cached|reasoning)"
    r"[_ -]?(?:page)?[_ -]?$",
    re.IGNORECASE,
)
_SESSION_OWNERS = lazy(r"(?:php|j|asp|asp\.net_|cf)$", re.IGNORECASE)
_FLAG = lazy(r"(?:^|[\s\"'\[,=])--?[\w.-]{0,40}$")
_COMPOUND = lazy(r"[A-Za-z0-9][_.-]$|[a-z0-9]$")

_AFTER_NAME = lazy(
    r"""
    (?:[_-]?(?:value|text|plain(?:text)?|string|old|new|confirm(?:ation)?|base64|b64|raw|\d{1,3}))?+
    (?:
        (?P<sep> \\{0,3}["'`\]]{0,2}+ [ \t]{0,8}+ (?: =>|:=|={1,2}+|:|%3[Dd] ) [ \t]{0,8}+ )
      | (?P<pair> \\{0,3}["']?+ \s{0,4},?\s{0,40}+ \\{0,3}["']?+value\\{0,3}["']?+ [ \t]{0,4}+[:=][ \t]{0,4}+ )
      | (?P<tag> > )
      | (?P<call> \( (?=["']) | [ \t]{1,4}+ (?=["']) )
      | (?P<item> \\{0,3}["'] [ \t]{0,4}+,[ \t]{0,4}+ (?=\\{0,3}["']) )
      | (?P<space> [ \t]{1,4}+ )
    )
    (?P<quote> (?P<slashes> \\{0,3}+ ) ["'`] )?+
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUOTED = {quote: lazy(rf"(?:[^{quote}\n\\]|\\[^\n]){{1,2048}}+") for quote in "\"'`"}
_ESCAPED = {quote: lazy(rf"(?:(?!\\{{1,3}}{quote})[^\n]){{1,2048}}+") for quote in "\"'`"}
_TAGGED = lazy(r"[^<\n]{1,2048}+(?=</)")
# A comma, semicolon or ampersand ends the value only where another field or nothing follows: passwords hold them.
_BARE = lazy(r"(?:[^\s\"'`<>,;&\\]|[,;&](?![\s\"'}\])]|\Z|[\w.-]{1,40}+[=:])|\\(?![\"'nrt])){1,2048}+")
_PROSE_FOLLOWS = lazy(r"[ \t]+[A-Za-z]{2,}(?![\w]*[=:])")


def field_hits(text: str, lower: str) -> Iterator[Hit]:
    """Every value that stands behind a secret's name; hits may overlap.

    Args:
        text: What to search.
        lower: The same text in lower case, every character at its place; only its ASCII letters matter.
    """
    for literal, pattern in _NAMES.items():
        at = lower.find(literal)
        while at >= 0:
            end = at + 1
            if (name := pattern.match(text, at)) and (hit := _value(text, literal, name)):
                yield hit
                end = hit.end
            at = lower.find(literal, end)


def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds a secret whatever its value looks like: `db_password`, `apiKey`."""
    lower = name.lower()
    for literal, pattern in _NAMES.items():
        at = lower.rfind(literal)
        if at >= 0 and len(lower) == len(name) and (match := pattern.fullmatch(name, at)):
            return _strength(literal, match[0], name[:at], colon=False) in {"always", "likely"}
    return False


def _strength(literal: str, name: str, before: str, *, colon: bool) -> _Strength | None:
    """How freely a name is believed, given what stands before it; None when it names something else.

    `colon` is `name: value` without quotes, as in `--- PASS: TestOne` or `pwd: 0.68 ms`.
    """
    camel = before[-1:].islower() and name[0].isupper()
    if literal == "pass":
        if len(name) > len(literal):
            return "always"
        joined = before[-1:].isalpha() and not camel
        return None if joined or (colon and before[-1:] not in {"_", ".", "-"} and not camel) else "random"
    if literal == "pwd":
        return None if before[-3:].lower() == "old" else "random" if colon else "always"
    if literal == "key":
        return "likely" if _KEY_OWNERS.search(before) else None
    if literal == "auth":
        return "random" if before[-1:] in {"_", "-"} else None
    if literal == "sessi":
        return "random" if _SESSION_OWNERS.search(before) else None
    if literal == "token" and _TOKEN_PAGERS.search(before):
        return None
    compound = camel or _COMPOUND.search(before) is not None or len(name) > len("credentials")
    return "likely" if compound or (literal == "secret" and name.lower() != "secret") else "random"


_KIND = {
    "pass": "password",
    "pwd": "password",
    "secret": "secret",
    "token": "token",
    "key": "api_key",
    "auth": "auth",
    "credential": "credential",
    "sessi": "credential",
}


def _value(text: str, literal: str, name: re.Match[str]) -> Hit | None:
    before = text[max(0, name.start() - 48) : name.start()]
    after = _AFTER_NAME.match(text, name.end())
    if after is None:
        return None
    loose = after["sep"] is not None and ":" in after["sep"] and not after["quote"]
    strength = _strength(literal, name[0], before, colon=loose)
    if strength is None or (literal == "credential" and loose and not after["sep"][-1].isspace()):
        return None
    flag = _FLAG.search(before) is not None
    if (after["space"] or after["item"]) and not flag:
        return None
    if after["call"] and strength == "random":
        return None
    value = _read(text, after)
    if value is None:
        return None
    secret = value[0].rstrip(")]}").rstrip(".") if not after["quote"] else value[0]
    if not secret or is_harmless(secret, quoted=bool(after["quote"])):
        return None
    if not _convincing(secret, strength, loose=loose, prose=loose and bool(_PROSE_FOLLOWS.match(text, value.end()))):
        return None
    return Hit(value.start(), value.start() + len(secret), _KIND[literal])


def _read(text: str, after: re.Match[str]) -> re.Match[str] | None:
    if after["tag"]:
        return _TAGGED.match(text, after.end())
    if after["quote"]:
        quoted = _ESCAPED if after["slashes"] else _QUOTED
        return quoted[after["quote"][-1]].match(text, after.end())
    return _BARE.match(text, after.end())


def _convincing(secret: str, strength: _Strength, *, loose: bool, prose: bool) -> bool:
    """Whether the value is one a secret of this name could have.

    `loose` is `name: value` without quotes, which is also how sentences go on after a colon.
    """
    if strength == "always":
        return not (prose and secret.isalpha()) and len(secret) >= 2
    if strength == "likely":
        return len(secret) >= 8 and (not loose or looks_random(secret, at_least=8))
    return looks_random(secret, at_least=8 if loose else 6)
