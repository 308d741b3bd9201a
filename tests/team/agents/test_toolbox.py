"""Claims about the tools of the FileSurfer: what each shows, and that no call is too odd to be answered."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.team.agents.toolbox import TOOLS, Toolbox
from responder.testing import case_of
from tests.team.incident import FILES, explanation

METRICS = "timestamp,service,p99_latency_ms\n" + "".join(
    f"2026-03-14T{14 + minute // 60:02d}:{minute % 60:02d}:00Z,checkout,{900 if minute == 45 else 100 + minute}\n"
    for minute in range(120)
)


def toolbox(root: Path, **more: str) -> Toolbox:
    return Toolbox(case_of(explanation(), FILES | {f"{name}.csv": text for name, text in more.items()}, root))


@pytest.fixture
def tools(tmp_path: Path) -> Toolbox:
    return toolbox(tmp_path, metrics=METRICS)


def test_the_tools_are_those_that_are_offered() -> None:
    """Open, find, context, template and metric are there, next to what a pager needs."""
    assert {schema["name"] for schema in TOOLS} == {
        *("list_files", "open", "next_page", "previous_page"),
        *("find", "context", "template", "metric"),
    }


def test_context_opens_the_line_of_a_piece_of_evidence(tools: Toolbox) -> None:
    """`context(E1)` is the page of `db.log` with line 2 on it; an unknown id is answered with the known ones."""
    page = tools.call("context", {"id": "e1"})

    assert page.path == "db.log"
    assert "remaining connection slots" in page.rows[2]
    assert "E1, E2, E3" in str(tools.call("context", {"id": "E77"}))


@pytest.mark.parametrize("name", ["T1", "E1", "db.log:3"])
def test_a_template_is_every_line_like_one_line(tools: Toolbox, name: str) -> None:
    """The three refusals differ in their time alone; they are found by evidence number and by place."""
    page = tools.call("template", {"id": name})

    assert page.heading.startswith("3 lines are like remaining connection slots")
    assert [row.partition(": ")[0] for row in page.body.split("\n")] == ["db.log:2", "db.log:3", "db.log:4"]


def test_many_lines_of_a_template_show_as_their_ends(tmp_path: Path) -> None:
    """Of 500 alike the first and the last are shown, and how many lie between."""
    rows = "".join(f"2026-03-14T14:00:{n % 60:02d}Z ERROR worker {n} lost its lease\n" for n in range(500))

    page = toolbox(tmp_path, many=rows).call("template", {"id": "many.csv:7"})

    assert page.heading.startswith("500 lines")
    assert len(page.body.split("\n")) == 21
    assert "... 480 more ..." in page.body


def test_an_unknown_template_names_the_known_ones(tools: Toolbox) -> None:
    """Nothing is shown in its place."""
    assert "T1, T2, T3" in str(tools.call("template", {"id": "T9"}))
    assert "no template" in str(tools.call("template", {"id": "db.log:99"}))


def test_a_metric_shows_its_values_in_a_window_with_their_lines(tools: Toolbox) -> None:
    """Only values of the window are counted, and the highest is shown on the line where it stands."""
    page = str(tools.call("metric", {"name": "checkout latency", "window": "14:40/14:50"}))

    assert "11 values from 2026-03-14T14:40:00Z to 2026-03-14T14:50:00Z, 140 to 900" in page
    assert "2026-03-14T14:45:00Z  900  (line 47)" in page
    assert "14:39" not in page


def test_a_long_series_keeps_its_extremes(tools: Toolbox) -> None:
    """Of 120 values at most two dozen are shown, the peak among them."""
    rows = str(tools.call("metric", {"name": "latency"})).split("\n")[2:]

    assert len(rows) <= 24
    assert any("  900  " in row for row in rows)


def test_an_unknown_metric_names_the_known_ones(tools: Toolbox) -> None:
    """And a window without values says where there are some."""
    assert "checkout p99_latency_ms" in str(tools.call("metric", {"name": "queue depth"}))
    assert "no value in" in str(tools.call("metric", {"name": "latency", "window": "03:00/04:00"}))


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=3
)


@given(
    tool=st.sampled_from([schema["name"] for schema in TOOLS]) | st.text(),
    arguments=st.dictionaries(
        st.sampled_from(["path", "line", "text", "id", "name", "window"]), ODD | st.sampled_from(["T1", "db.log:2"])
    ),
)
def test_no_call_is_too_odd(tmp_path_factory: pytest.TempPathFactory, tool: str, arguments: dict[str, Any]) -> None:
    """Whatever a model asks for, it gets a bounded page or a `ValueError` that says what is wrong."""
    box = toolbox(tmp_path_factory.mktemp("staged"), metrics=METRICS)

    try:
        page = str(box.call(tool, arguments))
    except (ValueError, TypeError, OverflowError):
        return
    assert len(page) < 20_000
