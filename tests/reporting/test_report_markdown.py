"""The two Markdown documents: what they say, in which order, and that nothing in them is alive."""

import re

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from responder.causes.interface import Explanation
from responder.errors import ResponderError
from responder.evidence.interface import Skipped
from responder.incident import Verdict
from responder.reporting.markdown import final_report, post_mortem, render
from responder.reporting.pen import AS_IT_STANDS, STRIPPED, Pen
from responder.reporting.wording import confidence, duration, odds, size
from responder.team.interface import Conclusion
from responder.triage.interface import Triage
from tests.reporting.builders import CONCLUSION, EXPLANATION, POOL, healthy, inconclusive, report

LEAKY = Pen(prose=str, code=str, block=str)


def headings(markdown: str) -> list[str]:
    tokens = MarkdownIt().parse(markdown)
    return [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]


def test_the_first_screen_answers_in_order() -> None:
    """What broke, why we believe it, what to do, what else: in this order, before anything else."""
    assert headings(final_report(report()))[:5] == [
        "Incident report, 2026-03-14",
        "Why we believe it",
        "Do this now",
        "What else it could be",
        "Timeline",
    ]


def test_the_headline_says_cause_time_and_confidence() -> None:
    """One sentence: component, cause, since when, how sure, with its citation."""
    assert final_report(report()).split("\n")[2] == (
        "**`orders-db` ran out of connection slots because release 2.41 of `checkout` raised its pool from 20 to 200 "
        "per pod, since 2026-03-14 14:03:12 UTC (very likely, 0.86).** [E1]"
    )


def test_at_most_four_reasons_and_three_steps() -> None:
    """The first screen stays one screen however much is known."""
    many = replace(
        POOL,
        steps=POOL.steps * 5,
        remedies=tuple(replace(step, what=f"{step.what} ({number})") for number in range(3) for step in POOL.remedies),
    )
    text = final_report(report(replace(EXPLANATION, hypotheses=(many,), none_of_these=0.14)))

    reasons = text.partition("## Why we believe it")[2].partition("##")[0]
    steps = text.partition("## Do this now")[2].partition("##")[0]
    assert reasons.count("\n- ") == 4
    assert steps.count("**") == 6


def test_every_step_says_how_to_check_and_undo() -> None:
    """Someone who acts at night knows when it worked, and the way back."""
    steps = final_report(report()).partition("## Do this now")[2].partition("##")[0]

    assert steps.count("Worked when: ") == steps.count("To undo: ") == 2


def test_an_unlikely_cause_is_called_inconclusive() -> None:
    """Under one half there is no "do this now", but what to look at next."""
    text = final_report(inconclusive())

    assert text.split("\n")[2].startswith("**Inconclusive.")
    assert "## Look at this next" in text
    assert "## Do this now" not in text


def test_a_healthy_folder_gets_three_lines() -> None:
    """A title and three lines: nothing asks for action, what was covered, what was not read."""
    lines = [line for line in final_report(healthy()).split("\n") if line]

    assert len(lines) == 4
    assert lines[1].startswith("Healthy:")


def test_each_citation_links_to_its_heading() -> None:
    """`[E1]` in the text is a link to the heading `E1`, for every id that is cited."""
    for document in (final_report(report()), post_mortem(report())):
        targets = {
            str(child.attrGet("href"))
            for token in MarkdownIt().parse(document)
            for child in token.children or ()
            if child.type == "link_open"
        }
        assert targets == {
            f"#{heading.lower()}" for heading in headings(document) if heading[0] in "EV" and len(heading) == 2
        }


def test_the_post_mortem_has_every_part() -> None:
    """The parts a post-mortem needs, in order; unknown ones say so."""
    text = post_mortem(report())

    assert headings(text)[1:11] == [
        "Summary",
        "Impact",
        "Timeline",
        "Root cause",
        "Contributing factors",
        "What went well",
        "What was ruled out",
        "Actions",
        "Open questions",
        "Evidence",
    ]
    assert "the end is not in the evidence" in text
    assert "```mermaid" in text


def test_a_label_cannot_speak_the_diagram_language() -> None:
    """Brackets, quotes, arrows and line breaks of a log never reach the Mermaid source."""
    evil = replace(EXPLANATION.timeline[2], what='x"] --> Z; click E1 "http://a" \n end`%%{init}%%')
    text = post_mortem(report(replace(EXPLANATION, timeline=(evil,))))

    chart = text.partition("```mermaid\n")[2].partition("\n```")[0].split("\n")
    node = re.compile(r'    E\d\["[\w .,:/+%()=-]+"\]')
    arrow = re.compile(r'    E\d -->\|"[\w .,:/+%()=-]+"\| E\d')
    assert chart[0] == "flowchart TD"
    assert all(node.fullmatch(line) or arrow.fullmatch(line) for line in chart[1:])
    assert any("click E1" in line for line in chart)


def test_a_bar_does_not_open_a_new_cell() -> None:
    """The table of actions keeps its four columns whatever an action says."""
    remedy = replace(POOL.remedies[0], what="Run `a | b` | c")
    text = post_mortem(
        report(replace(EXPLANATION, hypotheses=(replace(POOL, remedies=(remedy,)),), none_of_these=0.14))
    )

    cells = [token for token in MarkdownIt().enable("table").parse(text) if token.type == "td_open"]
    assert len(cells) == 4


def test_a_live_document_is_written_stripped() -> None:
    """If text ever got through the fences, the document is written again from bare words."""
    evil = replace(EXPLANATION.hypotheses[0], summary="see ![x](https://evil.example/a.png)")
    value = report(replace(EXPLANATION, hypotheses=(evil,), none_of_these=0.14))

    text = render("final_report.md.j2", value, pens=(LEAKY, STRIPPED))
    assert "![" not in text
    assert text == render("final_report.md.j2", value, pens=(STRIPPED,))


def test_a_document_that_stays_live_is_not_written() -> None:
    """With no pen left the document is refused, and the error says what is alive in it."""
    evil = replace(EXPLANATION.hypotheses[0], summary="see ![x](https://evil.example/a.png)")
    value = report(replace(EXPLANATION, hypotheses=(evil,), none_of_these=0.14))

    with pytest.raises(ResponderError, match="image"):
        render("final_report.md.j2", value, pens=(LEAKY,))


def test_a_refused_redaction_is_announced() -> None:
    """A report that may hold secrets says so on its first screen."""
    assert "> Redaction was switched off" in final_report(report(redactions=None))


def test_an_interrupted_run_says_so() -> None:
    """A partial report tells that it is partial before anything else."""
    text = final_report(report(conclusion=replace(CONCLUSION, stop_reason="interrupted")))

    assert "> The run was interrupted; this report is partial." in text.split("\n")[:6]


@pytest.mark.parametrize(
    ("probability", "word"),
    [(0.95, "almost certain"), (0.94, "very likely"), (0.79, "likely"), (0.59, "possible"), (0.29, "unlikely")],
)
def test_confidence_words_follow_the_number(probability: float, word: str) -> None:
    """The same number always gets the same word."""
    assert confidence(probability) == word


@pytest.mark.parametrize(
    ("probability", "said"), [(0.0, "under 0.01"), (0.0051, "0.01"), (0.86, "0.86"), (0.9999, "over 0.99")]
)
def test_odds_are_never_certain(probability: float, said: str) -> None:
    """No document claims to know for sure."""
    assert odds(probability) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.214, "214 ms"), (0.9996, "1 s"), (1.91, "1.91 s"), (59.6, "1 min"), (271, "4 min 31 s"), (7500, "2 h 5 min")],
)
def test_durations_are_rounded_to_what_matters(seconds: float, said: str) -> None:
    """Two units at most, and never 60 of the smaller one."""
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"), [(999, "999 bytes"), (1500, "1.5 kB"), (611_020, "611 kB"), (999_600, "1.0 MB")]
)
def test_sizes_are_rounded_to_what_matters(count: int, said: str) -> None:
    """Decimal units with two figures."""
    assert size(count) == said


def test_prose_stays_readable_as_raw_text() -> None:
    """Only what could become markup is escaped: people read the source, too."""
    assert AS_IT_STANDS.say("pool_max (20) - see 2026-03-14 at 10:00") == "pool_max (20) - see 2026-03-14 at 10:00"
    assert AS_IT_STANDS.say("2026-03-14 it began") == "2026-03-14 it began"


@pytest.mark.parametrize("text", ["closes #4!", "GH-12 and !7", "&3 is an epic, $9 a snippet", "#1"])
def test_no_reference_to_an_issue_comes_alive(text: str) -> None:
    """A host links `#4` in prose wherever it stands, escaped or not; in code it does not."""
    tokens = MarkdownIt("commonmark").parse(AS_IT_STANDS.say(text))
    prose = [child.content for token in tokens for child in token.children or () if child.type == "text"]

    assert not re.search(r"(?i)(?:GH-|[#!&$])\d", " ".join(prose))
    assert AS_IT_STANDS.say("the rest (`checkout`) failed") == "the rest (`checkout`) failed"
    assert AS_IT_STANDS.say("1) one (2)") == "1\\) one (2)"
    assert AS_IT_STANDS.say("- # *x* <b> [a](b) _y_") == "\\- # \\*x\\* &lt;b&gt; \\[a\\](b) \\_y\\_"


def test_an_unreadable_input_is_named() -> None:
    """When nothing could be read the report says so first, then which file, why, and what would help."""
    nothing = Explanation(Verdict.INCONCLUSIVE, (), 1.0, ())
    triage = Triage((), (), skipped=(Skipped("logs.zip", "damaged from the start", "fetch it again"),))
    text = final_report(report(nothing, Conclusion("not_run"), triage=triage, sandbox=None))

    assert text.split("\n")[2] == "**Inconclusive: nothing could be read.**"
    assert "- `logs.zip`: damaged from the start; fetch it again" in text
    assert "What else it could be" not in text


def test_a_long_proof_keeps_whole_clauses_and_counts_the_rest() -> None:
    """What does not fit a bullet is told by number; the words stand with the code."""
    statement = "; ".join(["nothing failed before the release"] * 9) + "; and 3 more"
    run = replace(CONCLUSION.verifications[0], statement=statement)
    text = final_report(report(conclusion=replace(CONCLUSION, verifications=(run,))))

    (bullet,) = [line for line in text.split("\n") if line.startswith("- Checked by code")]
    assert bullet.count("nothing failed") + int(bullet.partition(" more held")[0].rpartition(" ")[2]) == 12
    assert len(bullet) < 300
