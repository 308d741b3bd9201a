"""Claims about counting a run against its limits."""

import pytest

from responder.team.guard.meter import Allowance, Meter
from responder.team.models import ModelChoice, Provider
from responder.team.models.prices import Price, price_of


def meter(**limits: float) -> Meter:
    return Meter(Allowance(**limits), clock=lambda: 0.0)  # type: ignore[arg-type]


def test_turns_are_exact() -> None:
    """N turns may be taken, 1 included, and the next is refused."""
    for limit in (1, 2, 7):
        counted = meter(max_turns=limit)
        for number in range(limit):
            assert counted.exhausted() is None
            counted.count_turn("Coder", f"step {number}")
            counted.count_answer("new " * number)
        assert counted.exhausted() == "turn_limit"


def test_the_reserve_is_for_the_final_answer_alone() -> None:
    """At nine tenths other requests are refused, the final answer is not, and what does not fit never is."""
    counted = meter(budget_tokens=1000)

    counted.count_call(100, 800, price=None)

    assert counted.exhausted() == "budget"
    assert counted.refuses(50, price=None) == "budget"
    counted.concluding = True
    assert counted.refuses(50, price=None) is None
    assert counted.refuses(101, price=None) == "budget"


def test_the_reserve_grows_with_the_prompts() -> None:
    """When a prompt is longer than a tenth of the budget, as much is kept as the last prompt will need."""
    counted = meter(budget_tokens=1000)

    counted.count_call(300, 50, price=None)
    assert counted.refuses(200, price=None) is None
    counted.count_call(300, 50, price=None)

    assert counted.exhausted() == "budget"


def test_requests_are_counted_failed_ones_included() -> None:
    """The last allowed request is kept for the final answer."""
    counted = meter(max_calls=3)

    for _ in range(2):
        assert counted.exhausted() is None
        counted.count_call(0, 0, price=None)

    assert counted.exhausted() == "budget"
    counted.concluding = True
    assert counted.refuses(0, price=None) is None


def test_one_answer_may_take_half_of_the_time() -> None:
    """However long a provider is silent, half of what was left remains for who takes over."""
    now = [0.0]
    counted = Meter(Allowance(timeout_seconds=100), clock=lambda: now[0])

    assert counted.seconds_for_a_call == 45.0
    now[0] = 45.0
    assert counted.seconds_for_a_call == 22.5
    now[0] = 1000.0
    assert counted.seconds_for_a_call == 0.0


def test_the_wall_clock_stops_a_run() -> None:
    """When nine tenths of the time are gone no further step begins."""
    now = [0.0]
    counted = Meter(Allowance(timeout_seconds=100), clock=lambda: now[0])

    now[0] = 91.0

    assert counted.exhausted() == "timeout"


def turns(counted: Meter, *steps: tuple[str, str]) -> int:
    """Take the steps, each an instruction and what it brought; return how many were allowed."""
    for number, (instruction, brought) in enumerate(steps):
        if counted.exhausted() is not None:
            return number
        counted.count_turn("FileSurfer", instruction)
        counted.count_answer(brought)
    return len(steps)


def page(top: int, *, rows: int = 60, word: str = "request") -> str:
    return "\n".join(f"{number:>7} | {word} {number * 7919} took {number} ms" for number in range(top, top + rows))


def test_a_repeated_instruction_is_a_stall() -> None:
    """The same instruction to the same agent three times is a loop, also with another one in between."""
    counted = meter(max_turns=50)

    for number in range(3):
        assert counted.exhausted() is None
        counted.count_turn("FileSurfer", "Open  app.log")
        counted.count_turn("Coder", f"run {number}")
        counted.count_answer(f"{'x' * number} something new")

    assert counted.exhausted() == "stalled"


def test_an_alternation_is_a_stall() -> None:
    """Two pages in turn, however the request is worded, end the run within six turns."""
    both = [(f"{word} the file", page(1 if number % 2 else 500)) for number, word in enumerate("abcdefghij")]

    assert turns(meter(max_turns=50), *both) == 6


def test_near_identical_calls_are_a_stall() -> None:
    """The same request with another number that shows the same lines, or counts the same again, brings nothing."""
    shifted = [(f"open app.log at line {top}", page(top)) for top in range(100, 120)]
    timed = [(f"count the errors, try {number}", f"17 errors in {number}.2 s") for number in range(20)]

    assert turns(meter(max_turns=50), *shifted) == 5
    assert turns(meter(max_turns=50), *timed) == 5


def test_reading_on_is_no_stall_while_something_new_comes() -> None:
    """Page after page may be read while each shows a kind of line that none did before."""
    words = ["request", "query", "login", "retry", "batch", "lease", "probe", "flush", "reload", "evict"]
    pages = [(f"open app.log at line {n * 60}", page(n * 60, word=word)) for n, word in enumerate(words)]

    assert turns(meter(max_turns=50), *pages) == len(pages)


def test_plans_without_evidence_are_a_stall() -> None:
    """Planning anew four times with nothing read in between ends the run: a plan does not reset what was seen."""
    counted = meter(max_turns=50)

    for number in range(4):
        assert counted.exhausted() is None
        counted.count_turn("Coder", "think " * (number + 1))

    assert counted.exhausted() == "stalled"


def test_the_first_limit_is_the_one_that_is_told() -> None:
    """A later limit does not overwrite the reason for which a run was stopped."""
    counted = meter(max_turns=1, budget_tokens=10)

    counted.stop("turn_limit")
    counted.stop("budget")

    assert counted.stopped == "turn_limit"


def test_money_is_a_limit_where_the_price_is_known() -> None:
    """At nine tenths of the dollars other calls are refused; without a price there is no such limit."""
    allowance = Allowance(budget_usd=0.01)
    priced, unpriced = (Meter(allowance, clock=lambda: 0.0) for _ in range(2))

    priced.count_call(1_000, 850, price=Price(1.0, 10.0))
    unpriced.count_call(1_000, 850, price=None)

    assert priced.cost == pytest.approx(0.0095)
    assert priced.exhausted() == "budget"
    assert unpriced.cost is None
    assert unpriced.exhausted() is None


def test_a_cost_with_one_unknown_price_is_unknown() -> None:
    """Two models are added up; when the price of one is not known, so is the sum."""
    counted = meter()

    counted.count_call(1_000_000, 0, price=Price(1.0, 10.0))
    counted.count_call(0, 1_000_000, price=Price(2.0, 20.0))
    assert counted.cost == pytest.approx(21.0)
    counted.count_call(1, 1, price=None)

    assert counted.cost is None


@pytest.mark.parametrize(
    ("provider", "model", "known"),
    [
        ("openai", "gpt-4.1", True),
        ("openai", "gpt-4.1-2025-04-14", True),
        ("openai", "gpt-4.1-mini", True),
        ("openai", "gpt-4.1-turbo", False),
        ("anthropic", "claude-sonnet-4-5-20250929", True),
        ("anthropic", "claude-opus-5", True),
        ("anthropic", "claude-opus-5-7", False),
        ("gemini", "gemini-2.5-flash-preview-09-2025", True),
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
