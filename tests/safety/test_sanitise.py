import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.safety.sanitise import decode, sanitise

FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff\ud800-\udfff]"
)
HOSTILE = st.text(
    st.sampled_from("\x1b\x9b\x9d\x90[]P^_X;0189mJHh\x07\\\r\n\t\x00\x08 abc\u202e\u200b\u2028\ufe0f⚠\U000e0041\ud800"),
    max_size=200,
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mERROR\x1b[0m disk", "ERROR disk"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1b]52;c;ZWNobyBwd25lZA==\x07paste", "paste"),
        ("\x1bP1$r0m\x1b\\after", "after"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1b(Bplain\x1b7", "plain"),
        ("\x1b]0;never closed, and here is the error", "0;never closed, and here is the error"),
        ("a\x1b\x1b[0m[2Jb", "a\\x1b[2Jb"),
        ("progress 10%\rprogress 99%", "progress 10% progress 99%"),
        ("windows\r\nline\r\r\n", "windows\nline\n"),
        ("bell\x07 nul\x00", "bell\\x07 nul\\x00"),
        ("access\u202etxt.exe", "access\\u{202e}txt.exe"),
        ("pass\u200bword", "pass\\u{200b}word"),
        ("one\u2028line", "one\\u{2028}line"),
        ("\U000e0069\U000e0067nore", "\\u{e0069}\\u{e0067}nore"),
        ("⚠️ warning", "⚠️ warning"),
        ("⚠️️x️", "⚠️\\u{fe0f}x\\u{fe0f}"),
        ("tab\tand größe 日本", "tab\tand größe 日本"),
    ],
)
def test_what_drives_terminals_goes_and_what_hides_shows(raw: str, shown: str) -> None:
    """Control sequences vanish, other invisible characters become visible, ordinary text is untouched."""
    assert sanitise(raw) == shown


@given(st.one_of(st.text(max_size=300), HOSTILE))
def test_nothing_invisible_survives_and_lines_are_kept(text: str) -> None:
    """Whatever comes in: no control, bidi, zero-width or tag character comes out, and no line is lost or gained."""
    clean = sanitise(text)

    assert FORBIDDEN.search(clean) is None
    assert clean.count("\n") == text.count("\n")
    assert sanitise(clean) == clean


@given(st.binary(max_size=300))
def test_any_bytes_decode_with_their_lines(data: bytes) -> None:
    """Decoding never fails and never changes the number of newlines."""
    assert decode(data).count("\n") == data.count(b"\n")


@given(HOSTILE, st.integers(100, 130))
def test_long_lines_are_bounded(text: str, limit: int) -> None:
    """Each line fits the limit, says how much is missing, and sanitising again changes nothing."""
    clean = sanitise(text * 3, max_line_chars=limit)

    assert all(len(line) <= limit for line in clean.split("\n"))
    assert sanitise(clean, max_line_chars=limit) == clean


def test_a_cut_line_keeps_both_ends_and_says_what_is_gone() -> None:
    """The beginning and the end of an over-long line remain around the number of characters cut."""
    clean = sanitise("BEGIN" + "x" * 10_000 + "END")

    assert clean.startswith("BEGIN")
    assert clean.endswith("END")
    assert "[... 6056 characters cut ...]" in clean
    assert len(clean) <= 4000


@pytest.mark.parametrize(
    "unit", ["\x1b", "\x1b]", "\x1b]a", "\x9b1;", "\x1b[", "\r", "\x1bP\x1b", "\u202e", "\x1b[0;", " \x1b ", "\ufe0f"]
)
def test_hostile_megabytes_take_linear_time(unit: str) -> None:
    """Doubling a hostile input about doubles the time; a quadratic scan of this size would take minutes."""
    text = unit * (1_000_000 // len(unit)) + "x"

    began = time.process_time()
    sanitise(text)

    assert time.process_time() - began < 5
