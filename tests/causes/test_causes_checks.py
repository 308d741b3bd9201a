"""Which predictions are staked, and which are not."""

from pathlib import Path

from msgspec.structs import replace

from responder.causes import default_engine
from responder.causes.interface import Check, Explanation
from responder.evidence import FileSource
from responder.triage import default_engine as triage_engine
from responder.triage.interface import Finding
from tests.causes.findings import at, starvation


def explained(component: str, **changes: object) -> Explanation:
    """The starvation with one finding altered."""
    given = starvation()

    def altered(item: Finding) -> Finding:
        return replace(item, **changes) if item.component == component and item.kind != "change" else item  # type: ignore[arg-type]

    return default_engine().explain(replace(given, findings=tuple(map(altered, given.findings))))


def checks_about(explanation: Explanation, needle: str) -> list[Check]:
    return [c for h in explanation.hypotheses for c in h.checks if needle in (c.first_needle, c.second_needle)]


def test_count_asked_for_is_far_below_the_count_seen() -> None:
    """A rule may count several wordings of which the literal finds one: its count must not refute a true cause."""
    (count,) = (c for c in explained("nobody").hypotheses[0].checks if c.kind == "count_at_least")

    assert count.count == 10


def test_what_is_counted_in_no_log_is_not_searched_for_so_often() -> None:
    """An event that came eleven times is one line: its count is of repeats, and must not refute it."""
    checks = explained("orders-db", template="", needle="connection slots are reserved").hypotheses[0].checks

    assert "present" in {check.kind for check in checks}
    assert "count_at_least" not in {check.kind for check in checks}


def test_literal_of_an_ordinary_line_orders_nothing() -> None:
    """A literal that also stands in lines of success must not decide by where it first occurs."""
    needle = "for /checkout"

    assert checks_about(explained("edge", needle="upstream returned 503"), "upstream returned 503")
    assert not checks_about(explained("edge", needle=needle), needle)


def test_clocks_of_two_writers_order_nothing_within_a_second() -> None:
    """What came half a second later by another clock may have come first."""
    needle = "upstream returned 503 for /checkout"

    assert checks_about(explained("edge", timestamp=at(194)), needle)
    assert not checks_about(explained("edge", timestamp=at(192.5)), needle)


def test_nothing_is_staked_without_a_literal() -> None:
    """A cause that cannot be searched for has no checks rather than checks that fail."""
    assert explained("orders-db", needle="").hypotheses[0].checks == ()
    assert explained("orders-db", needle="not in the line").hypotheses[0].checks == ()


def test_the_order_of_a_builds_lines_is_staked_on_nothing(tmp_path: Path) -> None:
    """What follows from a failure may also have been said before it, of other steps: that refutes no cause."""
    (tmp_path / "build.log").write_text(
        """##[group]Run ./build.sh
docker compose down
Error response from daemon: No such container: build-cache-1
docker compose up -d
Container web-1 started
waiting for web-1 to become healthy
[integration] :ErrorMsg: Run tests timeout
[integration] Stopping containers ..
Error response from daemon: No such container: web-1
Error: No such object: web-1
##[error]Process completed with exit code 1.
"""
    )
    triage = triage_engine().triage(FileSource().collect([tmp_path]).artifacts)
    checks = [check for hypothesis in default_engine().explain(triage).hypotheses for check in hypothesis.checks]

    assert checks
    assert {check.kind for check in checks} <= {"present", "count_at_least"}
