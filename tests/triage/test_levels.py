"""The level that a line states in passing is found by short cuts that miss none."""

import re

from hypothesis import given
from hypothesis import strategies as st

from responder.triage.interface import Level
from responder.triage.levels import level_in, level_named
from responder.triage.topics import words_of_topics

WHOLE = re.compile(
    r"\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|FATAL|CRITICAL|CRIT|PANIC|EMERG|ALERT)\b"
    r"|[\[<](trace|debug|info|notice|warn|warning|error|err|fatal|critical|crit|emerg|alert|panic)[\]>]"
    r'|\b(?:level|lvl|severity|loglevel)"?[=:]\s*"?([A-Za-z]+)'
    r"|^(Warning|Error|Fatal|Critical|warning|error|fatal|critical): "
)
"""All ways at once, as one would write them down."""
WORDS = (
    "TRACE DEBUG INFO NOTICE WARN WARNING ERROR ERR SEVERE FATAL CRITICAL CRIT PANIC EMERG ALERT "
    "trace debug info notice warn error err fatal critical crit emerg alert panic Warning Error Fatal"
)
AROUND = ("level=", 'lvl":', "severity: ", "loglevel=", "[", "]", "<", ">", ": ", " ", "x", "_", "7", "é")
PIECES = st.sampled_from((*WORDS.split(), *AROUND))
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=40).map("".join)


@given(TEXTS)
def test_the_short_cuts_miss_no_level(text: str) -> None:
    """Whatever the whole pattern finds near the start of a text is found."""
    match = WHOLE.search(text, 0, 120)

    assert level_in(text) is (level_named(match[match.lastindex or 0]) if match else Level.UNKNOWN)


@given(TEXTS)
def test_a_text_with_a_level_holds_a_word_of_one(text: str) -> None:
    """A text without any of the words is not asked for its level."""
    assert level_in(text) is Level.UNKNOWN or any(word in text.lower() for word in words_of_topics(())[1])
