"""Claims about counting a run against its limits."""

from responder.team.meter import Allowance, Meter


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
