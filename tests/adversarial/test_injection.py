"""Claims about instructions hidden in logs: whatever they say and whoever obeys, nothing happens that should not."""

from pathlib import Path

import pytest

from tests.adversarial.corpus import FAMILIES, Attack, Family
from tests.adversarial.harness import decided_without_agents, effects, run_attack
from tests.adversarial.table import published, table


def test_the_corpus_is_large_and_each_attack_has_a_name_of_its_own() -> None:
    """At least 150 attacks, each once."""
    names = [attack.id for family in FAMILIES for attack in family.attacks]

    assert len(names) >= 150
    assert len(set(names)) == len(names)


def test_the_published_table_is_up_to_date() -> None:
    """`docs/threat_model.md` names every family with the number of its attacks."""
    assert published() == table()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name.replace(" ", "-"))
async def test_an_obedient_model_can_be_made_to_do_nothing(
    family: Family, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each attack of the family ends like its harmless twin: no code, file, connection, link, secret, other verdict."""
    found: dict[str, list[str]] = {}
    calm = await run_attack(Attack("calm", (), ()), folder / "calm", capsys, ordinary=frozenset())
    ordinary = frozenset(calm.model.lines)
    for number, attack in enumerate(family.attacks):
        before = decided_without_agents(attack, folder / f"{number}-twin")
        ran = await run_attack(attack, folder / f"{number}", capsys, ordinary=ordinary)
        if happened := effects(attack, ran, before):
            found[attack.id] = happened
        if not ran.model.orders.strip():
            found[attack.id] = [*happened, "the model was never shown the attack"]

    assert found == {}
