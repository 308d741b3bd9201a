"""Claims about counting a run against its limits."""

import pytest

from responder.team.meter import Allowance, Meter
from responder.team.models import ModelChoice, Provider
from responder.team.prices import Price, price_of


def meter(**limits: float) -> Meter:
    return Meter(Allowance(**limits), clock=lambda: 0.0)  # type: ignore[arg-type]


def test_turns_are_exact() -> None:
    """N turns may be taken, 1 included, and the next is refused."""
    for limit in (1, 2, 7):
        counted = meter(max_turns=limit)
        for number in range(limit):
            assert counted.exhausted() is None
            counted.count_turn("Coder", f"step {number}")
        assert counted.exhausted() == "turn_limit"


def test_a_tenth_of_the_tokens_is_kept_for_the_final_answer() -> None:
    """At nine tenths other calls are refused, the final answer is not."""
    counted = meter(budget_tokens=1000)

    counted.count_call(800, 100)

    assert counted.exhausted() == "budget"
    assert counted.exhausted(final=True) is None


def test_the_wall_clock_stops_a_run() -> None:
    """When nine tenths of the time are gone no further step begins."""
    now = [0.0]
    counted = Meter(Allowance(timeout_seconds=100), clock=lambda: now[0])

    now[0] = 91.0

    assert counted.exhausted() == "timeout"


def test_a_repeated_instruction_is_a_stall() -> None:
    """The same instruction to the same agent three times is a loop, also with another one in between."""
    counted = meter(max_turns=50)

    for _ in range(3):
        assert counted.exhausted() is None
        counted.count_turn("FileSurfer", "Open  app.log")
        counted.count_turn("Coder", f"run {counted.turns}")

    assert counted.exhausted() == "stalled"


def test_answers_that_bring_nothing_new_are_a_stall() -> None:
    """Four answers in a row that were all seen before end the run; one new answer starts the count again."""
    counted = meter(max_turns=50)

    for text in ("a", "a", "a", "a", "b", "a", "b", "a"):
        counted.count_answer(text)
        assert counted.exhausted() is None
    counted.count_answer("b")

    assert counted.exhausted() == "stalled"


def test_the_first_limit_is_the_one_that_is_told() -> None:
    """A later limit does not overwrite the reason for which a run was stopped."""
    counted = meter(max_turns=1, budget_tokens=10)

    counted.count_turn("Coder", "x")
    assert counted.exhausted() == "turn_limit"
    counted.count_call(100, 100)
    counted.exhausted()

    assert counted.stopped == "turn_limit"


def test_money_is_a_limit_where_the_price_is_known() -> None:
    """At nine tenths of the dollars other calls are refused; without a price there is no such limit."""
    allowance = Allowance(budget_usd=0.01)
    priced = Meter(allowance, Price(1.0, 10.0), clock=lambda: 0.0)
    unpriced = Meter(allowance, None, clock=lambda: 0.0)

    for counted in (priced, unpriced):
        counted.count_call(1_000, 850)

    assert priced.cost == pytest.approx(0.0095)
    assert priced.exhausted() == "budget"
    assert unpriced.cost is None
    assert unpriced.exhausted() is None


@pytest.mark.parametrize(
    ("provider", "model", "known"),
    [
        ("openai", "gpt-4.1", True),
        ("openai", "gpt-4.1-2025-04-14", True),
        ("openai", "gpt-4.1-mini", True),
        ("openai", "gpt-4.1-turbo", False),
        ("anthropic", "claude-sonnet-4-5-20250929", True),
        ("compatible", "gpt-4.1", False),
        ("ollama", "qwen3:8b", True),
        ("analyst", "analyst", True),
    ],
)
def test_a_price_is_the_models_own_or_unknown(provider: Provider, model: str, known: bool) -> None:
    """Dated releases have their model's price; a variant that is not listed has none, rather than a wrong one."""
    price = price_of(ModelChoice(provider, model, "", "a test"))

    assert (price is not None) is known


def test_a_longer_name_wins() -> None:
    """The price of a small variant is not that of the model it is named after."""
    small, large = (price_of(ModelChoice("openai", name, "", "")) for name in ("gpt-4.1-mini", "gpt-4.1"))

    assert small is not None and large is not None
    assert small.prompt < large.prompt
