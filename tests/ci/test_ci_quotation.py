"""What a comment quotes: lines of the failure itself, by their telling part."""

from hypothesis import given
from hypothesis import strategies as st

from responder.ci.outputs.quotation import quotation
from responder.ci.prefixes import own_lines, unprefixed

GO = """=== RUN   TestOther
--- FAIL: TestMine (0.01s)
    mine_test.go:8: want 2
=== RUN   TestNext
    next_test.go:3: skipped"""


def test_the_lines_of_another_test_are_not_quoted() -> None:
    """Go's runner prints the tests one below the other; what stands before and after belongs to others."""
    assert quotation(GO, 1) == "--- FAIL: TestMine (0.01s)\n    mine_test.go:8: want 2"


def test_progress_gives_way_to_words() -> None:
    """A bar that is drawn again and again stands before what the tool says at last."""
    bar = "===(   1;0  0/?  1/? )=====================================" * 6

    assert quotation(f" {bar} parse-output.sh .. Dubious, test returned 1", 0) == (
        "\u2026parse-output.sh .. Dubious, test returned 1"
    )


def test_a_spelt_colour_is_no_text() -> None:
    """Some services write `^[[32m` for a colour."""
    assert quotation("^[[32m.^[[0m^[[31mF^[[0m Fatal error", 0) == ".F Fatal error"


def test_the_end_of_a_long_line_is_shown_where_the_trouble_stands() -> None:
    """Package managers say why at the end of a line."""
    shown = quotation(f"resolving {'a/b ' * 200} failed: no such host", 0)

    assert shown.startswith("\u2026")
    assert shown.endswith("failed: no such host")


@given(st.lists(st.sampled_from(["=== RUN   T", "--- PASS: T (0s)", "--- FAIL: T", "  x", ""])), st.integers(-2, 9))
def test_own_lines_keep_the_line_that_is_read(lines: list[str], read: int) -> None:
    """Whatever stands around it, and wherever it is said to be."""
    text = "\n".join(lines)
    kept, at = own_lines(text, read)
    meant = text.split("\n")[max(0, min(read, len(text.split("\n")) - 1))]

    assert kept.split("\n")[at] == meant


@given(st.lists(st.text(max_size=60), max_size=12).map("\n".join), st.integers(0, 12))
def test_every_quoted_line_is_a_part_of_the_text(text: str, read: int) -> None:
    """Between the marks for what was left out stands nothing that the log does not hold."""
    plain = "\n".join(unprefixed(line) for line in text.split("\n"))
    for line in quotation(text, read).split("\n"):
        for piece in line.replace("# #", "##").replace(": :", "::").split("\u2026"):
            assert piece in plain.replace("# #", "##").replace(": :", "::") or line.startswith("[... ")
