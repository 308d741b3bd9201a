"""The words and numbers by which logs state how bad a record is."""

import re

from responder.patterns import lazy
from responder.triage.interface import Level

__all__ = ["level_in", "level_named"]

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
_NEAR = 120
_STATED = lazy(r'\b(?:level|lvl|severity|loglevel)"?[=:]\s*"?([A-Za-z]+)')
_LEADING = lazy(r"(Warning|Error|Fatal|Critical|warning|error|fatal|critical): ")
_FIRST = frozenset("WEFCwefc")
_NAMES = re.findall(
    r"\w+", "TRACE DEBUG INFO NOTICE WARN WARNING ERROR ERR SEVERE FATAL CRITICAL CRIT PANIC EMERG ALERT"
)
_BRACKETED = r"(?:trace|debug|info|notice|warn|warning|error|err|fatal|critical|crit|emerg|alert|panic)[\]>]"
_WRITTEN = lazy(
    "|".join([*(rf"{name[0]}(?<!\w{name[0]}){name[1:]}\b" for name in _NAMES), rf"\[{_BRACKETED}", rf"<{_BRACKETED}"])
)
"""Each way begins with one certain character: what a search skips to at once, and not with a boundary of words."""


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
    head = text[:_NEAR]
    if head[:1] in _FIRST and (leading := _LEADING.match(head)):
        return level_named(leading[1])
    written = _WRITTEN.search(head)
    stated = _STATED.search(head) if "level" in head or "lvl" in head or "severity" in head else None
    if stated and (not written or stated.start() < written.start()):
        return level_named(stated[1])
    return level_named(written[0].strip("[<]>")) if written else Level.UNKNOWN
