"""JUnit files of many makers, and hostile ones."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.ci.junit import TestResults, job_of, read_results
from responder.evidence import FileSource
from tests.ci.builds import junit, write


def results(folder: Path, files: dict[str, str | bytes]) -> TestResults:
    return read_results(FileSource().collect([write(folder, files)]).artifacts)


def test_failures_keep_message_type_text_and_place(tmp_path: Path) -> None:
    """What a failing test says is kept, with its lines in the file."""
    found = results(
        tmp_path,
        {
            "unit/junit.xml": junit(
                '<testcase classname="tests.test_a" name="test_ok" time="0.1"/>',
                '<testcase classname="tests.test_a" name="test_bad" file="tests/test_a.py" line="7">',
                '<failure message="AssertionError: assert 3 == 4" type="AssertionError">E   assert 3 == 4</failure>',
                "</testcase>",
                '<testcase classname="tests.test_a" name="test_later"><skipped/></testcase>',
            )
        },
    )

    (case,) = found.failed
    assert (case.id, case.job, case.message, case.kind) == (
        "tests.test_a::test_bad",
        "unit",
        "AssertionError: assert 3 == 4",
        "AssertionError",
    )
    assert (case.file, case.line, case.text) == ("tests/test_a.py", 7, "E   assert 3 == 4")
    assert case.span is not None
    assert (case.span.line_start, case.span.line_end) == (4, 6)
    assert (found.totals.passed, found.totals.failed, found.totals.skipped) == (1, 1, 1)
    assert found.passed == {"tests.test_a::test_ok"}


@pytest.mark.parametrize(
    "cases",
    [
        ['<testcase classname="a" name="b"><flakyFailure message="timed out">trace</flakyFailure></testcase>'],
        [
            '<testcase classname="a" name="b"><failure message="timed out"/></testcase>',
            '<testcase classname="a" name="b"/>',
        ],
        [
            '<testcase classname="a" name="b"/>',
            '<testcase classname="a" name="b"><error message="timed out"/></testcase>',
        ],
    ],
)
def test_a_test_that_passed_on_a_retry_is_flaky(tmp_path: Path, cases: list[str]) -> None:
    """Whether the runner says so or the test simply stands there twice."""
    found = results(tmp_path, {"junit.xml": junit(*cases)})

    assert [(case.outcome, case.message) for case in found.failed] == [("flaky", "timed out")]
    assert found.passed == frozenset()


def test_retries_in_files_of_their_own_are_the_same_job(tmp_path: Path) -> None:
    """`junit-retry-1.xml` belongs to the job of `junit.xml`."""
    bad = '<testcase classname="a" name="b"><failure message="no"/></testcase>'
    found = results(
        tmp_path, {"junit.xml": junit(bad), "junit-retry-1.xml": junit('<testcase classname="a" name="b"/>')}
    )

    assert [case.outcome for case in found.failed] == ["flaky"]


@pytest.mark.parametrize(
    ("path", "job"),
    [
        ("junit.xml", "junit"),
        ("logs.zip!/build (3.11)/4_Run tests.txt", "build (3.11)"),
        ("logs.zip!/0_lint.txt", "lint"),
        ("unit-linux/reports/junit.xml", "unit-linux"),
        ("console.log.gz", "console"),
    ],
)
def test_the_job_is_the_folder_or_file_named_for_it(path: str, job: str) -> None:
    """So that a matrix's artifacts part by job."""
    assert job_of(path) == job


def test_entities_are_refused(tmp_path: Path) -> None:
    """A document type is where entity bombs and file inclusion live; results need none."""
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'

    found = results(tmp_path, {"junit.xml": bomb, "ok.xml": junit('<testcase name="fine"/>')})

    assert [item.path for item in found.skipped] == ["junit.xml"]
    assert found.totals.passed == 1


def test_a_broken_file_keeps_what_stood_before_the_break(tmp_path: Path) -> None:
    """A killed runner leaves half a file."""
    whole = junit('<testcase classname="a" name="b"><failure message="no"/></testcase>', "<testcase")

    found = results(tmp_path, {"junit.xml": whole})

    assert [case.id for case in found.failed] == ["a::b"]
    assert "well-formed" in found.skipped[0].reason


def test_deep_nesting_ends(tmp_path: Path) -> None:
    """A hundred thousand open elements are refused, not recursed into."""
    found = results(tmp_path, {"junit.xml": "<testsuites>" + "<testsuite>" * 100_000})

    assert "nested" in found.skipped[0].reason


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever stands in the file, the reader ends with results or a reason."""
    folder = tmp_path_factory.mktemp("junit")

    found = results(folder, {"junit.xml": b"<testsuite><testcase name='a'>" + data})

    assert found.files or found.skipped
