"""The post-mortem is told in the past; what the logs say stays as they say it."""

import re
import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.reporting.tense import past

_PRESENT = re.compile(r"\b(?:is|are|has|cannot|does not|do not|fails|refuses|rejects|stops)\b")


def summaries() -> list[str]:
    """The sentences of all rules, with a name in each place."""
    packs = [path for path in (files("responder.triage") / "rules").iterdir() if path.name.endswith(".toml")]
    rules = [tomllib.loads(path.read_text("utf-8")) for path in packs]
    return [re.sub(r"\{[^}]*\}", "`x`", rule["summary"]) for pack in rules for rule in pack.get("rule", [])]


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("`a` does not compile: x is undefined", "`a` did not compile: x is undefined"),
        ("`envoy`: Requests fail with HTTP 503, 75 times", "`envoy`: Requests failed with HTTP 503, 75 times"),
        ("`is` has no value", "`is` had no value"),
        ("`checkout` begins to fail orders", "`checkout` began to fail orders"),
        ("what used it up is not in the evidence", "what used it up is not in the evidence"),
        ("tests/test_is.py::test_is fails", "tests/test_is.py::test_is failed"),
    ],
)
def test_the_verb_and_nothing_else_changes(now: str, then: str) -> None:
    """Names, quotations and what is still so stay as they are."""
    assert past(now) == then


def test_every_rule_can_be_told_afterwards() -> None:
    """No sentence of a rule keeps one of the common verbs in the present, and telling it twice changes nothing."""
    for said in summaries():
        told = past(said)
        assert past(told) == told
        assert not _PRESENT.search(re.sub(r"`[^`]*`", "", told.partition(": ")[0])), told


@given(st.text(alphabet="`: .aisfle", max_size=200))
def test_no_backquote_is_lost(text: str) -> None:
    """Whatever stands in it, a name stays a name."""
    assert past(text).count("`") == text.count("`")
