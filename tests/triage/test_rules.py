"""Every failure signature proves itself: what it must match, what it must not, and that it is safe to run."""

import re
import time
import tomllib
from importlib.resources import files

import pytest

from responder.triage.signatures import Rule, RulePack, packaged_rules

RULES = list(packaged_rules())
FOLDER = files("responder.triage") / "rules"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_matches_its_samples_and_nothing_else(rule: Rule) -> None:
    """A rule needs a sample of each kind; each is tried the way a log line is, through the words."""
    pack = packaged_rules()

    assert rule.match
    assert rule.no_match
    for sample in rule.match:
        assert rule.id in [hit.rule.id for hit in pack.hits(sample)], sample
    for sample in rule.no_match:
        assert not rule.pattern.search(sample), sample


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_all_a_reader_needs(rule: Rule) -> None:
    """The reason is a sentence, places in the summary are groups of the pattern, weights are shares."""
    groups = {name.rstrip("23456789") for name in rule.pattern.groupindex}

    assert rule.summary
    assert not rule.summary.endswith(".")
    assert rule.why.endswith(".")
    assert set(re.findall(r"\{(\w+)", rule.summary)) <= groups
    assert rule.blames is None or rule.blames in groups
    assert 0 < rule.weight <= 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_pattern_stays_in_the_common_subset(rule: Rule) -> None:
    """No look-around and no back-reference: any linear-time engine could run it."""
    assert not re.search(r"\(\?[=!<](?!\w+>)|\(\?P=|\\[1-9]", rule.pattern.pattern.replace("(?P<", "(?:"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_pattern_takes_no_more_than_linear_time(rule: Rule) -> None:
    """Twice the line never takes much more than twice the time, on lines made of the rule's own words and fillers."""
    seeds = [*rule.match, " ".join(rule.words), "a ", "1", " ", ".", "/a", "a.b:", "error: ", '"x" ', "(", "at "]
    for seed in seeds:
        long = (seed * (8000 // max(1, len(seed)) + 1))[:8000]
        start = time.process_time()
        rule.pattern.search(long)
        assert time.process_time() - start < 0.5, seed


def test_the_quick_index_equals_the_files() -> None:
    """The plain text search for words and blocks sees exactly what a TOML parser sees."""
    expected = []
    for entry in sorted(FOLDER.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            table = tomllib.loads(entry.read_text("utf-8"))
            expected += [(f"{entry.name[:-5]}.{rule['id']}", tuple(rule["words"])) for rule in table["rule"]]

    assert [(rule.id, rule.words) for rule in RULES] == expected
    assert len({name for name, _ in expected}) == len(expected)


def test_what_a_rule_explains_exists() -> None:
    """Rule ids and technologies named by `explains` are real."""
    ids = {rule.id for rule in RULES}
    technologies = {name.partition(".")[0] for name in ids}

    for rule in RULES:
        for name in rule.explains:
            technology, _, rest = name.partition(".")
            assert name in ids or (rest == "*" and technology in technologies), (
                rule.id,
                name,
            )


def test_an_unknown_key_names_its_file() -> None:
    """A misspelt key in a rule file is an error that says where."""
    pack = RulePack([("demo", '[[rule]]\nid = "x"\nwords = ["x"]\npatern = "x"\n')])

    with pytest.raises(ValueError, match=r"rules/demo\.toml.*patern"):
        list(pack)


def test_only_rules_whose_words_occur_are_parsed() -> None:
    """A broken rule does no harm to logs that do not hold its words: it is not even parsed."""
    pack = RulePack([("demo", '[[rule]]\nid = "x"\nwords = ["broken"]\npattern = "("\n')])

    assert pack.hits("all is well") == []
    with pytest.raises(ValueError, match="demo"):
        pack.hits("it is broken")
