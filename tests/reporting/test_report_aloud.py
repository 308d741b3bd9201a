"""Summaries read aloud: said once, quoted where they quote, with a reason where one stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.causes.interface import Evidence
from responder.incident import Category, EvidenceId, Span
from responder.reporting.aloud import aloud, telling_line


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
        ("x/a.go does not compile: x/a.go:135:3: undefined: os", "`x/a.go:135` does not compile: undefined: os"),
        ("`x/a.go` does not compile (`x/b.go`): x/a.go:7: no", "`x/a.go:7` does not compile: no"),
        ("Code does not vet (`x/a.go`): x/a.go:88:9: undefined: os", "Code does not vet (`x/a.go:88`): undefined: os"),
        ("x/a.go does not compile: x/b.go:7: no", "x/a.go does not compile: x/b.go:7: no"),
        ("A check objects to `x/a.go`: ./x/a.go:63:3: no T.Fatalf", "A check objects to `x/a.go:63`: no T.Fatalf"),
        ("A linter rejects x/a.md: x/a.md: 7: MD034 bare", "A linter rejects `x/a.md:7`: MD034 bare"),
        ("`A.b:45` fails: A.b:45 expected: <1>", "`A.b:45` fails: expected: <1>"),
        ("A Ginkgo test fails (`Pub`): \u2022 [FAILED] [1.014 seconds]", "A Ginkgo test fails (`Pub`)"),
        ("Links are dead: > Links", "Links are dead"),
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


def test_a_quotation_keeps_the_spaces_of_the_log() -> None:
    """A search for it finds it; bullets, borders and what stands beyond the trouble of a long line are left out."""
    item = evidence("  *  linking to   ../x.md,\twhich does not exist")
    goal = f"[ERROR] Failed to execute goal {'org.x:y:' * 20}: Error while storing: No space left on device -> [Help 1]"

    said = aloud("Links are broken: * linking to ../x.md, which does not exist", [item])

    assert said == "Links are broken: `linking to   ../x.md,\twhich does not exist`"
    assert "No space left on device" in aloud(f"A disk is full: {goal}", [evidence(goal)])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("\u2502 Error: creating the role was refused", "Error: creating the role was refused"),
        ("[09:14:20]: \u25b8 \u274c  error: No profiles for x were found", "error: No profiles for x were found"),
        ("@acme/web:lint:   22:7  error  it is never used", "22:7  error  it is never used"),
        ("==> base: Error launching the source instance", "base: Error launching the source instance"),
        ("Login \u203a pays with a card \u2500\u2500\u2500\u2500\u2500\u2500", "Login \u203a pays with a card"),
    ],
)
def test_what_is_drawn_around_a_line_is_not_quoted(line: str, told: str) -> None:
    """Bars, arrows, marks, clocks, the name of the package, rules to the end of the line."""
    assert aloud(f"It is refused: {' '.join(line.split())}", [evidence(line)]) == f"It is refused: `{told}`"


def test_the_backquotes_of_a_program_do_not_end_the_quotation() -> None:
    """They become straight quotes: between backquotes there can be no other."""
    line = "ld: section `.text' will not fit in region `FLASH'"

    assert aloud(f"It is too large: {line}", [evidence(line)]) == (
        "It is too large: `ld: section '.text' will not fit in region 'FLASH'`"
    )


def test_an_article_is_no_subject() -> None:
    """Sentence and line both begin with it."""
    line = "The job has exceeded the maximum execution time"

    assert aloud(f"The service stopped it: {line}", [evidence(line)]) == f"The service stopped it: `{line}`"


def test_a_place_in_brackets_stays_behind_the_quotation() -> None:
    """It is ours, not the program's."""
    item = evidence("AssertionError: expected 3 apples to be 4 pears")

    said = aloud("An assertion does not hold: expected 3 apples to be 4 pears (`src/x.ts`)", [item])

    assert said == "An assertion does not hold: `expected 3 apples to be 4 pears` (`src/x.ts`)"


def test_what_is_quoted_ends_before_our_own_words() -> None:
    """That the consumer is unknown is no part of the line."""
    line = "[ERROR] write of target/classes failed: No space left on device"

    said = aloud(f"A disk is full: {line}; what used it up is not in the evidence", [evidence(line)])

    assert said == f"A disk is full: `{line.removeprefix('[ERROR] ')}`; what used it up is not in the evidence"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("2026-05-12 14:03:12.418 UTC [7] FATAL: no slots", 0, "[7] FATAL: no slots"),
        ('{"ts": "2026-05-12T14:03:12Z", "msg": "no price", "x": 1}', 0, "no price"),
        ('head\n      "error": "no slots are left",', 1, "no slots are left"),
        ("14,3,9", 0, ""),
    ],
)
def test_the_telling_line_is_the_one_that_is_read(text: str, line: int, told: str) -> None:
    """Without its clock; of a structured record its message; nothing where it has no words."""
    assert telling_line(evidence(text, line + 1)) == told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("--- FAIL: TestA (0.0s)\n    --- FAIL: TestA/b (0.0s)\n        t.go:192: missing token", "missing token"),
        ("A > b FAILED\n    java.lang.AssertionError: 3 -> 4\n        at x.Y.z(Y.java:3)",
         "java.lang.AssertionError: 3 -> 4"),
        ("x FAILED\n  at a.b (c.js:1:2)\n\n", ""),
        ("- a grows *** FAILED ***\n  11 did not equal 10 (A.scala:7)", "11 did not equal 10 (A.scala:7)"),
        ("Execution failed for task ':x:lint'.\n> Config checks.xml is not there", "Config checks.xml is not there"),
        ("Execution failed for task ':x:y'.\n> /x/build.gradle.kts\n  Move a to b:", "Move a to b:"),
        ("x FAILED", ""),
    ],
)  # fmt: skip
def test_a_failing_test_has_its_reason(text: str, reason: str) -> None:
    """The first line below that states one; frames and further results are none."""
    said = aloud("`x` fails", [evidence(text)], Category.TEST_ASSERTION)

    assert said == (f"`x` fails: `{reason}`" if reason else "`x` fails")


def test_a_line_that_ends_in_a_colon_is_told_with_the_next() -> None:
    """CMake and others put what is wrong on the line below."""
    item = evidence("CMake Error at CMakeLists.txt:12 (message):\n  libuv was not found\n")

    said = aloud("The build cannot be configured: CMake Error at CMakeLists.txt:12 (message):", [item])

    assert said == (
        "The build cannot be configured: `CMake Error at CMakeLists.txt:12 (message)`: `libuv was not found`"
    )


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_read(summary: str, text: str) -> None:
    """Whatever stands in a log, reading ends, and without evidence no word is added."""
    assert isinstance(aloud(summary, [evidence(text)], Category.CODE_EXCEPTION), str)
    assert len(aloud(summary)) <= len(summary)
