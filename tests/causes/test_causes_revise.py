"""What test results do to an explanation."""

from responder.causes import default_engine
from responder.causes.interface import TestResult as Outcome
from responder.incident import Verdict
from tests.causes.findings import starvation

ENGINE = default_engine()
BEFORE = ENGINE.explain(starvation())
LEAD = BEFORE.hypotheses[0]


def test_confirmation_raises_and_records_a_step() -> None:
    """The lead becomes confirmed, its probability rises, and the step says why."""
    after = ENGINE.revise(BEFORE, [Outcome(LEAD.id, "confirmed", "412 refusals, none before the release")])

    lead = after.hypotheses[0]
    assert (lead.id, lead.status) == (LEAD.id, "confirmed")
    assert lead.probability > LEAD.probability
    assert lead.steps[-1].before == LEAD.probability
    assert "412 refusals" in lead.steps[-1].because


def test_refuted_lead_falls_behind_and_the_verdict_changes() -> None:
    """However sure the engine was, a failed prediction takes the lead away and the verdict with it."""
    after = ENGINE.revise(BEFORE, [Outcome(LEAD.id, "refuted", "the line is not in the file")])

    out = after.hypotheses[-1]
    assert after.verdict is Verdict.INCONCLUSIVE
    assert next(h for h in after.hypotheses if h.id == LEAD.id).status == "ruled_out"
    assert out.ruled_out_because
    assert max(h.probability for h in after.hypotheses) < 0.5


def test_rival_wins_when_it_is_confirmed_and_the_lead_refuted() -> None:
    """The hypothesis that passed its test leads, even if the engine had called it ruled out."""
    rival = BEFORE.hypotheses[1]
    results = [Outcome(LEAD.id, "refuted", "no such line"), Outcome(rival.id, "confirmed", "it came first")]

    after = ENGINE.revise(BEFORE, results)

    assert (after.hypotheses[0].id, after.hypotheses[0].status) == (rival.id, "confirmed")
    assert after == ENGINE.revise(BEFORE, results[::-1])


def test_all_refuted_is_inconclusive() -> None:
    """With every hypothesis refuted the share for none of these is the largest."""
    after = ENGINE.revise(BEFORE, [Outcome(h.id, "refuted", "no") for h in BEFORE.hypotheses])

    assert after.verdict is Verdict.INCONCLUSIVE
    assert after.none_of_these > max(h.probability for h in after.hypotheses)


def test_results_about_unknown_hypotheses_change_nothing() -> None:
    """A result for an id that does not exist is ignored."""
    stray = LEAD.id.__class__("H99")

    assert ENGINE.revise(BEFORE, [Outcome(stray, "confirmed", "?")]) == BEFORE
