"""Summaries read aloud: said once, quoted where they quote, with a reason where one stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.causes.interface import Evidence
from responder.incident import Category, EvidenceId, Span
from responder.reporting.aloud import aloud


def evidence(text: str, line: int = 1) -> Evidence:
    return Evidence(EvidenceId("E1"), Span("build.log", line, 1, text.count("\n") + 1), text, "0" * 64, "cause", "why")


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        ("`A > b` fails: `A > b` FAILED", "`A > b` fails"),
        ("TestRetries fails: --- FAIL: TestRetries (0.00s)", "TestRetries fails"),
        ("The command npm is not installed where the step runs: sh: 1: npm: not found",
         "The command npm is not installed where the step runs"),
        ("A test fails: no errors: not ok 6 no errors", "A test fails: no errors"),
        ("A style is broken: 63:1 missing newline", "A style is broken: 63:1 missing newline"),
        ("A name does not resolve:", "A name does not resolve"),
        ("^[[31mred^[[0m", "red"),
        ("build\ttest\t2026-06-02T08:14:03.1234567Z Cart > total FAILED", "Cart > total FAILED"),
    ],
)  # fmt: skip
def test_a_summary_says_things_once(summary: str, said: str) -> None:
    """A quoted end that repeats the sentence is cut off, as are the runner's clock and spelt-out colours."""
    assert aloud(summary) == said


def test_what_a_program_wrote_is_marked() -> None:
    """The end that stands in the evidence word for word is a quotation; our own words are not."""
    item = evidence("2026-06-02T08:14:03.1234567Z E: The repository 'http://x y Release' is not signed.")

    said = aloud("apt cannot install what is asked: E: The repository 'http://x y Release' is not signed.", [item])

    assert said == "apt cannot install what is asked: `E: The repository 'http://x y Release' is not signed`"
    assert aloud("A disk is full: nobody knows why", [item]) == "A disk is full: nobody knows why"


def test_a_place_in_brackets_stays_behind_the_quotation() -> None:
    """It is ours, not the program's."""
    item = evidence("AssertionError: expected 3 apples to be 4 pears")

    said = aloud("An assertion does not hold: expected 3 apples to be 4 pears (`src/x.ts`)", [item])

    assert said == "An assertion does not hold: `expected 3 apples to be 4 pears` (`src/x.ts`)"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("--- FAIL: TestA (0.0s)\n    --- FAIL: TestA/b (0.0s)\n        t.go:192: missing token", "missing token"),
        ("A > b FAILED\n    java.lang.AssertionError: 3 -> 4\n        at x.Y.z(Y.java:3)",
         "java.lang.AssertionError: 3 -> 4"),
        ("x FAILED\n  at a.b (c.js:1:2)\n\n", ""),
        ("x FAILED", ""),
    ],
)  # fmt: skip
def test_a_failing_test_has_its_reason(text: str, reason: str) -> None:
    """The first line below that states one; frames and further results are none."""
    said = aloud("`x` fails", [evidence(text)], Category.TEST_ASSERTION)

    assert said == (f"`x` fails: `{reason}`" if reason else "`x` fails")


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_read(summary: str, text: str) -> None:
    """Whatever stands in a log, reading ends, and without evidence no word is added."""
    assert isinstance(aloud(summary, [evidence(text)], Category.CODE_EXCEPTION), str)
    assert len(aloud(summary)) <= len(summary)
