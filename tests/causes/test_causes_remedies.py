"""Steps to take: as exact as the evidence allows, and none that belongs to another fault."""

import tomllib
from importlib.resources import files

import pytest
from msgspec.structs import replace

from responder.causes.remedies import remedies_for
from responder.causes.stories import Story
from responder.incident import Category, ComponentKind
from responder.triage.interface import Finding, Remedy
from responder.triage.signatures import remedies_for as usual_for
from tests.causes.findings import finding

OWN = Remedy("Do what the rule says", "it works", "")


def fault(category: Category, text: str = "it is broken", *, remedies: tuple[Remedy, ...] | None = None) -> Finding:
    said = finding(text, role="cause", category=category, captures={"tool": "pnpm"})
    return replace(said, remedies=usual_for(category) if remedies is None else remedies)


def story(*findings: Finding, led_by: tuple[Finding, ...] = ()) -> Story:
    return Story("web", findings[0].category, ComponentKind.SERVICE, findings, led_by=led_by)


def test_a_step_names_what_the_finding_names() -> None:
    """`pnpm` is missing, so `pnpm` is what to supply."""
    first = remedies_for(story(fault(Category.CONFIGURATION_MISSING)))[0]

    assert first.what.startswith("Supply `pnpm` where the step runs")


def test_what_a_rule_knows_takes_the_place_of_what_is_usual() -> None:
    """The rule's step to take now is told, and of the category only the lasting fix, which the rule has none of."""
    told = remedies_for(story(fault(Category.DISK, remedies=(OWN,))))

    assert [remedy.what for remedy in told if not remedy.prevents] == [OWN.what]
    assert [remedy.prevents for remedy in told] == [False, True]


def test_steps_against_another_fault_are_left_out() -> None:
    """An image that cannot be pulled is not mended by more memory, nor the other way round."""
    told = remedies_for(story(fault(Category.MEMORY), fault(Category.DEPLOYMENT_IMAGE, "no such tag")))

    assert not [remedy for remedy in told if "pull" in remedy.what]


def test_the_sign_that_says_why_comes_first() -> None:
    """A standby that left is why the disk filled: it is mended first, and the disk still needs room."""
    sign = fault(Category.DEPENDENCY_UNAVAILABLE, "the standby left", remedies=(OWN,))
    told = remedies_for(story(fault(Category.DISK), led_by=(sign,)))

    assert told[0].what == OWN.what
    assert "largest files" in told[1].what


@pytest.mark.parametrize("name", ["a`b", "x" * 500, " ", ""])
def test_a_name_that_cannot_be_shown_is_left_out(name: str) -> None:
    """The words behind the bar stand in its place."""
    said = replace(fault(Category.CONFIGURATION_MISSING), captures={"tool": name})

    assert remedies_for(story(said))[0].what.startswith("Supply what is missing")


def test_where_to_look_is_no_sign_of_success() -> None:
    """A reader of cluster states gives its next check as the way to see that it worked."""
    look = "compare the probe's port with what the container serves"
    said = fault(Category.CONFIGURATION_MISMATCH, remedies=(Remedy("Correct the probe", look, ""),))

    told = remedies_for(story(replace(said, next_check=look)))[0]
    assert told.verify == "A fresh copy of `web.log` no longer shows this line."


def test_every_step_of_the_table_can_be_seen_to_work() -> None:
    """Each category says how to see that it worked, and no name of a placeholder is left in what is told."""
    table = tomllib.loads((files("responder.triage") / "remedies.toml").read_text("utf-8"))
    for category in Category:
        if category.value.replace(".", "-") not in table:
            continue
        for remedy in remedies_for(story(fault(category))):
            assert remedy.verify
            assert not {"{", "}"} & set(f"{remedy.what}{remedy.undo}"), remedy


def test_categories_of_the_table_exist() -> None:
    """A misspelt one would never be told."""
    table = tomllib.loads((files("responder.triage") / "remedies.toml").read_text("utf-8"))

    assert set(table) <= {category.value.replace(".", "-") for category in Category}
