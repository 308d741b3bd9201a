"""The one search for all that rules need turns away no rule that matches."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.triage import sieve
from responder.triage.classify import Classifier
from responder.triage.format import packaged_formats
from responder.triage.levels import LEVEL_WORDS
from responder.triage.lines import key_of
from responder.triage.parsing import Parser
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
    found = Sieve(PACK).sifted([*lines, *FILLER])[: len(lines)]

    for line, sifted in zip(lines, found, strict=True):
        assert sifted.rules is not None
        assert PACK.judged(line, sifted.rules) == PACK.judged(line)


HEADED = st.one_of([st.from_regex(form.pattern) for form in packaged_formats() if form.pattern])
LEVELS = st.sampled_from(
    ["ERROR", "[warn] ", "level=info", "Fatal: ", "severity:'debug'", "EMERG", "<err>", 'lvl" = x']
)


@settings(deadline=None)
@given(texts=st.lists(st.one_of(HEADED, LINES, st.tuples(ODD, LEVELS, ODD).map("".join)), min_size=1, max_size=20))
def test_a_line_without_words_has_the_parts_it_had(texts: list[str]) -> None:
    """What formats and levels are looked for by is in every line that they could be found in."""
    parser = Parser()
    lines = [text.replace("\n", " ") for text in texts]

    sieve = Sieve(PACK, parser.headers, LEVEL_WORDS)

    for line, sifted in zip(lines, sieve.sifted([*lines, *FILLER]), strict=False):
        assert parser.parse(line, header=sifted.header, level=sifted.level) == parser.parse(line)


def test_most_lines_are_wordless() -> None:
    """The search is a gain for the parts of lines too."""
    found = Sieve(PACK, Parser().headers, LEVEL_WORDS).sifted(FILLER)

    assert not any(sifted.header or sifted.level for sifted in found)


def test_other_numbers_in_a_line_turn_no_rule_away() -> None:
    """A line keeps the rules that would match it with other numbers: its kind is decided for all of them."""
    rule = "[[rule]]\nid = 'x'\nwords = [\"status\"]\npattern = 'status 50[0-9]'\nnumeric = true\n"
    pack = RulePack([("demo", rule)])

    ((candidates, _, _), *_) = Sieve(pack).sifted(["status 200", *FILLER])

    assert candidates
    assert pack.judged("status 200", candidates).by_numbers


def test_most_lines_are_tried_against_no_rule() -> None:
    """The search is a gain: ordinary lines lose every rule."""
    found = Sieve(PACK).sifted(FILLER)

    assert not any(sifted.rules for sifted in found)


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
    assert Sieve(PACK).sifted(FILLER[: sieve._FEW]) == [sieve.UNSIFTED] * sieve._FEW


LITERALS = st.lists(st.text("abc\t", max_size=4), max_size=3).map(tuple)
ALTERNATIVES = st.integers(1, 3).flatmap(lambda rows: st.lists(st.tuples(*[LITERALS] * rows), min_size=1, max_size=70))


@settings(deadline=None)
@given(
    alternatives=ALTERNATIVES, opens=st.sampled_from(["", "b", "cab"]), lines=st.lists(st.text("abc\t", max_size=12))
)
def test_the_search_finds_what_reading_finds(
    alternatives: list[tuple[tuple[str, ...], ...]], opens: str, lines: list[str]
) -> None:
    """An alternative is left in a line that holds one literal of each of its lists, or the one that opens all."""
    from responder.triage._speed import literals, search

    def asks_nothing(wanted: tuple[str, ...]) -> bool:
        return any(not literal or (len(literal) == 1 and literal.isprintable()) for literal in wanted)

    def may_match(line: str, lists: tuple[tuple[str, ...], ...]) -> bool:
        if opens and opens in line:
            return True
        return all(asks_nothing(wanted) or any(literal in line for literal in wanted) for wanted in lists)

    found = dict(search(literals(alternatives, opens, False), "\n".join(lines).encode()))

    for number, line in enumerate(lines or [""]):
        assert found.get(number, []) == [at for at, lists in enumerate(alternatives) if may_match(line, lists)]
