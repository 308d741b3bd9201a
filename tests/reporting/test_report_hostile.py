"""Hostile text in every field at once: it may be read in every document, and comes alive in none."""

import json
import re
from html.parser import HTMLParser

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt

from responder.reporting.contract import dump, schema
from responder.reporting.html import html
from responder.reporting.markdown import render
from responder.reporting.pen import AS_IT_STANDS
from responder.reporting.summary import summary
from responder.safety.fence import has_live_content
from tests.reporting.builders import report
from tests.reporting.hostile import BAIT, poisoned, texts

INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e0fff]"
)
VALIDATOR = jsonschema.Draft202012Validator(schema())
slow_is_fine = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Shape(HTMLParser):
    """Which elements and attributes a page has, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: set[tuple[str, str]] = set()
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {(tag, name) for name, _ in attrs} | {(tag, "")}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "xlink:href")}
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_decl(self, decl: str) -> None:
        assert decl == "doctype html"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"comment {data!r}")


def headings_below_the_title(document: str) -> list[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(document)
    return [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"][1:]


HEADINGS = {
    template: headings_below_the_title(render(template, report()))
    for template in ("final_report.md.j2", "post_mortem.md.j2")
}
PLAIN = Shape(html(report()))


@given(texts)
@slow_is_fine
def test_nothing_in_the_markdown_comes_alive(text: str) -> None:
    """Neither document needs its second, stripped form: as rendered there is no image, HTML, link or new heading."""
    for template, headings in HEADINGS.items():
        document = render(template, poisoned(text), pens=(AS_IT_STANDS,))

        assert headings_below_the_title(document) == headings
        assert has_live_content(document) == []
        assert not INVISIBLE.search(document)
        assert "hunter2" not in document


@given(texts)
@slow_is_fine
def test_no_element_or_attribute_comes_from_the_evidence(text: str) -> None:
    """The page has the elements and attributes of the harmless one, and links to its own evidence only."""
    page = html(poisoned(text))

    shape = Shape(page)
    assert shape.seen <= PLAIN.seen
    assert shape.ids == PLAIN.ids
    assert all(re.fullmatch(r"#[EV]\d+", link) for link in shape.links)
    assert not INVISIBLE.search(page)
    assert "hunter2" not in page


@given(texts)
@slow_is_fine
def test_the_json_stays_valid_and_clean(text: str) -> None:
    """Hostile text is valid JSON by the schema, with nothing invisible and no secret in it."""
    data = dump(poisoned(text)).decode("utf-8")

    VALIDATOR.validate(json.loads(data))
    assert not INVISIBLE.search(data)
    assert "hunter2" not in data


@given(texts)
@slow_is_fine
def test_the_summary_cannot_drive_a_terminal(text: str) -> None:
    """What is printed has no control characters but line ends."""
    printed = summary(poisoned(text))

    assert not INVISIBLE.search(printed)
    assert "\t" not in printed


@pytest.mark.parametrize("bait", BAIT)
def test_each_bait_is_harmless_alone(bait: str) -> None:
    """Every known trick by itself, at the very beginning of every field."""
    value = poisoned(bait)

    assert has_live_content(render("final_report.md.j2", value, pens=(AS_IT_STANDS,))) == []
    assert Shape(html(value)).seen <= PLAIN.seen
