"""What the engine says of one incident built by hand, and of evidence without one."""

import pytest
from msgspec.structs import replace

from responder.causes import default_engine
from responder.causes.interface import Explanation
from responder.causes.wording import said
from responder.incident import Category, Span, Verdict
from responder.triage.interface import Triage
from tests.causes.findings import finding, starvation, triage


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    return default_engine().explain(starvation())


def test_names_the_resource_and_its_consumer(explanation: Explanation) -> None:
    """The cause is the exhausted database; the sentence says which change used it up, from what to what."""
    lead = explanation.hypotheses[0]

    assert explanation.verdict is Verdict.DIAGNOSED
    assert (lead.component, lead.category) == ("orders-db", Category.CONNECTIONS)
    assert lead.summary == (
        "`orders-db` ran out of connection slots at 14:03:12 UTC "
        "because release 2.41 of `checkout` raised `orders-pool` from 20 to 200."
    )


def test_first_evidence_is_the_first_refusal_then_the_change(explanation: Explanation) -> None:
    """E1 is where the resource says it is exhausted, E2 the change, then the victims along the dependency."""
    places = [item.span.path for item in explanation.evidence[:4]]

    assert places == ["orders-db.log", "deploy.log", "checkout.log", "edge.log"]
    assert [item.role for item in explanation.evidence[:4]] == ["cause", "cause", "symptom", "symptom"]


def test_victims_and_coincidences_are_told_apart(explanation: Explanation) -> None:
    """The callers are victims, the earlier blip had recovered, the unrelated release reaches nobody."""
    reasons = {h.component: h.ruled_out_because for h in explanation.hypotheses if h.status == "ruled_out"}

    assert "`checkout` depends on `orders-db`" in reasons["checkout"]
    assert "had ended by 13:45:20" in reasons["catalog"]
    assert "nothing that fails depends on `search`" in reasons["search"]


def test_chain_runs_from_change_to_edge(explanation: Explanation) -> None:
    """The arrows follow the dependencies: change, database, its client, the client of that."""
    assert [(link.cause, link.effect) for link in explanation.chain] == [("E2", "E1"), ("E1", "E3"), ("E3", "E4")]


def test_timeline_says_what_each_moment_was(explanation: Explanation) -> None:
    """The moments stand in order of time, each with its evidence."""
    moments = [entry.moment for entry in explanation.timeline]

    assert moments == ["change", "change", "onset", "consequence", "consequence", "ended"]
    assert all(entry.evidence for entry in explanation.timeline)


def test_impact_is_what_the_cause_explains(explanation: Explanation) -> None:
    """The blip before the incident is neither a hurt component nor a failed record of it."""
    assert explanation.impact.components == ("checkout", "edge", "orders-db")
    assert explanation.impact.failed_records == 412 + 230 + 900


def test_steps_lead_from_the_prior_to_the_stated_probability(explanation: Explanation) -> None:
    """Each step starts where the one before ended, and the last ends at the probability."""
    for hypothesis in explanation.hypotheses:
        for one, other in zip(hypothesis.steps, hypothesis.steps[1:], strict=False):
            assert one.after == other.before
        assert hypothesis.steps[-1].after == hypothesis.probability


def test_checks_of_the_lead_hold_and_those_of_its_rivals_fail(explanation: Explanation) -> None:
    """Predictions distinguish: on these very findings each check of the lead is true and each of a rival is false."""
    times = {item.id: item.timestamp for item in explanation.evidence}
    counts = {item.id: item.count for item in explanation.evidence}

    def holds(check) -> bool:
        if check.kind in ("present", "count_at_least"):
            return counts[check.first] >= check.count
        first, second = times[check.first], times[check.second]
        return first >= second if check.kind == "absent_before" else first <= second

    lead, *rivals = explanation.hypotheses
    assert len(lead.checks) >= 3
    assert all(holds(check) for check in lead.checks)
    assert all(not holds(check) for rival in rivals for check in rival.checks)


def test_rollback_comes_first_among_the_remedies(explanation: Explanation) -> None:
    """The first step takes back exactly what was changed."""
    remedy = explanation.hypotheses[0].remedies[0]

    assert remedy.what == "Set `orders-pool` of `checkout` back from 200 to 20."


def test_exhaustion_without_a_consumer_says_so() -> None:
    """With no change in evidence the sentence does not invent one."""
    bare = finding(
        "FATAL: sorry, too many clients already",
        component="db",
        role="cause",
        category=Category.CONNECTIONS,
        salience=0.9,
    )

    explanation = default_engine().explain(triage([bare]))

    assert "what used it up is not in the evidence" in explanation.hypotheses[0].summary
    assert any("deployment or configuration change" in gap for gap in explanation.not_checked)


@pytest.mark.parametrize("given", [Triage((), ()), triage([finding("INFO all good", salience=0.1)])])
def test_quiet_evidence_is_healthy(given: Triage) -> None:
    """Nothing above the threshold means healthy, without hypotheses."""
    explanation = default_engine().explain(given)

    assert explanation.verdict is Verdict.HEALTHY
    assert explanation.hypotheses == ()
    assert explanation.none_of_these == 1.0


def test_one_vague_symptom_is_inconclusive() -> None:
    """A complaint that states no cause is not enough to act on."""
    vague = finding("WARN request took 4200 ms", category=Category.LATENCY, salience=0.45)

    assert default_engine().explain(triage([vague])).verdict is Verdict.INCONCLUSIVE


def test_task_breaks_ties_only() -> None:
    """Naming a victim in the task does not make it the cause."""
    engine = default_engine()

    asked = engine.explain(starvation(), task="checkout is broken")

    assert asked == engine.explain(starvation())


def test_missing_log_of_the_blamed_component_is_a_gap() -> None:
    """A component known only from others is named among what was not checked."""
    given = starvation()
    elsewhere = Span("checkout.log", 7, 7, 7)
    findings = [
        replace(f, component="ledger-db", captures={"server": "ledger-db"}, span=elsewhere)
        if f.component == "orders-db"
        else f
        for f in given.findings
    ]

    explanation = default_engine().explain(replace(given, findings=tuple(findings)))

    assert "No log of `ledger-db` itself was given" in explanation.not_checked[0]


def test_long_spans_are_narrowed_to_whole_lines() -> None:
    """A long trace is quoted as the lines around the one that matters, and its text is exactly those lines."""
    trace = "\n".join(f"frame {n}" for n in range(40))
    long = finding(trace, role="cause", category=Category.CODE_EXCEPTION, salience=0.9)
    long = replace(long, span=replace(long.span, line=30))

    item = default_engine().explain(triage([long])).evidence[0]

    assert item.span.line == 30
    assert item.text.split("\n") == [f"frame {n - 1}" for n in range(item.span.line_start, item.span.line_end + 1)]
    assert len(item.text.split("\n")) == 8


def test_what_two_processes_say_alike_is_told_once() -> None:
    """Both quotations stand behind the one sentence, with their records added up."""
    fault = {"role": "cause", "category": Category.CONFIGURATION_INVALID, "salience": 0.9, "component": "pricing"}
    refused = {**fault, "summary": "pool.max is refused as invalid", "count": 7}
    one = finding("failed to bind pool.max", path="a.log", **refused)  # type: ignore[arg-type]
    two = finding("failed to bind pool.max", path="b.log", seconds=3, **refused)  # type: ignore[arg-type]
    three = finding("failed to bind pool.max", path="c.log", seconds=4, **refused)  # type: ignore[arg-type]

    told = default_engine().explain(triage([one, two, three])).timeline

    assert [(entry.moment, entry.what, len(entry.evidence)) for entry in told[:2]] == [
        ("onset", "pool.max is refused as invalid, 7 times", 1),
        ("symptom", "pool.max is refused as invalid, 14 times in 2 places", 2),
    ]


def test_a_message_is_quoted_and_a_name_keeps_its_case() -> None:
    """Log text in a sentence is marked as such, and `PostgreSQL` is no ordinary first word."""
    logged = finding("ERROR order abandoned basket=1", summary="checkout logs: order abandoned basket=1", rule=None)
    assert said(logged) == "`checkout` logs: `order abandoned basket=1`"

    path = finding("x", summary=r"C:\1\x.cs does not compile", captures={"file": r"C:\1\x.cs"})
    assert said(path) == r"`C:\1\x.cs` does not compile"

    full = finding(
        "FATAL: out of slots", role="cause", category=Category.CONNECTIONS, salience=0.9, component="db",
        summary="PostgreSQL has no slot left",
    )  # fmt: skip
    assert "(PostgreSQL has no slot left)" in default_engine().explain(triage([full])).hypotheses[0].summary
