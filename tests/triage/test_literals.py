"""The literals that a text must hold for a pattern to match: never one too many."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.triage.literals import ANYTHING, Alternative, Needs, branches_of, needs_of
from responder.triage.signatures import _searching, packaged_rules

RULES = list(packaged_rules())
ASCII = st.characters(max_codepoint=126, min_codepoint=9, exclude_characters="\n\x0b\x0c\r")


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_whatever_a_rule_matches_is_let_through(data: st.DataObject) -> None:
    """No text that a packaged pattern matches, with anything around it, is turned away before the pattern is tried."""
    rule = data.draw(st.sampled_from([rule for rule in RULES if rule.pattern.pattern.isascii()]), label="rule")
    text = data.draw(st.from_regex(rule.pattern, alphabet=ASCII), label="text")
    assert needs_of(rule.pattern.pattern).met_by(text.lower())


def test_samples_of_every_rule_are_let_through() -> None:
    """The lines that a rule states it must match meet its literals."""
    for rule in RULES:
        needs = needs_of(rule.pattern.pattern)
        assert all(needs.met_by(sample.lower()) for sample in rule.match if rule.pattern.search(sample)), rule.id


def test_hardly_a_packaged_pattern_is_tried_on_every_line() -> None:
    """The search keeps most patterns away from most lines, or it would be a cost and no gain."""
    blind = [rule.id for rule in RULES if needs_of(rule.pattern.pattern) == ANYTHING]
    assert len(blind) <= len(RULES) // 20, blind


@pytest.mark.parametrize(
    ("pattern", "alternatives"),
    [
        ("connection refused", [((), ("connection refused",))]),
        ("^E: Unable to locate", [(("e: unable to locate",), ())]),
        (r"^\s*E: broken", [((), ("e: broken",))]),
        (r"(?i)tim(?:ed)?[ -]out|limit \d+", [((), ("limit ", "tim out", "tim-out", "timed out", "timed-out"))]),
        (r"exit code (?P<code>[1-9]\d*)", [((), ("exit code ",))]),
        (r"returned (?:status )?(?P<status>5\d\d)", [((), ("returned 5", "returned status 5"))]),
        (r"^pod .{1,80} evicted|no room", [((), ("no room",)), ((), (" evicted",), ("pod ",))]),
        (r"a+b{2,3}c+", [((), ("bb",), ("a",))]),
        (r"(?:[.:]{1,2})*a+b{0,2}", [((), ("a",))]),
        (r"\w+|word", ANYTHING.alternatives),
        (r"(?=look)ahead", ANYTHING.alternatives),
        (r"(unclosed", ANYTHING.alternatives),
        ("", ANYTHING.alternatives),
    ],
)  # fmt: skip
def test_literals_are_read_off_the_pattern(pattern: str, alternatives: Sequence[Sequence[tuple[str, ...]]]) -> None:
    """Alternatives, optional parts, sets and anchors are understood; what is not is taken for anything."""
    assert needs_of(pattern) == Needs(tuple(Alternative(*lists) for lists in alternatives))


@given(st.text(alphabet="ab|()?*+{1,2}^.\\d[]", max_size=14), st.text(alphabet="abd1 ", max_size=12))
def test_any_pattern_may_be_given(pattern: str, text: str) -> None:
    """Nonsense ends in a list of literals too, and where it is a pattern after all the list is right."""
    needs = needs_of(pattern)
    try:
        matches = re.search(pattern, text)
    except (re.error, FutureWarning):
        return
    assert not matches or needs.met_by(text.lower())


def test_a_pattern_is_its_branches() -> None:
    """What is taken apart at the top is what was written, and nothing inside of a group or a set is taken apart."""
    for pattern in (rule.pattern.pattern for rule in packaged_rules()):
        flags, branches = branches_of(pattern)
        assert flags + "|".join(branches) == pattern
        for branch in branches:
            re.compile(flags + branch)
    assert branches_of("(?i)^a[|)]|(?:b|c)\\|d|e$") == ("(?i)", ["^a[|)]", "(?:b|c)\\|d", "e$"])


@settings(deadline=None)
@given(
    sample=st.sampled_from([text for rule in packaged_rules() for text in (*rule.match, *rule.no_match)]),
    cut=st.integers(0, 30),
)
def test_branches_are_tried_where_they_may_match(sample: str, cut: int) -> None:
    """A pattern whose branches are bound to the beginning finds what it found when it was tried at each letter."""
    for rule in packaged_rules():
        found, all_over = _searching(rule.pattern)(sample[cut:]), rule.pattern.search(sample[cut:])
        assert (found and found.span()) == (all_over and all_over.span())
