"""What makes two failures the same: the cause they tell, or else the message without what changes from run to run.

Causes that tools word differently are known by `wordings`. Of every other message, numbers, hashes, addresses,
durations, times, paths, versions, quoted values and the names a rule took from it are masked. What remains is compared
word by word, so the fingerprint needs no state and is the same in every run.
An assertion says little by itself (`assert 3 == 4`), so the place is part of its fingerprint; an exception such as a
refused connection is one cause wherever it surfaces, so there it is not. The price: two different assertions at one
place are one group, and two packages missing for one reason are too.
"""

import hashlib
import re
from collections.abc import Mapping

from responder.ci.prefixes import unprefixed
from responder.ci.wordings import cause_of
from responder.patterns import lazy
from responder.safety.sanitise import sanitise

__all__ = ["cause_key", "fingerprint", "is_assertion", "normalised"]

_MOST_CHARS = 1000
_ENOUGH_CHARS = 15
"""What is left of a line without its asides must still say something."""
_HEADER = lazy(
    r"^(?:\ufeff?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\s*)+"
    r"|^\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?\s+"
    r"|^#\d{1,4} (?:\d{1,6}\.\d{1,6} )?"  # the step and the clock of a container build
    r"|^##\[\w{1,20}\]|^::\w{1,20}(?: [^:]{0,300})?::"
)
_VARIABLE = lazy(
    r"(?P<url>\b[a-z][a-z0-9+.-]{1,20}://[^\s'\"<>)\]]{1,500})"
    r"|(?P<quoted>\"[^\"\n]{0,200}\"|(?<!\w)'[^'\n]{0,200}'(?!\w)|`[^`\n]{0,200}`|\u2018[^\u2019\n]{0,200}\u2019)"
    r"|(?P<hash>\b(?:sha256:)?(?=[a-f]{0,63}\d)[0-9a-f]{7,64}\b)"
    r"|(?P<pointer>\b0x[0-9a-fA-F]{1,16}\b)"
    r"|(?P<path>(?<![\w/])(?:[A-Za-z]:)?[\w.@+~%-]{0,80}(?:[/\\][\w.@+~%-]{1,80}){1,30}[/\\]?)"
    r"|(?P<number>\b[vV]?\d[\w.,:-]{0,40})"
)
_LOUD = lazy(
    r"^(?:\W{0,4}(?:npm err!|(?:npm error|error|err|fatal|failed|failure)\b)[:!\]]{0,2}\s*)+(?=\S)", re.IGNORECASE
)
"""How a tool marks an error changes with its version; what it says does so less."""
_ASIDE = lazy(r"\s?\([^()]{1,300}\)")
_NAMED = lazy(
    r"(?i)\b(packages?|requirement|distribution found for|gem|crate|image|host|repository|branch|formula|library|header"
    r"|symbol|target|user|group)\s+(?![<'\"`])[\w@./+~=<>!-]{2,200}"
)
"""A name after the word that says what it is."""
_MASKS = {"url": "<url>", "quoted": "<quoted>", "path": "<path>"}
"""Everything else is some number, and a long number looks like a hash."""
_SHELL = r"(?:/bin/\w{1,8} -\w{1,6} )?"
_INSTRUCTION = lazy(
    rf"""process "{_SHELL}(?P<command1>.{{1,2000}})" did not complete"""
    rf"""|^The command '{_SHELL}(?P<command2>.{{1,2000}})' returned a non-zero code"""
    rf"""|executor failed running \[{_SHELL}(?P<command3>.{{1,2000}})\]: """
    rf"""|building at STEP "RUN (?P<command4>.{{1,2000}})": while running"""
)
_COMMANDS = lazy(r"\s*(?:&&|\|\||;|\|)\s*")
_PROGRAM = lazy(r"[\w./+-]{1,60}(?: (?!-)[a-z][\w-]{1,30}(?=\s|$))?")
_SPACES = lazy(r"\s+")
_REPEATED = lazy(r"(<\w{1,20}>)(?:[\s,;:/.-]{0,3}\1)+")
_TOKEN_WITH_DIGIT = lazy(r"[^\s<>=:,;()\[\]{}]{0,80}\d[^\s<>=:,;()\[\]{}]{0,80}")
_ASSERTION = lazy(
    r"(?i)assert|expect(?:ed|ation)?\b|comparisonfailure|multiplefailureserror|to equal|not equal|mismatch"
)
_MEANINGFUL = frozenset(
    {
        "what",
        "why",
        "error",
        "reason",
        "message",
        "code",
        "exception",
        "status",
        "tool",
        "test",
        "key",
        "state",
        "cause",
    }
)
"""Captures that say what happened; all others name whom it happened to, and are masked."""


def cause_key(message: str, *, captures: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What a message tells, in words that every tool shares: the known cause, else the normalised message.

    The line of a builder that only says which instruction failed is known by the programs that the instruction runs.

    Args:
        message: Untrusted; anything.
        captures: What a rule took from it, by name.
    """
    line = unprefixed(_telling_line(message))
    if known := cause_of(line):
        return ("cause", *known)
    if instruction := _INSTRUCTION.search(line):
        return ("instruction", *_programs(next(filter(None, instruction.groupdict().values()))))
    return ("words", normalised(message, captures=captures))


def _programs(command: str) -> tuple[str, ...]:
    """`apt-get update && apt-get install -y git` runs `apt-get update` and `apt-get install`."""
    parts = (_PROGRAM.match(part) for part in _COMMANDS.split(command[:_MOST_CHARS]))
    return tuple(dict.fromkeys(" ".join(part[0].lower().split()) for part in parts if part))


def _telling_line(message: str) -> str:
    return next((line for line in sanitise(message[:8000]).split("\n") if line.strip()), "")


def normalised(message: str, *, captures: Mapping[str, str] | None = None) -> str:
    """The first line of a message that says something, lower case, with its variable parts masked.

    Args:
        message: Untrusted; anything.
        captures: What a rule took from it, by name.
    """
    line = unprefixed(_telling_line(message))[:_MOST_CHARS]
    while (bare := _HEADER.sub("", line, count=1)) != line:
        line = bare
    for name, value in sorted((captures or {}).items(), key=lambda item: -len(item[1])):
        if len(value) >= 3 and name.rstrip("0123456789") not in _MEANINGFUL:
            line = line.replace(value, f"<{name.rstrip('0123456789')}>")
    line = _LOUD.sub("", line)
    if len(aside := _ASIDE.sub("", line)) >= _ENOUGH_CHARS:
        line = aside
    line = _NAMED.sub(r"\1 <name>", line)
    line = _VARIABLE.sub(lambda match: _MASKS.get(match.lastgroup or "", "<n>"), line)
    line = _TOKEN_WITH_DIGIT.sub("<n>", line)
    return _REPEATED.sub(r"\1", _SPACES.sub(" ", line).strip(" .:-").lower())


def is_assertion(kind: str, message: str) -> bool:
    """Whether a failure says only that a value was not the expected one."""
    return _ASSERTION.search(kind) is not None or (not kind and _ASSERTION.search(message[:300]) is not None)


def fingerprint(*parts: str) -> str:
    """16 hex digits that stand for the parts, in this order."""
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
