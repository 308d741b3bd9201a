"""What the originals do not confirm leaves the report, with all that rested on it, and is named."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from responder.incident import EvidenceId, Verdict
from responder.reporting.contract import to_json
from responder.reporting.strike import strike
from responder.team.interface import Claim
from tests.reporting.builders import CONCLUSION, EXPLANATION, LEAK, POOL, all_verified, report, without

VERIFIED = all_verified(EXPLANATION)


def test_a_struck_quotation_leaves_every_list() -> None:
    """A line that is not in the original is cited nowhere, and is listed with the place and the reason."""
    value = to_json(report(verified=without(VERIFIED, "E2")))

    struck = [item for item in value["struck"] if item["kind"] == "evidence"]
    assert [item["id"] for item in value["evidence"]] == ["E1", "E3", "E4", "E5"]
    assert value["root_cause"]["evidence"] == ["E1", "E3"]
    assert all("E2" not in entry["evidence"] for entry in value["timeline"])
    assert [link["cause"] for link in value["chain"]] == ["E1", "E3"]
    assert value["agents"]["claims"][0]["evidence"] == ["E1"]
    assert struck[0]["id"] == "E2"
    assert "deploy/rollout.log:31" in struck[0]["reason"]


def test_what_was_not_read_again_is_struck() -> None:
    """No news is not good news: a quotation that nobody re-read does not stand."""
    value = to_json(report(verified={item: True for item in VERIFIED if item != "E5"}))

    assert any(item["id"] == "E5" and "not read again" in item["reason"] for item in value["struck"])


def test_a_timeline_entry_falls_with_its_only_citation() -> None:
    """No citation, no claim: the moment goes, and the report says that it went."""
    value = to_json(report(verified=without(VERIFIED, "E4")))

    assert len(value["timeline"]) == 4
    assert any(item["kind"] == "timeline" and "E4" in item["reason"] for item in value["struck"])


def test_the_next_hypothesis_takes_over() -> None:
    """When the leader loses all support the next verified one leads, with odds in unchanged proportion."""
    rival = replace(LEAK, probability=0.4, supporting=(EvidenceId("E4"),))
    explanation = replace(EXPLANATION, hypotheses=(replace(POOL, probability=0.5), rival), none_of_these=0.1)
    value = to_json(report(explanation, verified=without(VERIFIED, "E1", "E2", "E3")))

    assert value["verdict"] == Verdict.DIAGNOSED
    assert value["root_cause"]["hypothesis"] == "H2"
    assert value["root_cause"]["confidence"] == 0.8
    assert value["hypotheses"][0]["rank"] == 1
    assert any(item["kind"] == "hypothesis" and item["id"] == "H1" for item in value["struck"])


def test_without_a_likely_successor_the_verdict_is_inconclusive() -> None:
    """A fabricated leader is not replaced by a guess."""
    value = to_json(report(verified=without(VERIFIED, "E1", "E2", "E3")))

    assert value["verdict"] == Verdict.INCONCLUSIVE
    assert value["root_cause"] is None


def test_nothing_verified_leaves_nothing_claimed() -> None:
    """With no citation left the report states no cause, no moment, no impact, and gives the whole share to unknown."""
    value = to_json(report(verified={}))

    assert value["verdict"] == Verdict.INCONCLUSIVE
    assert value["evidence"] == value["timeline"] == value["chain"] == []
    assert value["impact"]["failed_records"] is None
    assert sum(item["probability"] for item in value["hypotheses"]) + value["none_of_these"] == 1


def test_a_claim_without_citation_is_struck() -> None:
    """A sentence of an agent that cites nothing, or nothing that exists, does not reach the report."""
    claims = (Claim("All is lost."), Claim("It was the moon.", (EvidenceId("E42"),), ("V9",)))
    value = to_json(report(conclusion=replace(CONCLUSION, claims=claims)))

    assert value["agents"]["claims"] == []
    assert [item["text"] for item in value["struck"]] == [
        "The disk of orders-db was full.",
        "All is lost.",
        "It was the moon.",
    ]


@given(st.sets(st.sampled_from(sorted(VERIFIED))))
def test_whatever_is_struck_the_rest_holds_together(kept: set[EvidenceId]) -> None:
    """For every subset of verified quotations: no dangling citation, ranks without gaps, odds that sum to 1."""
    checked = strike(EXPLANATION, dict.fromkeys(kept, True)).explanation

    cited = {item for entry in checked.timeline for item in entry.evidence}
    cited |= {end for link in checked.chain for end in (link.cause, link.effect)}
    cited |= {item for one in checked.hypotheses for item in (*one.supporting, *one.contradicting)}
    cited |= {item for one in checked.hypotheses for step in one.steps for item in step.evidence}
    cited |= set(checked.impact.evidence)
    assert cited <= kept
    assert {item.id for item in checked.evidence} == kept
    assert [item.rank for item in checked.hypotheses] == list(range(1, len(checked.hypotheses) + 1))
    assert abs(sum(item.probability for item in checked.hypotheses) + checked.none_of_these - 1) < 1e-9
