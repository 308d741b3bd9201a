"""When everything that went wrong is seen to have ended, and when only a part of it is."""

from responder.causes import default_engine
from responder.causes.interface import Explanation
from responder.incident import Category, Verdict
from responder.triage.interface import Finding, Level
from tests.causes.findings import finding, triage


def down(seconds: float = 0, node: str = "n1") -> Finding:
    return finding(
        f"Node {node} status is now: NodeNotReady",
        seconds=seconds,
        role="cause",
        category=Category.NODE,
        rule="kubernetes.node_not_ready",
        explains=("kubernetes.*",),
        captures={"node": node},
    )


def back(seconds: float = 60, node: str = "n1") -> Finding:
    return finding(
        f"Node {node} recovered",
        seconds=seconds,
        role="context",
        category=Category.HEALTHY,
        rule="kubernetes.node_ready",
        salience=0.2,
        level=Level.INFO,
        explains=("kubernetes.node_not_ready",),
        captures={"node": node},
        line=2,
    )


def restarts(rule: str = "kubernetes.crash_loop") -> Finding:
    return finding("Back-off restarting failed container", seconds=5, rule=rule, salience=0.45, line=3)


def explain(*findings: Finding) -> Explanation:
    return default_engine().explain(triage(findings))


def test_a_flap_that_ended_with_all_it_did_is_healthy() -> None:
    """The fault, what it brought about and its end are there: nothing is wrong, and both lines are quoted."""
    explanation = explain(down(), restarts(), back())

    assert explanation.verdict is Verdict.HEALTHY
    assert explanation.hypotheses == ()
    assert {item.text for item in explanation.evidence[:2]} == {down().text, back().text}


def test_an_end_of_another_thing_ends_nothing() -> None:
    """That another node is well says nothing of the one that is not."""
    assert explain(down(), back(node="n2")).verdict is not Verdict.HEALTHY


def test_what_begins_again_is_not_over() -> None:
    """A node that is lost after it had come back is lost."""
    assert explain(down(seconds=120), back(seconds=60)).verdict is not Verdict.HEALTHY


def test_trouble_that_the_ended_fault_does_not_explain_goes_on() -> None:
    """One failure that nothing ends keeps the incident open, with the ended fault among its causes."""
    explanation = explain(down(), restarts("postgresql.slots"), back())

    assert explanation.verdict is not Verdict.HEALTHY
    assert explanation.hypotheses


def test_without_an_end_in_evidence_nothing_is_over() -> None:
    """Silence is no recovery."""
    assert explain(down(), restarts()).verdict is not Verdict.HEALTHY
