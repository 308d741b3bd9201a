"""The rule pack is as broad as it says, no rule is dead, and its table in the documentation is current."""

from pathlib import Path

from responder.triage.coverage import silent_rules, table
from responder.triage.signatures import packaged_rules

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
    """The page equals what the rule files give; run `python -m responder.triage.coverage > docs/rules.md` if not."""
    assert DOCUMENT.read_text("utf-8") == table(packaged_rules())
