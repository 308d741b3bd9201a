"""The words and numbers by which logs state how bad a record is."""

import re

from responder.patterns import lazy
from responder.triage.interface import Level

__all__ = ["LEVEL_WORDS", "level_in", "level_named"]

_WORDS: dict[Level, str] = {
    Level.DEBUG: "trace debug verbose fine finer finest dbg trc t d v debug1 debug2 debug3 debug4 debug5 log.debug",
    Level.INFO: "info information informational log i inf statement detail hint context query config normal system "
    "audit success combo",
    Level.NOTICE: "notice n ntc note",
    Level.WARNING: "warn warning w wrn alert_warning",
    Level.ERROR: "error err e severe failure failed failing eror",
    Level.CRITICAL: "critical crit c fatal f panic emerg emergency alert a ftl dpanic off p",
}
_BY_NAME = {word: level for level, words in _WORDS.items() for word in words.split()}
_PINO = ((60, Level.CRITICAL), (50, Level.ERROR), (40, Level.WARNING), (30, Level.INFO), (10, Level.DEBUG))
_SYSLOG = (Level.CRITICAL,) * 3 + (Level.ERROR, Level.WARNING, Level.NOTICE, Level.INFO, Level.DEBUG)
_IN_TEXT = lazy(
    r"\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|FATAL|CRITICAL|CRIT|PANIC|EMERG|ALERT)\b"
    r"|[\[<](trace|debug|info|notice|warn|warning|error|err|fatal|critical|crit|emerg|alert|panic)[\]>]"
    r'|\b(?:level|lvl|severity|loglevel)"?[=:]\s*"?([A-Za-z]+)'
    r"|^(Warning|Error|Fatal|Critical|warning|error|fatal|critical): "
)
LEVEL_WORDS = tuple(
    re.findall(r"\w+", "trace debug info notice warn err severe fatal crit panic emerg alert level lvl severity")
)
"""What `_IN_TEXT` matches holds one of these, in lower case."""
_LEADING = lazy(r"(Warning|Error|Fatal|Critical|warning|error|fatal|critical): ")
_HINT = lazy(
    r"[TDINWESFCPA\[<v](?:(?<=[A-Z])[RENOAML][A-Z]|(?<=[\[<])(?:tr|de|in|no|wa|er|fa|cr|em|al|pa)"
    r'|(?:(?<=ev)(?:el|erity)|(?<=lv)l)"?[=:])'
)
"""Looked for in a quarter of the time, since it begins with a set: what matches `_IN_TEXT` past its start holds it."""
_FIRST = frozenset("WEFCwefc")


def level_named(name: str) -> Level:
    """The level a word or number means: `WARN`, `E`, `severe`; bunyan's and pino's `50`, syslog's `3`."""
    word = name.strip().lower()
    if word.isdigit():
        number = int(word)
        if number < len(_SYSLOG):
            return _SYSLOG[number]
        return next((level for least, level in _PINO if number >= least), Level.UNKNOWN)
    return _BY_NAME.get(word, Level.UNKNOWN)


def level_in(text: str) -> Level:
    """The level a line states in passing near its start, in the ways loggers write it."""
    if _HINT.search(text, 0, 120):
        match = _IN_TEXT.search(text, 0, 120)
    elif text[:1] in _FIRST:
        match = _LEADING.match(text)
    else:
        return Level.UNKNOWN
    return level_named(match[match.lastindex or 0]) if match else Level.UNKNOWN
