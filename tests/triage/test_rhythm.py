"""A component that falls silent and one that floods are found; healthy rhythms of all sorts are not."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.evidence import FileSource
from responder.triage import Finding, default_engine
from responder.triage.interface import QUIET_SALIENCE
from responder.triage.rhythm import add_rhythms, shifts_of

START = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


def write(path: Path, seconds: Iterable[float], text: str = "request served") -> None:
    path.write_text(
        "".join(
            f"{(START + timedelta(seconds=at)).isoformat(timespec='milliseconds')} INFO {text} {number}\n"
            for number, at in enumerate(seconds)
        )
    )


def found(folder: Path) -> list[Finding]:
    result = default_engine().triage(FileSource().collect([folder]).artifacts)
    return [finding for finding in result.findings if finding.kind in ("silence", "burst")]


def steady(start: float, end: float, every: float = 1.0) -> list[float]:
    return [start + every * number for number in range(int((end - start) / every))]


def test_a_component_that_stops_is_found_at_its_last_line(tmp_path: Path) -> None:
    """It wrote each second for ten minutes and then nothing for five, while another went on."""
    write(tmp_path / "orders.log", steady(0, 600))
    write(tmp_path / "gateway.log", steady(0, 900))

    (finding,) = found(tmp_path)

    assert (finding.kind, finding.component, finding.span.line) == ("silence", "orders", 600)
    assert finding.salience >= QUIET_SALIENCE
    assert "300 s" in finding.summary or "5 min" in finding.summary


def test_a_pause_that_ends_speaks_softly(tmp_path: Path) -> None:
    """A component that goes on later is told of, and alone makes no incident."""
    write(tmp_path / "orders.log", steady(0, 600) + steady(700, 900))
    write(tmp_path / "gateway.log", steady(0, 900))

    (finding,) = found(tmp_path)

    assert (finding.span.line, finding.salience < QUIET_SALIENCE) == (600, True)


def test_a_log_by_itself_that_stands_still_is_found(tmp_path: Path) -> None:
    """Where nobody else writes, a pause that ends shows that the program stood still."""
    write(tmp_path / "orders.log", steady(0, 600) + steady(700, 900))

    assert [(finding.kind, finding.span.line) for finding in found(tmp_path)] == [("silence", 600)]


def test_a_flood_is_found_at_the_first_of_its_lines(tmp_path: Path) -> None:
    """Among steady records a thousand of one kind within seconds stand out; the first of them is cited."""
    usual = [(at, "request served") for at in steady(0, 900)]
    flood = [(500 + number / 50, "cache miss for key") for number in range(1000)]
    lines = [
        f"{(START + timedelta(seconds=at)).isoformat(timespec='milliseconds')} INFO {text}\n"
        for at, text in sorted(usual + flood)
    ]
    (tmp_path / "orders.log").write_text("".join(lines))

    (finding,) = found(tmp_path)

    assert (finding.kind, finding.component, finding.count) == ("burst", "orders", 1000)
    assert "cache miss" in finding.text
    assert finding.salience < QUIET_SALIENCE


@pytest.mark.parametrize(
    "orders",
    [
        steady(0, 900),
        steady(0, 3, 0.01),
        steady(300, 900),
        [at for start in range(0, 900, 60) for at in steady(start, start + 2, 0.02)],
        sorted(random.Random(7).uniform(0, 900) for _ in range(400)),
        sorted(random.Random(8).expovariate(1 / 300) for _ in range(2000)),
        [*steady(0, 450), *steady(450, 900, 0.25)],
        steady(0, 890),
        steady(0, 900, 60.0),
    ],
    ids=[
        "steady",
        "start-up only",
        "starts late",
        "each minute",
        "random",
        "fading",
        "busier",
        "collected earlier",
        "slow",
    ],
)
def test_a_healthy_rhythm_is_no_finding(tmp_path: Path, orders: list[float]) -> None:
    """Whatever is a component's own way to write raises nothing."""
    write(tmp_path / "orders.log", orders)
    write(tmp_path / "gateway.log", steady(0, 900))

    assert found(tmp_path) == []


def test_who_says_goodbye_is_not_missed(tmp_path: Path) -> None:
    """A component that says that it stops has not failed by being silent."""
    write(tmp_path / "orders.log", steady(0, 600))
    with (tmp_path / "orders.log").open("a") as log:
        log.write(f"{(START + timedelta(seconds=600)).isoformat()} INFO shutting down\n")
    write(tmp_path / "gateway.log", steady(0, 900))

    assert found(tmp_path) == []


@given(
    records=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 900)), max_size=200),
    cuts=st.lists(st.integers(0, 200), max_size=4),
    order=st.randoms(use_true_random=False),
)
def test_any_split_gives_the_same(records: list[tuple[str, int]], cuts: list[int], order: random.Random) -> None:
    """Partials of any parts, added up in any order, give what the whole gives."""
    from collections import Counter

    def partial(part: list[tuple[str, int]]) -> dict[str, Counter[int]]:
        return {name: Counter(at for who, at in part if who == name) for name in {who for who, _ in part}}

    edges = [0, *sorted(cuts), len(records)]
    parts = [partial(records[low:high]) for low, high in pairwise(edges)]
    order.shuffle(parts)

    assert add_rhythms(parts) == add_rhythms([partial(records)])
    assert shifts_of(add_rhythms(parts)) == shifts_of(partial(records))
