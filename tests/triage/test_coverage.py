"""The rule pack is as broad as it says, no rule is dead, and its table in the documentation is current."""

from pathlib import Path

from responder.triage.coverage import silent_rules, table
from responder.triage.needs import stored_needs
from responder.triage.signatures import RulePack, packaged_rules, rule_sources

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"


def test_every_rule_is_set_off_by_a_sample() -> None:
    """A rule that never fires on any sample is named, and there is none."""
    assert silent_rules() == ()


def test_the_pack_is_broad() -> None:
    """At least 300 signatures over at least 40 technologies."""
    rules = list(packaged_rules())

    assert len(rules) >= 300
    assert len({rule.id.partition(".")[0] for rule in rules}) >= 40


def test_the_table_is_current() -> None:
    """The page equals what the rule files give; run `make rules` if not."""
    assert DOCUMENT.read_text("utf-8") == table(packaged_rules())


def test_what_rules_need_is_current() -> None:
    """The stored literals are those of the rule files; run `make rules` if not."""
    sources = rule_sources()

    assert stored_needs(sources) == RulePack(sources).needs()


def test_literals_of_other_rules_count_for_nothing() -> None:
    """One changed letter in a rule, and what was stored for the old ones is not used."""
    (technology, text), *others = rule_sources()

    assert stored_needs([(technology, text + "#"), *others]) is None
