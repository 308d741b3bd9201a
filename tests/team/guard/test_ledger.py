"""Claims about reading progress ledgers from any reply."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.team.guard.ledger import Ledger, parse_ledger

SPEAKERS = ("FileSurfer", "Coder")
GOOD = Ledger.make(satisfied=False, reason="more to read", speaker="Coder", instruction="count").model_dump_json()


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"```python\n{GOOD}\n```",
        f"<think>maybe {{not json}}</think>{GOOD}",
        f"Here it is:\n{GOOD}\nI hope that helps.",
        f"{GOOD}\n{GOOD}",
        f'{{"unrelated": 1}}\n```json\n{GOOD}\n```',
        GOOD.replace('"Coder"', '"coder "'),
    ],
)
def test_a_legal_ledger_is_found_wherever_it_stands(reply: str) -> None:
    """Fences, reasoning, prose, a second object and a sloppy name do not hide a legal ledger."""
    ledger = parse_ledger(reply, SPEAKERS)

    assert ledger is not None
    assert ledger.next_speaker.answer == "Coder"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "no json at all",
        "[]",
        '{"is_request_satisfied": true}',
        GOOD.replace('"Coder"', '"WebSurfer"'),
        GOOD[: len(GOOD) // 2],
        "{" * 5000,
    ],
)
def test_an_illegal_ledger_is_none(reply: str) -> None:
    """Missing keys, an unknown speaker and a cut-off reply give None, never an exception."""
    assert parse_ledger(reply, SPEAKERS) is None


def test_a_satisfied_ledger_needs_no_speaker() -> None:
    """When the request is satisfied nobody speaks next, so the name does not matter."""
    reply = json.loads(GOOD)
    reply["is_request_satisfied"]["answer"] = True
    reply["next_speaker"]["answer"] = "nobody"

    ledger = parse_ledger(json.dumps(reply), SPEAKERS)

    assert ledger is not None
    assert ledger.is_request_satisfied.answer


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    """Whatever a model says, reading it does not raise."""
    parse_ledger(text, SPEAKERS)
    parse_ledger(text + GOOD, SPEAKERS)
