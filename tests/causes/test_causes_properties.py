"""What must be true of every explanation, whatever the findings are."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from responder.causes import default_engine
from responder.causes.interface import Explanation
from responder.causes.interface import TestResult as Outcome
from responder.incident import Category, ComponentKind
from responder.triage.interface import Finding, Level, Triage
from tests.causes.findings import finding, triage

ENGINE = default_engine()
NAMES = ("orders-db", "checkout", "edge", "search", None)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    component = draw(st.sampled_from(NAMES))
    return finding(
        draw(st.text(max_size=60)) or "x",
        seconds=draw(st.none() | st.integers(-4000, 4000)),
        lasts=draw(st.integers(0, 900)),
        component=component,
        path=draw(st.sampled_from(("a.log", "b.log", "deploy.log"))),
        line=draw(st.integers(1, 500)),
        kind=draw(st.sampled_from(("signature", "error", "burst", "change", "exit", "test_failure", "novelty"))),
        role=draw(st.sampled_from(("cause", "symptom", "context"))),
        category=draw(st.sampled_from(list(Category))),
        salience=draw(st.floats(0, 1)),
        count=draw(st.integers(1, 10_000)),
        level=draw(st.sampled_from(list(Level))),
        rule=draw(st.none() | st.sampled_from(("postgresql.slots", "nginx.upstream", "k8s.oom"))),
        component_kind=draw(st.sampled_from(list(ComponentKind))),
        captures=draw(
            st.dictionaries(
                st.sampled_from(("peer", "old", "new", "setting", "version", "client")), st.text(max_size=12)
            )
        ),
        explains=draw(
            st.lists(st.sampled_from(("nginx.*", "network.*", "dependency.unavailable", "k8s.oom", "[", "*")))
        ),
        needle=draw(st.none() | st.text(max_size=10)),
    )


TRIAGES = st.builds(
    lambda items, pairs: triage(items, dependencies=pairs, files={"deploy.log": None}),
    st.lists(findings(), max_size=14),
    st.lists(st.tuples(*[st.sampled_from([name for name in NAMES if name])] * 2), max_size=6),
)


def total(explanation: Explanation) -> float:
    return sum(h.probability for h in explanation.hypotheses) + explanation.none_of_these


@given(TRIAGES)
@settings(max_examples=150, deadline=None)
def test_every_explanation_is_sound(given_triage: Triage) -> None:
    """Probabilities sum to 1, ranks and ids are in order, and every citation exists."""
    explanation = ENGINE.explain(given_triage)

    assert abs(total(explanation) - 1) < 1e-9
    assert explanation.none_of_these >= 0
    assert [h.rank for h in explanation.hypotheses] == list(range(1, len(explanation.hypotheses) + 1))
    assert [h.probability for h in explanation.hypotheses] == sorted(
        (h.probability for h in explanation.hypotheses), reverse=True
    )
    assert [item.id for item in explanation.evidence] == [f"E{n}" for n in range(1, len(explanation.evidence) + 1)]
    known = set(explanation.cited())
    for h in explanation.hypotheses:
        assert h.supporting
        assert {*h.supporting, *h.contradicting} <= known
        assert all({check.first, check.second or check.first} <= known for check in h.checks)
        assert all(set(step.evidence) <= known for step in h.steps)
    assert all(set(entry.evidence) <= known for entry in explanation.timeline)
    assert all({link.cause, link.effect} <= known for link in explanation.chain)


@given(TRIAGES, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_order_of_findings_does_not_matter(given_triage: Triage, rng: random.Random) -> None:
    """The same findings in any order give the same explanation."""
    mixed = list(given_triage.findings)
    rng.shuffle(mixed)

    assert ENGINE.explain(replace(given_triage, findings=tuple(mixed))) == ENGINE.explain(given_triage)


@given(TRIAGES, st.data())
@settings(max_examples=100, deadline=None)
def test_revision_is_monotone_and_keeps_ids(given_triage: Triage, data: st.DataObject) -> None:
    """A confirmation never lowers its hypothesis, a refutation never raises it nor lets it lead; ids and text stay."""
    before = ENGINE.explain(given_triage)
    if not before.hypotheses:
        return
    tested = data.draw(st.sampled_from(before.hypotheses))
    outcome = data.draw(st.sampled_from(("confirmed", "refuted")))

    after = ENGINE.revise(before, [Outcome(tested.id, outcome, "counted again")])

    now = next(h for h in after.hypotheses if h.id == tested.id)
    assert abs(total(after) - 1) < 1e-9
    assert now.probability >= tested.probability if outcome == "confirmed" else now.probability <= tested.probability
    assert {h.id: h.summary for h in after.hypotheses} == {h.id: h.summary for h in before.hypotheses}
    assert after.evidence == before.evidence
    if outcome == "refuted":
        assert now.status == "ruled_out"
        assert after.hypotheses[0].id != tested.id or len(after.hypotheses) == 1 or all_out(after)


def all_out(explanation: Explanation) -> bool:
    return all(h.status == "ruled_out" for h in explanation.hypotheses)
