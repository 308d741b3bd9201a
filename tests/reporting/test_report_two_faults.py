"""Two independent faults are told as two, in every document, and one fault with a weak rival is not."""

import jsonschema
import pytest
from msgspec.structs import replace

from responder.causes.interface import Explanation
from responder.incident import Category, ComponentKind, EvidenceId, HypothesisId, Verdict
from responder.reporting.contract import schema, to_json
from responder.reporting.html import html
from responder.reporting.markdown import final_report, post_mortem
from responder.reporting.summary import summary
from responder.triage.interface import Remedy
from tests.reporting.builders import EXPLANATION, POOL, at, report

OTHER = replace(
    POOL,
    id=HypothesisId("H2"),
    rank=2,
    summary="The certificate of ledger has expired",
    category=Category.CERTIFICATE,
    component="ledger",
    component_kind=ComponentKind.SERVICE,
    supporting=(EvidenceId("E5"),),
    first_seen=at(1, 2),
    status="open",
    remedies=(Remedy("Renew the certificate of `ledger`.", "The handshake succeeds.", ""),),
)


def two(first: float, second: float) -> Explanation:
    hypotheses = (
        replace(POOL, probability=first, beside=(OTHER.id,)),
        replace(OTHER, probability=second, beside=(POOL.id,)),
    )
    return replace(EXPLANATION, hypotheses=hypotheses, none_of_these=1 - first - second)


def test_two_faults_are_said_to_be_two_in_so_many_words() -> None:
    """Neither needs half of the odds: they share them, and together they are nearly sure."""
    found = report(two(0.49, 0.47))

    assert found.verdict is Verdict.DIAGNOSED
    for text in (final_report(found), post_mortem(found), html(found), summary(found)):
        text = " ".join(text.split())
        assert "Two independent faults at the same time (together almost certain, 0.96)" in text
        assert "ran out of connection slots" in text
        assert "has expired" in text or "had expired" in text
    assert "no dependency leads from one to the other" in post_mortem(found)
    assert post_mortem(found).startswith("# Post-mortem: `orders-db` and `ledger`\n")
    assert "Hurt by the first: " in final_report(found)


def test_both_faults_have_their_evidence_step_and_beginning() -> None:
    """The second one is no "what else it could be": it is shown, dated and acted on like the first."""
    text = final_report(report(two(0.49, 0.47)))
    first_screen, _, rest = text.partition("## What else it could be")

    assert "[E5]" in first_screen.partition("## Do this now")[0]
    assert "1. **Roll `checkout` back" in first_screen
    assert "2. **Renew the certificate" in first_screen
    assert "expired" not in rest.partition("##")[0]
    assert sum("(onset)" in line for line in rest.split("\n")) == 2


def test_the_contract_names_the_other_fault() -> None:
    """Scripts find it at the root cause, and the value obeys the schema."""
    value = to_json(report(two(0.49, 0.47)))

    jsonschema.validate(value, schema())
    assert value["root_cause"]["beside"] == ["H2"]
    assert [item["beside"] for item in value["hypotheses"]] == [["H2"], ["H1"]]


@pytest.mark.parametrize(("first", "second"), [(0.9, 0.05), (0.6, 0.15)])
def test_a_weak_second_fault_is_a_possibility(first: float, second: float) -> None:
    """One that is not likelier than all that is left stays among the alternatives."""
    found = report(two(first, second))

    assert found.root_cause is not None
    assert found.root_cause.beside == ()
    assert "independent faults" not in final_report(found)
