"""Claims about reading what an endpoint or a model sends: any bytes, any text, never an error of ours."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pytest
from autogen_core import FunctionCall
from autogen_core.models import CreateResult, RequestUsage
from hypothesis import given
from hypothesis import strategies as st

from responder.team.guard.replies import calls_in, tidied, without_reasoning
from responder.team.models.patience import Patience, may_pass, retry_after
from responder.team.models.wire import UnusableReply, normalised
from tests.team.models.endpoint import completion

NOW = datetime(2026, 3, 14, 15, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "choices",
    "message",
    "content",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "usage",
    "error",
    "id",
    "type",
)
SHAPED = st.recursive(
    JSON,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=16,
)


def result(content: str | list[FunctionCall]) -> CreateResult:
    return CreateResult(finish_reason="stop", content=content, usage=RequestUsage(0, 0), cached=False)


@given(st.binary(max_size=200) | SHAPED.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_an_answer_or_is_named(body: bytes) -> None:
    """What comes out is a body with a message in it, and everything else is an `UnusableReply`."""
    try:
        value = json.loads(normalised(body))
    except UnusableReply as error:
        assert str(error)
        return

    assert isinstance(value.get("content"), list) or isinstance(value["choices"][0]["message"], dict)


def test_a_good_body_keeps_its_meaning() -> None:
    """Text, calls and usage of a sound reply come through as they were."""
    value = json.loads(normalised(str(completion("hello", tool="open", arguments='{"a": 1}').body).encode()))

    message = value["choices"][0]["message"]
    assert message["content"] == "hello"
    assert message["tool_calls"][0]["function"] == {"name": "open", "arguments": '{"a": 1}'}
    assert value["usage"]["prompt_tokens"] == 11


@given(st.text(max_size=300))
def test_any_reply_is_tidied_once(text: str) -> None:
    """Tidying what was tidied changes nothing, and the result can be written to a file."""
    once = tidied(result(text), [])
    assert isinstance(once.content, str)

    once.content.encode()
    assert tidied(once, []).content == once.content


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>a</think>b", "b"),
        (" <THINK>\n```python\nx\n```</think>\n\nb", "b"),
        ("<think>cut off", ""),
        ("<think>a</think><think>b</think>c", "c"),
        ("b <think>a</think>", "b <think>a</think>"),
    ],
)
def test_reasoning_is_left_away(text: str, left: str) -> None:
    """Leading reasoning goes, all of it; the same words later in an answer are part of the answer."""
    assert without_reasoning(text) == left


@given(st.text(max_size=200))
def test_only_an_offered_tool_is_called_by_text(text: str) -> None:
    """No text makes a call of a tool that was not offered."""
    assert all(call.name == "open" for call in calls_in(text + '{"name": "rm", "arguments": {}}', ["open"]))


def failed(**headers: str) -> Any:
    error = Exception()
    error.response = SimpleNamespace(headers=headers)  # type: ignore[attr-defined]
    return error


@given(st.text(max_size=30))
def test_any_retry_after_is_read(value: str) -> None:
    """Whatever the header says, it is a number of seconds or nothing."""
    seconds = retry_after(failed(**{"retry-after": value}), NOW)

    assert seconds is None or seconds >= 0


def test_retry_after_is_seconds_or_a_date() -> None:
    """Both forms of the header count; a date that has passed means now."""
    later, earlier = (format_datetime(NOW + timedelta(seconds=by), usegmt=True) for by in (90, -90))

    assert retry_after(failed(**{"retry-after": "7"}), NOW) == 7.0
    assert retry_after(failed(**{"retry-after": later}), NOW) == 90.0
    assert retry_after(failed(**{"retry-after": earlier}), NOW) == 0.0
    assert retry_after(Exception(), NOW) is None


@given(st.integers(1, 60), st.floats(0, 1))
def test_pauses_grow_to_a_bound_and_differ(attempt: int, chance: float) -> None:
    """Each pause is between the doubled first one and twice that, and never above the bound."""
    patience = Patience(chance=lambda: chance)

    pause = patience.pause(attempt)

    assert min(20.0, 0.5 * 2 ** (attempt - 1)) <= pause <= min(20.0, 1.0 * 2 ** (attempt - 1))


def test_a_chain_of_causes_that_bites_its_tail_ends() -> None:
    """Errors that are each other's cause are looked at and left."""
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one

    assert not may_pass(one)
