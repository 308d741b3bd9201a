"""`report.html`: one file that loads nothing, and reads well in a real browser."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

from responder.causes.interface import CausalLink, TimelineEntry
from responder.incident import EvidenceId
from responder.reporting.html import html
from responder.reporting.model import Report
from tests.reporting.builders import EXPLANATION, at, healthy, inconclusive, report

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-quic", "--no-first-run"),
)
SCREENS = {"desktop": (1280, 900), "tablet": (760, 1000), "phone": (360, 740)}
CROWDED = """() => {
  const seen = [...document.querySelectorAll('svg text')]
    .map(text => ({ text: text.textContent, box: text.getBoundingClientRect(), svg: text.closest('svg') }))
    .filter(one => one.box.width > 0);
  const inside = (one, other) => one.svg === other.svg
    && one.box.left < other.box.right - 1 && other.box.left < one.box.right - 1
    && one.box.top < other.box.bottom - 1 && other.box.top < one.box.bottom - 1;
  const over = seen.filter((one, at) => seen.slice(at + 1).some(other => inside(one, other)));
  const out = seen.filter(one => one.box.right > innerWidth || one.box.left < 0);
  return { count: seen.length, crowded: [...over, ...out].map(one => one.text) };
}"""


def forty_moments() -> Report:
    """Long words, many moments, and a chain with branches."""
    timeline = tuple(
        TimelineEntry(
            at(0, 1.7**number if number < 20 else 40_000 + number),
            f"`svc-{number}` " + "reports a rather long story about what it saw " * (1 + number % 3),
            (EvidenceId(f"E{1 + number % 5}"),),
            "onset" if number == 7 else "recovered" if number == 36 else "consequence" if number % 4 == 0 else "event",
        )
        for number in range(40)
    )
    branches = (
        *EXPLANATION.chain,
        CausalLink(EvidenceId("E2"), EvidenceId("E4"), "the release changed the gateway as well"),
        CausalLink(EvidenceId("E1"), EvidenceId("E5"), "payments wait for the same rows"),
    )
    return report(replace(EXPLANATION, timeline=timeline, chain=branches))


PAGES = {"diagnosed": report(), "inconclusive": inconclusive(), "healthy": healthy(), "forty": forty_moments()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS])
        except Error as error:
            pytest.skip(f"the browser does not start here: {error.message.splitlines()[0]}")
        yield opened
        opened.close()


def test_the_policy_allows_the_style_sheet_alone() -> None:
    """The page's own style matches the hash in its policy; scripts, images, fonts and frames are refused."""
    page = html(report())

    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert style
    assert policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "<script" not in page
    assert "style=" not in page


def test_lines_carry_their_numbers() -> None:
    """Each quoted line shows its number in the original, and the one to read is marked."""
    page = html(report())

    assert '<span class="line read" data-line="9120">' in page
    assert '<span class="line" data-line="9124">' in page


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_reads_well(browser: Browser, tmp_path: Path, name: str, screen: str) -> None:
    """On every screen: no error, no request, nothing to scroll sideways, no label on another; every link leads on."""
    file = tmp_path / "report.html"
    file.write_text(html(PAGES[name]), encoding="utf-8")
    width, height = SCREENS[screen]
    said: list[str] = []
    asked: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.on("console", lambda message: said.append(_words(message)))
    page.on("request", lambda request: asked.append(_address(request)))

    page.goto(file.as_uri())

    assert said == []
    assert asked == [file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    drawn = page.evaluate(CROWDED)
    assert drawn["crowded"] == []
    assert drawn["count"] > 0
    assert _dead_links(page) == []
    context.close()


def test_light_and_dark_differ_and_contrast(browser: Browser, tmp_path: Path) -> None:
    """Both schemes keep text at least 7:1 against the paper, and soft text 4.5:1."""
    file = tmp_path / "report.html"
    file.write_text(html(report()), encoding="utf-8")
    papers = set()
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
        page = context.new_page()
        page.goto(file.as_uri())
        paper = _colour(page, "body", "backgroundColor")
        papers.add(paper)
        assert _contrast(_colour(page, "h1", "color"), paper) >= 7
        for soft in ("h2", ".where", ".cite", ".verdict", "footer li"):
            assert _contrast(_colour(page, soft, "color"), paper) >= 4.5, (scheme, soft)
        context.close()

    assert len(papers) == 2


def test_it_prints(browser: Browser, tmp_path: Path) -> None:
    """On an A4 page the background is white, the drawings are the wide ones, and nothing hides behind a scroll bar."""
    file = tmp_path / "report.html"
    file.write_text(html(report()), encoding="utf-8")
    context = browser.new_context(color_scheme="dark", viewport={"width": 670, "height": 1000})
    page = context.new_page()
    page.goto(file.as_uri())
    page.emulate_media(media="print")

    assert _colour(page, "body", "backgroundColor") == (255, 255, 255)
    assert page.evaluate("getComputedStyle(document.querySelector('pre')).maxHeight") == "none"
    assert page.locator("svg.timeline.wide").is_visible()
    assert not page.locator("svg.timeline.narrow").is_visible()
    context.close()


def _words(message: ConsoleMessage) -> str:
    return message.text


def _address(request: Request) -> str:
    return request.url


def _dead_links(page: Page) -> list[str]:
    dead: list[str] = page.evaluate(
        "[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"
        ".filter(href => !document.getElementById(href.slice(1)))"
    )
    return dead


def _colour(page: Page, selector: str, name: str) -> tuple[int, ...]:
    value = page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).{name}")
    return tuple(int(part) for part in re.findall(r"\d+", value)[:3])


def _contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: tuple[int, ...]) -> float:
    """As WCAG 2 defines it."""
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
