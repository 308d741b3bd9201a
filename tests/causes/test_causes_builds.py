"""What a failed build is about."""

import pytest

from responder.causes import default_engine
from responder.causes.builds import decisive_line, subject_of_build
from responder.incident import Category, ComponentKind
from tests.causes.findings import finding, triage

TRACE = "\n".join(
    [
        "2026-06-02T08:14:46.65Z >       assert total(lines) == 3",
        "2026-06-02T08:14:46.65Z E       AssertionError: assert 2 == 3",
        "2026-06-02T08:14:46.65Z tests/test_totals.py:33: AssertionError",
    ]
)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (TRACE, ("tests/test_totals.py", ComponentKind.SOURCE_FILE)),
        ("FAILED tests/test_a.py::test_b - boom", ("tests/test_a.py::test_b", ComponentKind.TEST)),
        ("src/app/main.ts(12,3): error TS2322: no", ("src/app/main.ts", ComponentKind.SOURCE_FILE)),
        ("/usr/lib/python3.12/site-packages/x/y.py:3: error", None),
        ("nothing here", None),
    ],
)
def test_subject_is_the_test_or_the_users_own_file(text: str, subject: object) -> None:
    """Library frames are nobody's fault; a test id says more than a file."""
    assert subject_of_build([finding(text, component=None)], []) == subject


def test_test_of_the_file_is_found_in_the_summary_of_the_run() -> None:
    """The trace names the file and the short summary the test; together they name the failing test."""
    others = [
        finding("FAILED tests/test_x.py::test_y - no\nFAILED tests/test_totals.py::test_sum - no", component=None)
    ]

    subject = subject_of_build([finding(TRACE, component=None)], others)

    assert subject == ("tests/test_totals.py::test_sum", ComponentKind.TEST)


def test_decisive_line_loses_clock_and_marks() -> None:
    """The sentence quotes what the line says, not when the runner printed it."""
    told = finding("2026-06-02T08:14:46.65Z E       AssertionError: assert 2 == 3", component=None)

    assert decisive_line(told) == "AssertionError: assert 2 == 3"


def test_first_evidence_of_a_build_is_the_line_triage_put_first() -> None:
    """In a build the later, more salient line is read before an earlier, weaker one of the same kind."""
    weak = finding(
        "E  AssertionError: assert 1 == 2",
        seconds=1,
        line=10,
        component=None,
        path="console.log",
        kind="test_failure",
        role="cause",
        category=Category.TEST_ASSERTION,
        component_kind=ComponentKind.TEST,
        salience=0.7,
    )
    strong = finding(
        "E  AssertionError: assert 3 == 4",
        seconds=9,
        line=90,
        component=None,
        path="console.log",
        kind="test_failure",
        role="cause",
        category=Category.TEST_ASSERTION,
        component_kind=ComponentKind.TEST,
        salience=0.8,
    )

    explanation = default_engine().explain(triage([weak, strong], files={"console.log": None}))

    assert [item.span.line for item in explanation.evidence] == [90, 10]
    assert explanation.hypotheses[0].summary.endswith("AssertionError: assert 3 == 4.")
