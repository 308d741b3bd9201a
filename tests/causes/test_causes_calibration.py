"""The numbers behind the probabilities: the shipped tables, the share kept back, what nobody knows."""

import itertools
from pathlib import Path

import pytest
from msgspec.structs import replace

from responder.causes import default_engine
from responder.causes.bayes import load_likelihoods, load_priors, rank
from responder.causes.observations import Observation
from responder.evidence import FileSource
from responder.incident import Category, Verdict
from responder.triage import default_engine as triage_engine
from responder.triage.interface import Finding, Level
from tests.causes.findings import finding, starvation, triage

TABLE = load_likelihoods()


def test_every_fitted_ratio_is_on_the_side_that_was_judged() -> None:
    """Evidence for a hypothesis never speaks against it, whatever the cases were."""
    for kind, row in TABLE.evidence.items():
        assert (row.ratio > 1) == (row.expert > 1), kind


def test_the_table_says_where_it_comes_from() -> None:
    """The numbers carry their date, and what they were worth on cases held out."""
    assert TABLE.fit.cases > 0
    assert TABLE.fit.groups <= TABLE.fit.cases
    assert TABLE.fit.ece <= 0.08


def test_the_share_kept_back_is_a_step_of_the_sum() -> None:
    """However well all evidence agrees, the last step takes a few percent off, and the steps join."""
    sure = [Observation(kind, kind) for kind, row in TABLE.evidence.items() if row.ratio > 1]

    ranking = rank([Category.DISK], [sure], priors=load_priors(), likelihoods=TABLE)

    (moves,) = ranking.moves
    assert ranking.probabilities[0] <= 1 - TABLE.lapse
    assert "kept back" in moves[-1].because
    assert all(one.after == other.before for one, other in itertools.pairwise(moves))
    assert moves[-1].after == ranking.probabilities[0]


def test_the_steps_lead_to_the_probability() -> None:
    """Of every hypothesis the last step ends where its probability stands."""
    for hypothesis in default_engine().explain(starvation()).hypotheses:
        assert hypothesis.steps[-1].after == hypothesis.probability


def test_an_error_that_no_rule_knows_is_not_called_likely() -> None:
    """One unusual line, and nothing that says what it means, is no diagnosis."""
    line = finding("ERROR start of worker 7 went sideways", kind="error", salience=0.52, level=Level.ERROR)

    explanation = default_engine().explain(triage([line]))

    assert explanation.verdict is Verdict.INCONCLUSIVE
    assert explanation.hypotheses[0].probability < 0.5


def test_a_known_line_says_more_than_an_unknown_one() -> None:
    """The same line is believed more when a rule knows it for a cause."""
    vague = finding("ERROR disk on fire", kind="error", salience=0.7)
    known = replace(vague, kind="signature", role="cause", category=Category.DISK, rule="kernel.fire")

    unknown_odds, known_odds = (
        default_engine().explain(triage([line])).hypotheses[0].probability for line in (vague, known)
    )

    assert known_odds > unknown_odds


def test_what_a_cluster_states_says_more_than_a_line() -> None:
    """A contradiction between what was asked for and what is there is believed more than a message."""
    line = finding("image not found", role="cause", category=Category.DEPLOYMENT_IMAGE, rule="app.image")

    said, shown = (
        default_engine().explain(triage([replace(line, rule=rule)])).hypotheses[0].probability
        for rule in ("app.image", "cluster.image-pull")
    )

    assert shown > said


def test_a_plain_error_in_a_build_is_not_taken_for_the_echo_of_a_faint_one() -> None:
    """What triage puts first in a build log stays first, although a rule knows a weaker line beside it."""
    at_end = finding("ERROR: the last step broke", kind="error", salience=0.55, component=None, path="b.log", line=90)
    beside = finding(
        "mkdir: permission denied",
        role="cause",
        category=Category.AUTHORIZATION,
        salience=0.32,
        component=None,
        path="b.log",
        line=10,
        rule="app.permission_denied",
    )
    end = finding("exit code 1", kind="exit", rule="ci.step_exit", salience=0.32, component=None, path="b.log", line=99)

    explanation = default_engine().explain(triage([at_end, beside, end]))

    assert explanation.evidence[0].span.line == 90


@pytest.mark.parametrize("line", ["ERROR start", "2026-03-04T14:00:09Z ERROR start"])
def test_a_log_of_one_strange_error_is_inconclusive(line: str, tmp_path: Path) -> None:
    """From the text itself: neither a failed test nor a diagnosis is made of it."""
    (tmp_path / "app.log").write_text(f"{line}\n")

    explanation = default_engine().explain(triage_engine().triage(FileSource().collect([tmp_path]).artifacts))

    assert explanation.verdict is Verdict.INCONCLUSIVE
    assert explanation.hypotheses[0].category is Category.UNKNOWN


def test_measurements_of_one_component_tell_one_story() -> None:
    """A saturated processor moves queue and memory of the same host; they do not compete with it for the odds."""

    def measured(metric: str, category: Category, salience: float, seconds: float) -> Finding:
        return finding(
            f"{metric} rose",
            kind="trend",
            role="cause",
            category=category,
            salience=salience,
            seconds=seconds,
            lasts=600,
            component="billing-db",
            path=f"{metric}.csv",
            captures={"metric": metric},
        )

    cpu = measured("cpu", Category.CPU, 0.9, 0)
    others = [measured("queue", Category.DISK, 0.85, 5), measured("memory", Category.MEMORY, 0.8, 60)]

    alone, together = (default_engine().explain(triage(seen)).hypotheses for seen in ([cpu], [cpu, *others]))

    assert [(h.component, h.category) for h in together] == [("billing-db", Category.CPU)]
    assert together[0].probability == alone[0].probability
