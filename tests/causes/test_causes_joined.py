"""Findings that tell of one fault make one story, and two faults do not cast doubt on each other."""

from msgspec.structs import replace

from responder.causes import default_engine
from responder.causes.hypotheses import propose
from responder.causes.interface import TestResult as Outcome
from responder.causes.situation import survey
from responder.incident import Category, ComponentKind, Verdict
from responder.triage.interface import Finding, Triage
from tests.causes.findings import finding, triage


def given(*findings: Finding, calls: tuple[tuple[str, str], ...] = ()) -> Triage:
    return replace(triage(findings), dependencies=calls)


def full_disk(component: str, seconds: float, path: str | None = None) -> Finding:
    return finding(
        f"{component}: write failed: No space left on device",
        seconds=seconds, component=component, path=path, category=Category.DISK, role="cause", salience=0.95, count=5,
    )  # fmt: skip


def test_a_caller_is_a_witness_to_what_the_callee_shows() -> None:
    """`stock does not answer` is not a rival of what stock says of itself."""
    complaint = finding("GET http://stock: 503", seconds=4, component="shop", category=Category.DEPENDENCY_UNAVAILABLE)
    own = finding("stock: KeyError: 'sku'", seconds=2, component="stock", category=Category.CODE_EXCEPTION)
    shop = finding("page failed", seconds=5, component="shop", salience=0.4)

    stories = propose(survey(given(complaint, own, shop, calls=(("shop", "stock"),))))

    assert [story.category for story in stories if story.component == "stock"] == [Category.CODE_EXCEPTION]


def test_a_disk_of_a_machine_is_that_of_its_programs() -> None:
    """The program's line names the machine: one full disk, not two."""
    machine = replace(full_disk("mail-1", 1), kind="trend", captures={"metric": "disk_used_percent"})
    program = replace(full_disk("postfix", 0, "mail-1.log"), text="mail-1 postfix: No space left on device")

    stories = propose(survey(given(machine, program)))

    assert [(story.component, len(story.findings)) for story in stories] == [("mail-1", 2)]


def test_a_node_is_below_everybody() -> None:
    """No log names a node as a dependency; a host that cannot be reached is explained by it all the same."""
    node = finding(
        "Node node-7 status is now: NodeNotReady", seconds=0, component="node-7", role="cause",
        category=Category.NODE, salience=0.6, explains=("network.*",), component_kind=ComponentKind.NODE,
        rule="kubernetes.node_not_ready",
    )  # fmt: skip
    hurt = [
        finding(f"{name}: no route to host", seconds=9, component=name, category=Category.ROUTING, count=30)
        for name in ("orders", "account")
    ]

    explanation = default_engine().explain(given(node, *hurt))

    assert explanation.hypotheses[0].component == "node-7"


def test_two_faults_stand_side_by_side() -> None:
    """Each is stated and has victims of its own, so neither is a reason to doubt the other."""
    pairs = [
        (full_disk("queue", 0), finding("mail not queued", seconds=8, component="news", salience=0.5)),
        (
            finding(
                "images: killed, out of memory", seconds=60, component="images", category=Category.MEMORY,
                role="cause", salience=0.95, count=5,
            ),
            finding("no picture", seconds=68, component="gallery", salience=0.5),
        ),
    ]  # fmt: skip
    evidence = given(*(one for pair in pairs for one in pair), calls=(("news", "queue"), ("gallery", "images")))

    explanation = default_engine().explain(evidence)

    first, second = explanation.hypotheses[:2]
    assert {first.component, second.component} == {"queue", "images"}
    assert (first.beside, second.beside) == ((second.id,), (first.id,))
    assert explanation.verdict is Verdict.DIAGNOSED

    revised = default_engine().revise(explanation, [Outcome(first.id, "confirmed", "counted again")])
    tested, other = revised.hypotheses[:2]
    assert tested.id == first.id
    assert other.probability >= second.probability
    assert revised.verdict is Verdict.DIAGNOSED


def test_rivals_for_the_same_victims_are_rivals() -> None:
    """Two stated faults below one victim contradict each other: either may be what hurt it."""
    victim = finding("order failed", seconds=9, component="orders", salience=0.5)
    evidence = given(full_disk("db", 0), full_disk("queue", 1), victim, calls=(("orders", "db"), ("orders", "queue")))

    explanation = default_engine().explain(evidence)

    assert all(hypothesis.beside == () for hypothesis in explanation.hypotheses)
