"""Claims about runs against a real HTTP endpoint with the real provider library."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from responder.safety.redact import Redactor
from responder.sandbox.audited import AuditedSandbox
from responder.team.case import Case
from responder.team.interface import Conclusion
from responder.team.ledger import Ledger
from responder.team.magentic import MagenticTeam
from responder.team.meter import Allowance
from responder.team.models import ModelChoice
from responder.testing import MemoryJournal, ScriptedSandbox, case_of
from tests.team.endpoint import Answer, completion, endpoint
from tests.team.incident import FILES, explanation
from tests.team.test_magentic import CONFIRMED, PLATFORM

KEY = "sk-test-" + "a1B2c3D4" * 4


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return case_of(explanation(), FILES, tmp_path)


async def run(case: Case, url: str, journal: MemoryJournal) -> Conclusion:
    async def sandbox() -> tuple[AuditedSandbox | None, str]:
        return AuditedSandbox(ScriptedSandbox([PLATFORM, CONFIRMED]), journal), ""

    team = MagenticTeam(
        choice=ModelChoice("compatible", "unheard-of-model", url, "a test", SecretStr(KEY)),
        allowance=Allowance(max_turns=4, timeout_seconds=30),
        sandbox=sandbox,
        journal=journal,
        redactor=Redactor(known={"api-key": KEY}),
        tell=lambda line: None,
    )
    return await team.investigate(case)


def strong_model(request: dict[str, Any], _: int) -> Answer:
    """Answer like a model that reads one line and concludes."""
    if request.get("tools"):
        return completion(tool="open_evidence", arguments='{"id": "E1"}')
    last = request["messages"][-1]["content"]
    if "Conclude the investigation now" in last:
        return completion(json.dumps({"root_cause": "H1", "claims": [{"text": "slots", "evidence": ["E1"]}]}))
    if request.get("response_format"):
        seen = any(
            "FATAL" in str(message["content"]) and "| 2026" in str(message["content"])
            for message in request["messages"]
        )
        return completion(
            Ledger.make(satisfied=seen, reason="r", speaker="FileSurfer", instruction="Open E1").model_dump_json()
        )
    return completion("noted")


async def test_a_real_client_reads_and_concludes(case: Case) -> None:
    """The protocol works end to end: tools, JSON, usage, and a model name that no table knows."""
    with endpoint(strong_model) as served:
        conclusion = await run(case, served.url, MemoryJournal())

    assert conclusion.stop_reason == "concluded"
    assert [claim.text for claim in conclusion.claims] == ["slots"]
    assert conclusion.usage.prompt_tokens == 11 * len(served.requests)
    assert conclusion.turns_by_agent == {"FileSurfer": 1}


async def test_a_wrong_key_is_given_up_at_once_and_never_shown(case: Case) -> None:
    """401 is not retried; the analyst finishes; the key is in no note and in no journal entry."""
    refused = Answer(401, json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}", "code": 401}}))
    journal = MemoryJournal()

    with endpoint(lambda request, number: refused) as served:
        conclusion = await run(case, served.url, journal)

    assert len(served.requests) == 1
    assert [item.outcome for item in conclusion.results] == ["confirmed"]
    assert any("401" in note for note in conclusion.notes)
    assert KEY not in repr(conclusion)
    assert KEY not in repr(journal.events)


async def test_a_passing_fault_is_retried(case: Case) -> None:
    """Two overloads are waited out, and the model goes on."""
    overloaded = Answer(503, "overloaded")

    with endpoint(lambda request, n: overloaded if n <= 2 else strong_model(request, n)) as served:
        conclusion = await run(case, served.url, MemoryJournal())

    assert conclusion.stop_reason == "concluded"
    assert not conclusion.notes


@pytest.mark.parametrize(
    "broken",
    [
        Answer(200, "<html>maintenance</html>", {"Content-Type": "text/html"}),
        Answer(200, "{not json"),
        Answer(200, '{"choices": []}'),
        Answer(404, '{"error": {"message": "model not found"}}'),
        completion(tool="open_evidence", arguments="{bad"),
        completion(tool="rm", arguments="{}"),
        completion(""),
    ],
)
async def test_a_broken_endpoint_costs_nothing_but_time(case: Case, broken: Answer) -> None:
    """Whatever comes back, the run ends in a conclusion and nothing is raised."""
    with endpoint(lambda request, number: broken) as served:
        conclusion = await run(case, served.url, MemoryJournal())

    assert conclusion.stop_reason in ("model_failed", "turn_limit", "stalled")


async def test_a_dead_endpoint_hands_over_to_the_analyst(case: Case) -> None:
    """When nothing listens, the analyst diagnoses."""
    with endpoint(strong_model) as served:
        url = served.url

    conclusion = await run(case, url, MemoryJournal())

    assert [item.outcome for item in conclusion.results] == ["confirmed"]
