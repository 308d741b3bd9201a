"""Finds what identifies machines and people in a text: host names, network addresses, user names, e-mail addresses.

Some show it by their form (`10.0.3.7`, `db.example.com`), others by what stands around them (`user=alice`, the second
word of a syslog line). The latter are then known wherever they stand. Names of kinds of things (`redis`) and accounts
that every machine has (`root`) identify nobody, and a model needs them. Mistaking a word for a name costs a model some
understanding and nothing else, since it is put back.
"""

import ipaddress
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Literal, NamedTuple

from responder.patterns import lazy

__all__ = ["Identifier", "Kind", "announced", "evident"]

Kind = Literal["host", "addr", "user", "mail"]


class Identifier(NamedTuple):
    """Characters `start` to `end` of a text."""

    start: int
    end: int
    kind: Kind


_WORDS: Mapping[str, list[str]] = tomllib.loads(
    resources.files("responder.team.masking").joinpath("names.toml").read_text(encoding="utf-8")
)
_NOBODY = frozenset(_WORDS["nobody"])
_DOMAINS, _HOST_KEYS, _USER_KEYS = ("|".join(_WORDS[name]) for name in ("domains", "host_keys", "user_keys"))
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_EVIDENT = lazy(
    r"(?P<mail>(?<![\w.+%-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,6}[A-Za-z]{2,24}"
    r"(?![\w-]))"
    r"|(?P<four>(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d))"
    r"|(?P<mac>(?<![\w:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![\w:-]))"
    r"|(?P<six>(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:%\w{1,16})?(?![\w:]))"
    rf"|(?P<host>(?<![\w@.-])(?:{_LABEL}\.){{1,8}}(?:{_DOMAINS})(?![\w-]|\.\w))"
    r"|(?P<cloud>(?<![\w.-])ip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}(?![\w-]))",
    re.ASCII,
)
_NAME = r"[A-Za-z][A-Za-z0-9._-]{0,62}"
_ANNOUNCED = lazy(
    rf"(?P<key>(?<![A-Za-z0-9])(?:(?P<h>{_HOST_KEYS})|(?:{_USER_KEYS}))[\"']?\s?[=:]\s?[\"']?)(?P<value>{_NAME})"
    rf"|(?P<url>://(?:{_NAME}@)?)(?P<authority>{_NAME})(?=[:/\s\"']|$)"
    r"|(?P<ssh>(?:session (?:opened|closed) for user|[Ii]nvalid user|(?:password|publickey) for(?! invalid)) )"
    rf"(?P<login>{_NAME})"
    rf"|(?P<for>\bfor )(?P<from>{_NAME})(?= from [\d:a-fA-F.]+)"
    rf"|(?P<quote>\b[Uu]ser [\"'])(?P<quoted>{_NAME})(?=[\"'])"
    rf"|(?P<path>(?:/home/|/Users/|\\Users\\))(?P<home>{_NAME})"
    rf"|(?P<at>(?<![\w.%+-]))(?P<who>{_NAME})(?=@[A-Za-z][\w-]*\d|@[A-Za-z]+-)",
    re.ASCII,
)
_SYSLOG = lazy(
    r"^(?:<\d{1,3}>)?(?:1 )?"
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:?\d\d))"
    rf" (?P<host>{_NAME}) (?=[\w./()-]{{1,48}}\[\d+\]:|(?:kernel|systemd|sshd|sudo|CRON)\b)",
    re.ASCII | re.MULTILINE,
)
_LABELLED = lazy(r"[EHVT]\d+")


def evident(text: str) -> Iterator[Identifier]:
    """Yield what shows by its form that it is an address or a name, in the order of the text."""
    for found in _EVIDENT.finditer(text):
        group = str(found.lastgroup)
        if group == "mail":
            yield Identifier(*found.span(), "mail")
        elif group in ("host", "cloud"):
            yield Identifier(*found.span(), "host")
        elif group == "mac" or _identifies(found[0]):
            yield Identifier(*found.span(), "addr")


def announced(text: str) -> Iterator[Identifier]:
    """Yield names that what stands around them announces; the same name elsewhere is the caller's to find."""
    for found in _ANNOUNCED.finditer(text):
        group = next(name for name in ("value", "authority", "login", "from", "quoted", "home", "who") if found[name])
        is_host = group == "authority" or (group == "value" and found["h"] is not None)
        start, end = found.span(group)
        end = start + len(found[group].rstrip("._-"))
        if _is_a_name(text[start:end], is_host=is_host):
            yield Identifier(start, end, "host" if is_host else "user")
    for found in _SYSLOG.finditer(text):
        if found["host"].lower() not in _NOBODY:
            yield Identifier(*found.span("host"), "host")


def _is_a_name(word: str, *, is_host: bool) -> bool:
    if word.lower() in _NOBODY or _LABELLED.fullmatch(word) or len(word) < 3:
        return False
    # `host=redis` names a kind of thing; a machine among several has a number or a hyphen.
    return not is_host or any(char.isdigit() or char == "-" for char in word)


def _identifies(address: str) -> bool:
    """Whether a well-formed address belongs to one machine: loopback and wildcard belong to all."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return not (parsed.is_loopback or parsed.is_unspecified)
