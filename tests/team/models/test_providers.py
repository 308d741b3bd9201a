"""Claims about runs against a real HTTP endpoint with the real provider library."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from responder.safety.redact import Redactor
from responder.sandbox.audited import AuditedSandbox
from responder.secret import SecretStr
from responder.team.case import Case
from responder.team.guard.ledger import Ledger
from responder.team.guard.meter import Allowance
from responder.team.interface import Conclusion
from responder.team.magentic import MagenticTeam
from responder.team.models import ModelChoice, Provider, build_client
from responder.team.models.patience import Patience
from responder.testing import MemoryJournal, ScriptedSandbox, case_of
from tests.team.guard.faults import good
from tests.team.incident import FILES, explanation
from tests.team.models.endpoint import Answer, anthropic_message, completion, endpoint
from tests.team.test_magentic import CONFIRMED, PLATFORM

KEY = "sk-test-" + "a1B2c3D4" * 4


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return case_of(explanation(), FILES, tmp_path)


def compatible(url: str) -> ModelChoice:
    return ModelChoice("compatible", "unheard-of-model", url, "a test", SecretStr(KEY))


async def run(
    case: Case,
    url: str,
    journal: MemoryJournal,
    *,
    choice: ModelChoice | None = None,
    worker: ModelChoice | None = None,
) -> Conclusion:
    async def sandbox() -> tuple[AuditedSandbox | None, str]:
        return AuditedSandbox(ScriptedSandbox([PLATFORM, CONFIRMED]), journal), ""

    team = MagenticTeam(
        choice=choice or compatible(url),
        worker=worker,
        allowance=Allowance(max_turns=4, timeout_seconds=30),
        sandbox=sandbox,
        journal=journal,
        redactor=Redactor(known={"api-key": KEY}),
        tell=lambda line: None,
        patience=Patience(sleep=lambda seconds: asyncio.sleep(0)),
    )
    return await team.investigate(case)


def strong_model(request: dict[str, Any], _: int) -> Answer:
    """Answer like a model that reads one line and concludes."""
    if request.get("tools"):
        return completion(tool="context", arguments='{"id": "E1"}')
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


async def test_a_dead_endpoint_hands_over_to_the_analyst(case: Case) -> None:
    """When nothing listens, the analyst diagnoses."""
    with endpoint(strong_model) as served:
        url = served.url

    conclusion = await run(case, url, MemoryJournal())

    assert [item.outcome for item in conclusion.results] == ["confirmed"]


async def test_anthropic_is_asked_in_its_own_words(case: Case) -> None:
    """The native client, tools and usage included, against a server that speaks the Messages API."""

    def respond(request: dict[str, Any], number: int) -> Answer:
        flat = [{"role": "system", "content": request.get("system", "")}, *request["messages"]]
        return anthropic_message(good({**request, "messages": flat}, number))

    with endpoint(respond) as served:
        url = served.url.removesuffix("/v1")
        choice = ModelChoice("anthropic", "claude-sonnet-4-5", url, "a test", SecretStr(KEY))
        conclusion = await run(case, url, MemoryJournal(), choice=choice)

    assert conclusion.notes == ()
    assert conclusion.stop_reason == "concluded"
    assert conclusion.turns_by_agent == {"FileSurfer": 1}
    assert set(served.paths) == {"/v1/messages"}
    assert all(headers["authorization"] == f"Bearer {KEY}" for headers in served.headers)
    assert conclusion.usage.prompt_tokens == 11 * len(served.requests)
    assert conclusion.usage.cost == pytest.approx(len(served.requests) * (11 * 3.0 + 7 * 15.0) / 1e6)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Answer(401, '{"type": "error", "error": {"type": "authentication_error", "message": "bad"}}'), "401"),
        (Answer(529, '{"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}'), "529"),
        (Answer(200, "<html></html>"), "HTML page"),
        (Answer(200, '{"type": "message", "content": "words"}'), "no message"),
        (Answer(307, "", {"Location": "http://127.0.0.1:9/"}), "redirects"),
    ],
)
async def test_anthropic_may_fail_too(case: Case, fault: Answer, told: str) -> None:
    """The same faults behind the other library end the same way."""
    with endpoint(lambda *_: fault) as served:
        url = served.url.removesuffix("/v1")
        choice = ModelChoice("anthropic", "claude-sonnet-4-5", url, "a test", SecretStr(KEY))
        conclusion = await run(case, url, MemoryJournal(), choice=choice)

    assert conclusion.stop_reason == "model_failed"
    assert told in " ".join(conclusion.notes)
    assert [item.outcome for item in conclusion.results] == ["confirmed"]


async def test_azure_is_asked_at_its_deployment(case: Case) -> None:
    """The address names deployment and version, and the key is in Azure's own header."""
    with endpoint(good) as served:
        url = served.url.removesuffix("/v1")
        choice = ModelChoice("azure", "my-deployment", url, "a test", SecretStr(KEY), "2024-10-21")
        conclusion = await run(case, url, MemoryJournal(), choice=choice)

    assert conclusion.stop_reason == "concluded"
    assert set(served.paths) == {"/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21"}
    assert all(headers["api-key"] == KEY for headers in served.headers)


@pytest.mark.parametrize("provider", ["gemini", "openai", "ollama", "compatible"])
async def test_every_other_provider_speaks_the_common_protocol(case: Case, provider: Provider) -> None:
    """The model's name and the key reach the address that was chosen, and nothing asks for what some refuse."""
    with endpoint(good) as served:
        choice = ModelChoice(provider, "any-name", served.url, "a test", SecretStr(KEY))
        conclusion = await run(case, served.url, MemoryJournal(), choice=choice)

    assert conclusion.stop_reason == "concluded"
    assert set(served.paths) == {"/v1/chat/completions"}
    assert {request["model"] for request in served.requests} == {"any-name"}
    assert all(headers["authorization"] == f"Bearer {KEY}" for headers in served.headers)
    assert not {key for request in served.requests for key in request} & {"logprobs", "parallel_tool_calls", "n"}


async def test_workers_may_have_another_model(case: Case) -> None:
    """The orchestrator asks its own model, Coder and FileSurfer the other; both are named, and one may fail alone."""
    with endpoint(good) as large, endpoint(good) as small, endpoint(lambda *_: Answer(401)) as broken:
        other = ModelChoice("compatible", "small", small.url, "a test", SecretStr(KEY))
        both = await run(case, large.url, MemoryJournal(), worker=other)
        asked = len(large.requests)
        failing = replace(other, base_url=broken.url)
        half = await run(case, large.url, MemoryJournal(), worker=failing)

    assert both.usage.model == "unheard-of-model, small"
    assert [bool(request.get("tools")) for request in small.requests] == [True]
    assert not any(request.get("tools") for request in large.requests)
    assert len(large.requests) > asked
    assert [claim.text for claim in half.claims] == ["slots ran out"]
    assert any("the model for FileSurfer failed" in note for note in half.notes)


async def test_an_environment_variable_redirects_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries' own variables for an address do not count: where the evidence goes is what the settings show."""
    with endpoint(good) as elsewhere:
        monkeypatch.setenv("OPENAI_BASE_URL", elsewhere.url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", elsewhere.url)
        for provider in ("openai", "anthropic"):
            client: Any = build_client(ModelChoice(provider, "m", "", "a test", SecretStr(KEY)))
            assert "127.0.0.1" not in str(client._client.base_url)
            await client.close()
