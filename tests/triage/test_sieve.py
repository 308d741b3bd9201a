"""The one search for all that rules need turns away no rule that matches."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.triage import sieve
from responder.triage.classify import Classifier
from responder.triage.lines import key_of
from responder.triage.sieve import Sieve
from responder.triage.signatures import RulePack, packaged_rules

pytestmark = pytest.mark.compiled

PACK = packaged_rules()
SAMPLES = [sample for rule in PACK for sample in (*rule.match, *rule.no_match) if "\n" not in sample]
FILLER = [f"an ordinary line about {letter} and {letter * 3}" for letter in string.ascii_letters] * 20
ODD = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=30)
LINES = st.one_of(
    st.sampled_from(SAMPLES),
    st.tuples(ODD, st.sampled_from(SAMPLES), ODD).map("".join),
    st.sampled_from(SAMPLES).map(str.upper),
    ODD,
)


@settings(deadline=None)
@given(lines=st.lists(LINES, min_size=1, max_size=30))
def test_the_rules_that_are_left_give_the_same_verdict(lines: list[str]) -> None:
    """Every line gets the hits that it gets from all rules, and is held for one whose numbers matter as often."""
    found = Sieve(PACK).candidates([*lines, *FILLER])[: len(lines)]

    for line, candidates in zip(lines, found, strict=True):
        assert candidates is not None
        assert PACK.judged(line, candidates) == PACK.judged(line)


def test_other_numbers_in_a_line_turn_no_rule_away() -> None:
    """A line keeps the rules that would match it with other numbers: its kind is decided for all of them."""
    rule = "[[rule]]\nid = 'x'\nwords = [\"status\"]\npattern = 'status 50[0-9]'\nnumeric = true\n"
    pack = RulePack([("demo", rule)])

    (candidates, *_) = Sieve(pack).candidates(["status 200", *FILLER])

    assert candidates
    assert pack.judged("status 200", candidates).by_numbers


def test_most_lines_are_tried_against_no_rule() -> None:
    """The search is a gain: ordinary lines lose every rule."""
    found = Sieve(PACK).candidates(FILLER)

    assert sum(map(bool, found)) == 0


@settings(deadline=None, max_examples=30)
@given(lines=st.lists(LINES, max_size=30))
def test_many_lines_at_once_are_as_one_after_the_other(lines: list[str]) -> None:
    """Kinds, hits and exactness do not depend on how many lines are classified together."""
    raws = [line.encode() for line in [*lines, *FILLER, *lines]]
    together = Classifier(PACK).shapes(raws, list(map(key_of, raws)))
    single = Classifier(PACK)

    assert together == [single.shape(raw) for raw in raws]


def test_few_lines_are_not_worth_the_search() -> None:
    """Of a short log nothing is known beforehand: making the automaton would cost more than it saves."""
    assert Sieve(PACK).candidates(FILLER[: sieve._FEW]) == [None] * sieve._FEW
