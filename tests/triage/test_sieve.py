"""The one search for all that rules need turns away no rule that matches."""

import json
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from responder.triage import sieve
from responder.triage.classify import Classifier
from responder.triage.complaints import _COMPLAINT
from responder.triage.format import packaged_formats
from responder.triage.lines import key_of
from responder.triage.parsing import Parser
from responder.triage.sieve import Sieve
from responder.triage.signatures import RulePack, packaged_rules
from responder.triage.topics import ANY, COMPLAINT, QUANTITY, words_of_topics
from responder.triage.trends import _QUANTITY

pytestmark = pytest.mark.compiled

PACK = packaged_rules()
SAMPLES = [sample for rule in PACK for sample in (*rule.match, *rule.no_match) if "\n" not in sample]
FILLER = [f"an ordinary line about {letter} and {letter * 3}" for letter in string.ascii_letters] * 20
VARIED = [f"{line} {letter * 4}" for line in FILLER[:52] for letter in string.ascii_lowercase]
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

    sieve = Sieve(PACK, words_of_topics(parser.headers))

    for line, sifted in zip(lines, sieve.sifted([*lines, *FILLER]), strict=False):
        assert parser.parse(line, topics=sifted.topics) == parser.parse(line)


@settings(deadline=None)
@given(
    complaints=st.lists(st.from_regex(_COMPLAINT.pattern, fullmatch=True), min_size=1, max_size=5),
    quantities=st.lists(st.from_regex(_QUANTITY.pattern, fullmatch=True), min_size=1, max_size=5),
)
def test_complaints_and_quantities_hold_their_words(complaints: list[str], quantities: list[str]) -> None:
    """A line is asked for neither unless it holds a word of it, so each must hold one."""
    sieve = Sieve(PACK, words_of_topics(Parser().headers))
    found = sieve.sifted([*complaints, *quantities, *FILLER])

    assert all(sifted.topics & COMPLAINT for sifted in found[: len(complaints)])
    assert all(sifted.topics & QUANTITY for sifted in found[len(complaints) :][: len(quantities)])


def test_most_lines_are_wordless() -> None:
    """The search is a gain for the parts of lines too."""
    found = Sieve(PACK, words_of_topics(Parser().headers)).sifted(FILLER)

    assert not any(sifted.topics for sifted in found)


def test_other_numbers_in_a_line_turn_no_rule_away() -> None:
    """A line keeps the rules that would match it with other numbers: its kind is decided for all of them."""
    rule = "[[rule]]\nid = 'x'\nwords = [\"status\"]\npattern = 'status 50[0-9]'\nnumeric = true\n"
    pack = RulePack([("demo", rule)])

    ((candidates, _), *_) = Sieve(pack).sifted(["status 200", *FILLER])

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
    raws = [line.encode() for line in [*lines, *VARIED, *lines]]
    together = Classifier(PACK).shapes(raws, list(map(key_of, raws)))
    single = Classifier(PACK)

    assert [replace(shape, topics=ANY) for shape in together] == [single.shape(raw) for raw in raws]


RECORDS = st.tuples(st.sampled_from(["msg", "log", "other"]), LINES).map(
    lambda item: json.dumps({item[0]: item[1], "time": "2026-01-02T03:04:05Z", "level": "info"})
)


@settings(deadline=None, max_examples=50)
@given(
    lines=st.lists(
        st.one_of(RECORDS, RECORDS.map(lambda text: json.dumps({"log": text, "time": "2026-01-02T03:04:05Z"})))
    )
)
def test_what_stands_in_a_record_is_sifted_as_it_reads(lines: list[str]) -> None:
    """A message that is written in JSON, even twice, loses no rule to the signs that JSON writes it with."""
    raws = [line.encode() for line in [*VARIED, *lines]]
    classifier = Classifier(PACK)

    for shape, raw in zip(classifier.classified(raws), raws, strict=True):
        assert replace(shape, topics=ANY) == classifier.classify(raw)


def test_few_lines_are_not_worth_the_search() -> None:
    """Of a short log nothing is known beforehand: making the automaton would cost more than it saves."""
    assert Sieve(PACK).sifted(FILLER[: sieve._FEW]) == [sieve.UNSIFTED] * sieve._FEW


LITERALS = st.lists(
    st.text("abc\t", max_size=4) | st.text("abc", min_size=1, max_size=14).map("\b{}".format), max_size=3
).map(tuple)
ALTERNATIVES = st.integers(1, 3).flatmap(lambda rows: st.lists(st.tuples(*[LITERALS] * rows), min_size=1, max_size=70))


@settings(deadline=None)
@given(
    alternatives=ALTERNATIVES,
    lines=st.lists(st.text("abcABC\t ", max_size=20)),
    fold=st.booleans(),
    shared=st.integers(1, 3),
    bits=st.integers(0, 3),
)
def test_the_search_finds_what_reading_finds(
    alternatives: list[tuple[tuple[str, ...], ...]], lines: list[str], *, fold: bool, shared: int, bits: int
) -> None:
    """An alternative is left in a line that holds one literal of each of its lists, as a word if it must be one.

    What is told of it is its owner, once, or the bits of its owner.
    """
    from responder.triage._speed import literals, search

    def holds(line: str, literal: str) -> bool:
        if not literal.startswith("\b"):
            return literal in line
        # The end of a long word is not looked at.
        return (
            re.search(f"(?<![a-zA-Z]){literal[1:]}(?![a-zA-Z])" if len(literal) <= 13 else literal[1:13], line)
            is not None
        )

    def asks_nothing(wanted: tuple[str, ...]) -> bool:
        return any(not literal or (len(literal) == 1 and literal.isprintable()) for literal in wanted)

    def may_match(line: str, lists: tuple[tuple[str, ...], ...]) -> bool:
        read = line.lower() if fold else line
        return all(asks_nothing(wanted) or any(holds(read, literal) for literal in wanted) for wanted in lists)

    owned = max(0, len(alternatives) - bits)
    owners = [at // shared if at < owned else -(1 << (at - owned)) for at in range(len(alternatives))]
    told = search(literals(alternatives, fold, owners), "\n".join(lines).encode())
    found = {line: (owners, bits) for line, owners, bits in told}

    for number, line in enumerate(lines or [""]):
        left = [owners[at] for at, lists in enumerate(alternatives) if may_match(line, lists)]
        whose = list(dict.fromkeys(owner for owner in left if owner >= 0))
        assert found.get(number, ([], 0)) == (whose, -sum(owner for owner in left if owner < 0))
