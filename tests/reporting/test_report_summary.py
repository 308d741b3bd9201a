"""What the terminal shows: the first screen of the report, and the quotation a person should see of a long trace."""

from hypothesis import given
from hypothesis import strategies as st

from responder.reporting.excerpt import excerpt
from responder.reporting.summary import summary
from tests.reporting.builders import healthy, inconclusive, report


def test_the_summary_answers_in_order() -> None:
    """Headline first, then reasons, steps, alternatives, places."""
    text = summary(report())

    titles = ["Why we believe it", "Do this now", "What else it could be", "Where to read"]
    places = [text.index(title) for title in titles]
    assert text.startswith("`orders-db` ran out of connection slots")
    assert places == sorted(places)
    assert "E1  orders-db/postgresql.log:4312" in text


def test_the_summary_fits_a_terminal() -> None:
    """No line is wider than 100 columns unless a single word is."""
    for value in (report(), inconclusive(), healthy()):
        assert all(len(line) <= 100 for line in summary(value).split("\n"))


def test_a_healthy_run_says_three_things() -> None:
    """Nothing to do, what was covered, what was not read."""
    assert summary(healthy()).startswith("Healthy: nothing in 53,187 lines of 5 files (7.3 MB) asks for action.\n")


@given(st.lists(st.sampled_from(["x", "Caused by: y", "  at a.b (c.js:1)", ""]), max_size=40), st.integers(1, 30))
def test_any_number_of_lines_can_be_excerpted(lines: list[str], most: int) -> None:
    """Every line shown is one of the text, in order, or says how many were left out."""
    text = "\n".join(lines)
    shown = [line for line in excerpt(text, max_lines=most).split("\n") if not line.startswith("[... ")]
    rest = iter(text.split("\n"))

    assert all(line in rest for line in shown)


def trace(own: str, frames: int) -> str:
    library = [f"\tat org.framework.Step{number}.call(Step.java:{number})" for number in range(frames)]
    return "\n".join(
        ["ERROR request failed", *library, "Caused by: java.net.ConnectException", *library[:9], own, *library]
    )


def test_a_long_trace_keeps_what_explains_it() -> None:
    """Head, deepest cause, the frame in the user's own code and the tail stay; gaps say how long they are."""
    own = "\tat shop.checkout.OrderStore.save(OrderStore.java:58)"
    shown = excerpt(trace(own, 60)).split("\n")

    assert shown[0] == "ERROR request failed"
    assert "Caused by: java.net.ConnectException" in shown
    assert own in shown
    assert shown[-1] == "\tat org.framework.Step59.call(Step.java:59)"
    assert any("lines left out" in line for line in shown)
    assert len(shown) < 30


def test_a_short_quotation_stands_whole() -> None:
    """Nothing is cut that fits."""
    assert excerpt("one\ntwo") == "one\ntwo"


def test_gaps_account_for_every_line() -> None:
    """Shown lines and the counts in the markers add up to the original."""
    text = trace("\tat shop.A.b(A.java:1)", 80)
    shown = excerpt(text).split("\n")

    left_out = sum(int(line.split()[1]) for line in shown if "lines left out" in line)
    kept = sum("lines left out" not in line for line in shown)
    assert left_out + kept == text.count("\n") + 1
