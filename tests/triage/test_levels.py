"""The level that a line states in passing is found by a short cut that misses none."""

from hypothesis import given
from hypothesis import strategies as st

from responder.triage.interface import Level
from responder.triage.levels import _IN_TEXT, level_in, level_named

WORDS = (
    "TRACE DEBUG INFO NOTICE WARN WARNING ERROR ERR SEVERE FATAL CRITICAL CRIT PANIC EMERG ALERT "
    "trace debug info notice warn error err fatal critical crit emerg alert panic Warning Error Fatal"
)
AROUND = ("level=", 'lvl":', "severity: ", "loglevel=", "[", "]", "<", ">", ": ", " ", "x", "_", "7", "é")
PIECES = st.sampled_from((*WORDS.split(), *AROUND))


@given(st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=40).map("".join))
def test_the_short_cut_misses_no_level(text: str) -> None:
    """Whatever the whole pattern finds near the start of a text is found."""
    match = _IN_TEXT.search(text, 0, 120)

    assert level_in(text) is (level_named(match[match.lastindex or 0]) if match else Level.UNKNOWN)
