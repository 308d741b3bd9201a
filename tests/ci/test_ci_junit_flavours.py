"""The JUnit of each maker says the same, whatever its tests are called; what is hostile is refused in time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.ci.junit import TestResults, read_results
from responder.evidence import FileSource


@dataclass(frozen=True)
class Ran:
    """One test that a runner reports."""

    number: int
    name: str
    outcome: str
    message: str
    text: str


# What XML can hold, without surrogates and control characters, and without what attribute values turn into blanks.
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn")), max_size=60)
_RUNS = st.lists(
    st.builds(
        Ran,
        number=st.integers(0, 10**6),
        name=_TEXT,
        outcome=st.sampled_from(["passed", "failed", "skipped"]),
        message=_TEXT,
        text=_TEXT,
    ),
    max_size=8,
    unique_by=lambda ran: ran.number,
)


def _body(ran: Ran, tag: str = "failure", kind: str = "AssertionError") -> str:
    if ran.outcome == "skipped":
        return "<skipped/>"
    if ran.outcome == "passed":
        return "<system-out>FAILED error</system-out>"
    return f"<{tag} message={quoteattr(ran.message)} type={quoteattr(kind)}>{escape(ran.text)}</{tag}>"


def xdist(runs: list[Ran]) -> str:
    cases = "".join(
        f'<testcase classname="tests.test_a" name={quoteattr(f"test_{ran.number}[{ran.name}]")} time="0.1">'
        f"{_body(ran)}</testcase>"
        for ran in runs
    )
    suite = f'<testsuite name="pytest" hostname="gw0">{cases}</testsuite>'
    return f'<?xml version="1.0" encoding="utf-8"?><testsuites>{suite}</testsuites>'


def surefire(runs: list[Ran]) -> str:
    cases = "".join(
        f'<testcase name={quoteattr(f"t{ran.number} {ran.name}")} classname="com.a.CartTest" time="0.001">'
        f"{_body(ran, 'error', 'java.lang.NullPointerException')}</testcase>"
        for ran in runs
    )
    properties = '<properties><property name="java.version" value="21"/></properties>'
    return f'<testsuite name="com.a.CartTest" tests="{len(runs)}">{properties}{cases}</testsuite>'


def gradle(runs: list[Ran]) -> str:
    cases = "".join(
        f'<testcase name={quoteattr(f"t{ran.number} {ran.name}()")} classname="com.a.CartTest" time="0.0">'
        f"{_body(ran)}</testcase>"
        for ran in runs
    )
    out = "<system-out><![CDATA[<testcase name='x'><failure>no</failure></testcase>]]></system-out>"
    return f'<testsuite name="com.a.CartTest" timestamp="2026-01-02T03:04:05">{cases}{out}<system-err/></testsuite>'


def jest(runs: list[Ran]) -> str:
    def body(ran: Ran) -> str:
        if ran.outcome != "failed":
            return "<skipped/>" if ran.outcome == "skipped" else ""
        return f"<failure>{escape(f'Error: {ran.message} {ran.text}')}</failure>"

    cases = "".join(
        f'<testcase classname="cart adds" name={quoteattr(f"cart {ran.number} {ran.name}")} time="0.003">'
        f"{body(ran)}</testcase>"
        for ran in runs
    )
    return f'<testsuites name="jest tests"><testsuite name="cart" errors="0">{cases}</testsuite></testsuites>'


FLAVOURS = (xdist, surefire, gradle, jest)


def read(folder: Path, data: str | bytes) -> TestResults:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "junit.xml").write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_results(FileSource().collect([folder]).artifacts)


@given(runs=_RUNS, flavour=st.sampled_from(FLAVOURS))
def test_every_flavour_tells_the_same(
    tmp_path_factory: pytest.TempPathFactory, runs: list[Ran], flavour: Callable[[list[Ran]], str]
) -> None:
    """Failed, passed and skipped tests are counted as they ended, and a failure keeps what its runner said."""
    found = read(tmp_path_factory.mktemp("junit"), flavour(runs))

    assert found.skipped == ()
    totals = found.totals
    assert (totals.passed, totals.failed, totals.skipped) == tuple(
        sum(ran.outcome == outcome for ran in runs) for outcome in ("passed", "failed", "skipped")
    )
    for ran in (ran for ran in runs if ran.outcome == "failed"):
        named = [case for case in found.failed if f"{ran.number}" in case.id and ran.name.strip() in case.id]
        assert any(ran.message.strip() in f"{case.message}\n{case.text}" for case in named)


def test_a_file_in_utf16_is_read(tmp_path: Path) -> None:
    """What the XML declaration says of its encoding was true of the original, before it was recoded."""
    text = xdist([Ran(1, "größer", "failed", "no €", "")]).replace("utf-8", "utf-16")

    (case,) = read(tmp_path, text.encode("utf-16")).failed

    assert (case.id, case.message) == ("tests.test_a::test_1[größer]", "no €")


@given(runs=_RUNS, flavour=st.sampled_from(FLAVOURS), cut=st.floats(0, 1))
def test_a_file_that_breaks_off_never_invents_a_failure(
    tmp_path_factory: pytest.TempPathFactory, runs: list[Ran], flavour: Callable[[list[Ran]], str], cut: float
) -> None:
    """Whatever is missing at its end, what failed is among what failed in the whole."""
    data = flavour(runs).encode()
    head = data[: int(len(data) * cut)] or b" "

    whole = {case.id for case in read(tmp_path_factory.mktemp("whole"), data).failed}
    assert {case.id for case in read(tmp_path_factory.mktemp("cut"), head).failed} <= whole


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "billion laughs": f'<!DOCTYPE t [<!ENTITY l0 "lol">{LAUGHS}]><testsuite><testcase name="&l9;"/></testsuite>',
    "external entity": '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite name="&x;"></testsuite>',
    "external document type": '<!DOCTYPE t SYSTEM "http://127.0.0.1:1/x.dtd"><testsuite/>',
    "unknown entity": '<testsuite><testcase name="a"><failure>&x;</failure></testcase></testsuite>',
    "unknown encoding": '<?xml version="1.0" encoding="klingon"?><testsuite/>',
    "deep nesting": "<testsuite>" * 100_000,
    "endless attribute": '<testsuite><testcase name="' + "a" * 5_000_000,
    "many attributes": "<testsuite " + " ".join(f'a{n}="1"' for n in range(200_000)) + "><",
    "control characters": "<testsuite><testcase name='a'>\x00\x01</testcase></testsuite>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_recorded_skip(tmp_path: Path, name: str) -> None:
    """It is told why it was not read, within seconds, and nothing of another file gets into the results."""
    start = time.process_time()
    found = read(tmp_path, HOSTILE[name])

    assert [item.path for item in found.skipped] == ["junit.xml"]
    assert found.skipped[0].reason
    assert not any("root:" in case.message or len(case.id) > 100_000 for case in found.failed)
    assert time.process_time() - start < 5


def test_many_failures_take_time_in_proportion(tmp_path: Path) -> None:
    """Ten times the tests take about ten times as long, with the line of each one counted."""

    def seconds(count: int) -> float:
        data = jest([Ran(n, "x", "failed", "boom\nboom", "at a.js:1") for n in range(count)]).replace("><", ">\n<")
        start = time.process_time()
        found = read(tmp_path / str(count), data)
        assert found.totals.failed == count
        return time.process_time() - start

    assert seconds(20_000) < 40 * max(seconds(2_000), 0.02)
