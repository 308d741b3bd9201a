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


def _alternatives(pattern: str) -> list[str]:
    """A pattern cut at the bars that stand in no group and in no set."""
    parts, depth, in_set = [""], 0, False
    for token in re.findall(r"\\.|.", pattern, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(token, 0) if not in_set else 0
        in_set = token == "[" or (in_set and token != "]")
        if token == "|" and depth == 0 and not in_set:
            parts.append("")
        else:
            parts[-1] += token
    return parts


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_alternative_can_be_found_by_a_word(rule: Rule) -> None:
    """A rule is only tried on lines that hold one of its words: an alternative that holds none is never seen."""
    for alternative in _alternatives(rule.pattern.pattern):
        text = re.sub(r"\\[\[\]]", " ", re.sub(r"\[([A-Za-z])[A-Za-z]\]", r"\1", alternative))
        text = re.sub(r"\((?:\?:)?[^()|]*\)\?", "", text)  # what may be absent, in words such as `Foo(?:Bar)?Exception`
        text = re.sub(r"\(\?P<\w+>|\(\?[aimsx]*[:)]|\\x27|\\[A-Za-z]|\[[^\]]*\]|\{[\d,]*\}", " ", text)
        squeezed = re.sub(r"[\W\d_]", "", text.lower())
        assert len(squeezed) < 4 or any(word in squeezed for word in rule.words), alternative


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


@pytest.mark.parametrize(
    "line",
    [
        "checked: no ImagePullBackOff observed",
        "state: without any CrashLoopBackOff",
        "pod x, OOMKilled: false",
        "no longer CrashLoopBackOff",
    ],
)
def test_what_is_denied_is_not_found(line: str) -> None:
    """A name and the word that there is none of it."""
    assert packaged_rules().hits(line) == []


def test_what_only_looks_denied_is_found() -> None:
    """The denial is of something else, or a part of the failure's own words."""
    for line in ("no answer from x; pod api is in CrashLoopBackOff", "write failed: No space left on device"):
        assert packaged_rules().hits(line)


def test_two_values_that_adjoin_are_parted() -> None:
    """Words that run together are none; one alone, or none, leaves no comma."""
    head = "\n[[rule]]\nid = 'r'\nwords = [\"bad\"]\ncategory = 'unknown'\nrole = 'cause'\nweight = 0.5\n"
    rule = "pattern = 'bad(?: (?P<a>[a-z]+))?(?: (?P<b>[0-9]+))?'\nsummary = 'It is bad {a|}{b|}'\n"
    sources = [("t", head + rule)]
    pack = RulePack(sources)

    assert [pack.hits(line)[0].summary for line in ("bad egg 7", "bad egg", "bad 7", "bad")] == [
        "It is bad egg, 7", "It is bad egg", "It is bad 7", "It is bad",
    ]  # fmt: skip
