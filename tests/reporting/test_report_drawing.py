"""The drawings: true to their numbers, whole for any input, with no text outside or on top of other text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.causes.interface import CausalLink, Moment, TimelineEntry
from responder.incident import EvidenceId
from responder.reporting.drawing import draw_chain, draw_timeline, draw_volume
from responder.reporting.drawing.svg import text_width, wrap
from responder.reporting.retrospect import headings
from responder.triage.interface import VolumeBucket
from tests.reporting.builders import EVIDENCE, EXPLANATION, at, report, volume

IDS = [item.id for item in EVIDENCE]
SIZES = {"time": 13, "because": 13, "gap": 12, "scale": 12, "tag": 12, "onset-label": 12}
WIDTHS = pytest.mark.parametrize("width", [340.0, 720.0])


@dataclass(frozen=True)
class Label:
    text: str
    left: float
    right: float
    top: float
    bottom: float

    def over(self, other: "Label") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def labels(svg: str) -> Iterator[Label]:
    for element in ElementTree.fromstring(svg).iter("text"):
        text = "".join(element.itertext())
        size = SIZES.get(element.get("class", "").split(" ")[0], 14)
        width = text_width(text, size)
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        left = x - {"end": width, "middle": width / 2}.get(element.get("text-anchor", ""), 0)
        yield Label(text, left, left + width, y - size * 0.95, y + size * 0.25)


def assert_readable(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    _, _, width, height = (float(number) for number in root.get("viewBox", "").split())
    found = [label for label in labels(svg) if label.text.strip()]
    for number, label in enumerate(found):
        assert label.left >= -1, label
        assert label.right <= width + 1, label
        assert label.bottom <= height + 5, label
        assert not [other for other in found[number + 1 :] if label.over(other)]


moments = st.sampled_from(get_args(Moment))
entries = st.lists(
    st.builds(
        TimelineEntry,
        st.integers(0, 10**7).map(lambda seconds: at(0, seconds)),
        st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=200),
        st.lists(st.sampled_from(IDS), min_size=1, max_size=6).map(tuple),
        moments,
    ),
    min_size=1,
    max_size=40,
).map(lambda some: sorted(some, key=lambda entry: entry.timestamp))


@WIDTHS
@settings(max_examples=40, deadline=None)
@given(timeline=entries)
def test_no_label_of_a_timeline_meets_another(width: float, timeline: list[TimelineEntry]) -> None:
    """One moment or forty, a second or months apart, any text: every label stands free and inside."""
    assert_readable(draw_timeline(timeline, width=width, css="x"))


@WIDTHS
@settings(max_examples=40, deadline=None)
@given(
    counts=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=300),
    seconds=st.sampled_from([1, 60, 3600, 86400]),
    onset=st.integers(0, 10**6),
)
def test_no_label_of_the_volume_meets_another(
    width: float, counts: list[tuple[int, int]], seconds: int, onset: int
) -> None:
    """Any number of buckets of any width, wherever the onset is."""
    buckets = [
        VolumeBucket(at(0, number * seconds), seconds, max(pair), min(pair)) for number, pair in enumerate(counts)
    ]
    drawing = draw_volume(buckets, at(0, onset), width=width, css="x")

    if any(bucket.total for bucket in buckets):
        assert_readable(drawing)
    else:
        assert drawing == ""


def test_joined_buckets_lose_no_record() -> None:
    """Where there are more buckets than pixels, neighbours are joined and the highest bar is their sum."""
    buckets = [VolumeBucket(at(0, second), 1, 3, 1) for second in range(1000)]

    assert "30 records in 10 s" in draw_volume(buckets, None, width=720, css="x")


def test_the_onset_is_marked() -> None:
    """The onset stands out in the timeline and in the volume."""
    onset = EXPLANATION.timeline[2].timestamp

    assert 'class="dot onset"' in draw_timeline(EXPLANATION.timeline, width=720, css="x")
    assert "onset 14:03:12" in draw_volume(volume(), onset, width=720, css="x")


links = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), min_size=1, max_size=10).map(
    lambda pairs: tuple(CausalLink(one, two, "because of " + one) for one, two in pairs)
)


@WIDTHS
@given(chain=links)
def test_any_chain_can_be_drawn(width: float, chain: tuple[CausalLink, ...]) -> None:
    """Branches, joins, repeats and even circles end in one readable box per quotation."""
    value = report()
    drawing = draw_chain(chain, value.cited(), headings(value), width=width, css="x")

    ends = {end for link in chain for end in (link.cause, link.effect)}
    assert len(re.findall(r'<rect class="box', drawing)) == len(ends)
    assert_readable(drawing)


def test_a_cause_stands_above_its_effect() -> None:
    """Whatever the order of the links, the drawing reads downwards."""
    chain = tuple(reversed(EXPLANATION.chain))
    drawing = draw_chain(chain, report().cited(), headings(report()), width=720, css="x")

    assert re.findall(r'href="#(E\d)"', drawing) == [EvidenceId(item) for item in ("E2", "E1", "E3", "E4")]


def test_nothing_to_draw_draws_nothing() -> None:
    """No moments, no buckets, no links: no empty frames."""
    assert draw_timeline([], width=720, css="x") == ""
    assert draw_volume([], None, width=720, css="x") == ""
    assert draw_chain([], {}, {}, width=720, css="x") == ""


@given(st.text(max_size=300), st.floats(60, 700), st.integers(1, 5))
def test_wrapped_lines_fit(text: str, width: float, most: int) -> None:
    """No line is wider than asked, and there are no more lines than asked."""
    lines = wrap(text, width, 14, max_lines=most)

    assert len(lines) <= most
    assert all(text_width(line, 14) <= width for line in lines)


def test_a_long_gap_is_named() -> None:
    """Hours between two moments are said, since the drawing does not show them to scale."""
    first, second = EXPLANATION.timeline[:2]
    late = TimelineEntry(first.timestamp + timedelta(hours=3), second.what, second.evidence)

    assert "3 h later" in draw_timeline([first, late], width=720, css="x")
