"""Requests followed through logs: where they began to stop, and by what right that is said."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from responder.evidence import FileSource
from responder.incident import Category
from responder.triage import default_engine
from responder.triage.signals.flows import FlowReader
from responder.triage.signals.interface import Signals
from responder.triage.signals.shifts import find_shift


def read(folder: Path) -> Signals:
    return FlowReader().read(FileSource().collect([folder]).artifacts)


def request(n: int, *steps: tuple[str, str]) -> list[str]:
    at = f"2026-03-14T12:{n // 60:02}:{n % 60:02}Z"
    return [f"{at} {level} o.s.Orders#{place} TraceID: {n:032x} SpanID: {n:016x} done" for level, place in steps]


def write(path: Path, lines: list[list[str]]) -> None:
    path.write_text("\n".join(line for group in lines for line in group) + "\n")


def test_requests_that_stop_in_the_middle_point_at_the_code(tmp_path: Path) -> None:
    """Once the second step no longer follows the first, the code between them is the cause, without an error line."""
    whole = [request(n, ("INFO", "40"), ("INFO", "52")) for n in range(20)]
    cut = [request(n, ("INFO", "40")) for n in range(20, 40)]
    write(tmp_path / "orders.log", whole + cut)

    (found,) = read(tmp_path).findings

    assert (found.component, found.category, found.role) == ("orders", Category.CODE_EXCEPTION, "cause")
    assert found.span.line == 41
    assert found.captures == {"place": "o.s.Orders#40", "missing": "o.s.Orders#52"}
    triage = default_engine().triage(FileSource().collect([tmp_path]).artifacts)
    assert triage.findings[0] == found
    assert [file.path for file in triage.files] == ["orders.log"]


def test_branches_that_were_always_taken_are_no_break(tmp_path: Path) -> None:
    """Requests that end early now and then, before and after, are how the program works."""
    mixed = [request(n, ("INFO", "40"), *([("INFO", "52")] if n % 3 else [])) for n in range(60)]
    write(tmp_path / "orders.log", mixed)

    assert read(tmp_path).findings == ()


def test_requests_that_start_to_get_through_are_no_trouble(tmp_path: Path) -> None:
    """The end of an outage is not reported as the beginning of one."""
    cut = [request(n, ("INFO", "40")) for n in range(20)]
    whole = [request(n, ("INFO", "40"), ("INFO", "52")) for n in range(20, 40)]
    write(tmp_path / "orders.log", cut + whole)

    assert read(tmp_path).findings == ()


def test_a_way_in_that_falls_silent_is_a_sign(tmp_path: Path) -> None:
    """Code that fails before its first line leaves only this: requests of one kind come no more while others do."""
    both = [request(n, ("INFO", "40" if n % 2 else "71")) for n in range(60)]
    one = [request(n, ("INFO", "71")) for n in range(60, 100)]
    write(tmp_path / "orders.log", both + one)

    (found,) = read(tmp_path).findings

    assert (found.kind, found.role, found.component) == ("silence", "symptom", "orders")
    assert found.captures == {"place": "o.s.Orders#40"}
    assert found.span.line == 60


def test_a_way_in_taken_now_and_then_is_no_sign(tmp_path: Path) -> None:
    """What few requests ever took, and what is still taken, say nothing."""
    rare = [request(n, ("INFO", "40" if n % 9 == 0 else "71")) for n in range(60)]
    still = [request(n, ("INFO", "40" if n % 20 == 0 else "71")) for n in range(60, 120)]
    write(tmp_path / "orders.log", rare + still)

    assert read(tmp_path).findings == ()


@given(st.lists(st.booleans(), max_size=60))
def test_a_shift_is_a_true_cut(happened: list[bool]) -> None:
    """Whatever the sequence, the shares on both sides are those of the cut it names."""
    shift = find_shift(happened)

    if shift is not None:
        before, after = happened[: shift.place], happened[shift.place :]
        assert min(len(before), len(after)) >= 4
        assert shift.before == sum(before) / len(before)
        assert shift.after == sum(after) / len(after)
