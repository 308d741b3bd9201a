"""Claims about runs against an endpoint that fails in every way we know: there is always a true report.

The server is a real one on loopback, asked by the real provider library through the real pipeline and journal.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from responder.audit.journal import FileJournal
from responder.audit.verify import verify
from responder.causes import default_engine as cause_engine
from responder.evidence import FileSource
from responder.incident import Incident
from responder.pipeline import Deps, Outcome, investigate
from responder.reporting.contract import schema
from responder.reporting.writer import write_run
from responder.safety.redact import Redactor
from responder.sandbox.audited import AuditedSandbox
from responder.secret import SecretStr
from responder.staging.copies import StagingArea
from responder.team.guard.meter import Allowance, Meter
from responder.team.magentic import MagenticTeam
from responder.team.models import ModelChoice
from responder.team.models.patience import Patience
from responder.testing import ScriptedSandbox
from responder.triage import default_engine as triage_engine
from tests.team.guard.faults import FAULTS, KEY, NOW, Fault, good, kind_of, ledger, redirected
from tests.team.models.endpoint import Answer, completion, endpoint
from tests.team.test_magentic import CONFIRMED, PLATFORM

LOG = "2026-03-14 14:03:10.001 UTC [11] LOG:  checkpoint complete\n" + "".join(
    f"2026-03-14 14:03:{second}.418 UTC [{second}] FATAL:  remaining connection slots are reserved for superusers\n"
    for second in range(12, 30)
)
ALLOWANCE = Allowance(max_turns=6, budget_tokens=150_000, timeout_seconds=20.0)


@dataclass
class Run:
    """One run through the pipeline."""

    outcome: Outcome
    folder: Path
    pauses: list[float]
    seconds: float

    @property
    def report(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.folder / "report.json").read_text())
        return loaded

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "audit.jsonl").read_text().splitlines()]


async def run(
    folder: Path,
    url: str,
    *,
    log: str = LOG,
    allowance: Allowance = ALLOWANCE,
    clock: Callable[[], float] = time.monotonic,
    journal_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Run:
    """Run the pipeline on one log with a model at `url`, and write the report as the command does."""
    for name in ("in", "staged", "run"):
        (folder / name).mkdir()
    (folder / "in" / "postgresql.log").write_text(log)
    redactor = Redactor(known={"api-key": KEY})
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    with FileJournal(folder / "run" / "audit.jsonl", clock=journal_clock, redactor=redactor) as journal:

        async def sandbox() -> tuple[AuditedSandbox | None, str]:
            return AuditedSandbox(ScriptedSandbox([PLATFORM, CONFIRMED]), journal), ""

        team = MagenticTeam(
            choice=ModelChoice("compatible", "unheard-of-model", url, "a test", SecretStr(KEY)),
            allowance=allowance,
            sandbox=sandbox,
            journal=journal,
            redactor=redactor,
            tell=lambda line: None,
            patience=Patience(call_seconds=0.4, sleep=pause, chance=lambda: 0.0),
            now=lambda: NOW,
            meter=partial(Meter, clock=clock),
        )
        deps = Deps(
            evidence=FileSource(),
            triage=triage_engine(),
            causes=cause_engine(),
            redactor=redactor,
            staging=StagingArea(redactor=redactor),
            team=team,
            journal=journal,
            staged_root=folder / "staged",
            nonce="n0nce123",
            sandbox=lambda: None,
            tell=lambda line: None,
        )
        started = time.monotonic()
        outcome = await investigate(Incident((folder / "in",), NOW), deps=deps)
        seconds = time.monotonic() - started
        write_run(outcome.report, folder / "run")
    return Run(outcome, folder / "run", pauses, seconds)


def check_promise(done: Run, allowance: Allowance = ALLOWANCE) -> None:
    """What holds of every run: a valid report within the limits, a journal that verifies, and no key anywhere."""
    report = done.report
    jsonschema.Draft202012Validator(schema()).validate(report)
    assert done.outcome.failure is None
    assert done.seconds < allowance.timeout_seconds + 1
    assert report["agents"]["turns"] <= allowance.max_turns
    assert report["agents"]["calls"] <= allowance.calls
    assert report["audit"] is not None
    audit = done.outcome.report.audit
    assert audit is not None
    assert verify(done.folder / "audit.jsonl", head=audit.head).status == "ok"
    requested = [event["seq"] for event in done.events if event["event"] == "model.requested"]
    ended = [event["data"]["request"] for event in done.events if event["event"] in ("model.replied", "model.failed")]
    assert sorted(ended) == requested
    for path in done.folder.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("name", FAULTS)
async def test_every_fault_ends_in_a_true_report(tmp_path: Path, name: str) -> None:
    """Whatever the endpoint does, the incident is diagnosed, within the limits, and the report says what happened."""
    fault: Fault = FAULTS[name]

    with endpoint(fault.respond) as served:
        done = await run(tmp_path, served.url)

    check_promise(done)
    conclusion = done.outcome.report.conclusion
    assert conclusion.stop_reason == fault.ends
    assert done.report["verdict"] == "diagnosed"
    assert done.report["root_cause"]["category"] == "resource_exhaustion.connections"
    assert done.report["root_cause"]["evidence"]
    assert fault.told in " ".join(conclusion.notes)
    assert bool(conclusion.notes) is (fault.ends == "model_failed")
    assert 1 <= len(served.requests) <= fault.most_requests
    assert done.report["agents"]["calls"] >= len(served.requests)
    if fault.pauses is not None:
        assert tuple(done.pauses) == fault.pauses
    if name != "enormous usage":
        assert done.report["agents"]["prompt_tokens"] + done.report["agents"]["completion_tokens"] <= 150_000


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_never_followed(tmp_path: Path, status: int) -> None:
    """Neither key nor evidence goes where an endpoint points, and the report names the host it pointed to."""
    with endpoint(good) as elsewhere, endpoint(lambda *_: redirected(status, elsewhere.url)) as served:
        done = await run(tmp_path, served.url)

    check_promise(done)
    assert not elsewhere.requests
    assert len(served.requests) == 1
    assert any("redirects to 127.0.0.1" in note for note in done.outcome.report.conclusion.notes)


async def test_nobody_listens(tmp_path: Path) -> None:
    """A closed port is tried again a few times, and then the analyst diagnoses."""
    with endpoint(good) as served:
        url = served.url

    done = await run(tmp_path, url)

    check_promise(done)
    assert done.report["verdict"] == "diagnosed"
    assert len(done.pauses) == 3


@pytest.mark.parametrize("hours", [1, 24 * 365])
async def test_a_clock_that_jumps_ahead(tmp_path: Path, hours: int) -> None:
    """When the machine wakes up hours later the time is over, and the report is written from what was known."""
    moments = chain(repeat(0.0, 12), repeat(hours * 3600.0))

    with endpoint(good) as served:
        done = await run(tmp_path, served.url, clock=lambda: next(moments))

    check_promise(done)
    assert done.outcome.report.conclusion.stop_reason == "timeout"
    assert done.report["verdict"] == "diagnosed"


async def test_a_wall_clock_that_jumps_back(tmp_path: Path) -> None:
    """A corrected clock makes the journal's times go back, and the journal still verifies in its order."""
    back = iter(range(10_000))

    with endpoint(good) as served:
        done = await run(tmp_path, served.url, journal_clock=lambda: NOW - timedelta(minutes=next(back)))

    check_promise(done)
    assert done.outcome.report.conclusion.stop_reason == "concluded"


@pytest.mark.parametrize(
    "limits",
    [{"max_calls": 1}, {"max_calls": 4}, {"budget_tokens": 100}, {"budget_tokens": 6_000}, {"max_turns": 1}],
    ids=str,
)
async def test_limits_hold_against_a_greedy_model(tmp_path: Path, limits: dict[str, int]) -> None:
    """A model that is never satisfied and talks a lot stays within each limit, the first request included."""
    allowance = Allowance(**{"max_turns": 6, "budget_tokens": 150_000, "timeout_seconds": 20.0, **limits})  # type: ignore[arg-type]
    said = {"prompt_tokens": 1_000, "completion_tokens": 200}

    def greedy(request: dict[str, Any], number: int) -> Answer:
        if kind_of(request) == "tool":
            return completion(tool="open", arguments=json.dumps({"path": "postgresql.log", "line": number}))
        return completion(ledger(satisfied=False, instruction=f"go on, {'x' * number}"), usage=said)

    with endpoint(greedy) as served:
        done = await run(tmp_path, served.url, allowance=allowance)

    check_promise(done, allowance)
    assert done.report["verdict"] == "diagnosed"
    assert len(served.requests) <= allowance.calls
    assert (
        done.report["agents"]["prompt_tokens"] + done.report["agents"]["completion_tokens"] <= allowance.budget_tokens
    )


async def test_an_error_that_nobody_foresaw_is_told_and_retried_by_nobody(tmp_path: Path) -> None:
    """Every kind of request may be the one that fails: the run ends in its report from each of them."""
    for asked in ("text", "ledger", "tool", "final"):
        folder = tmp_path / asked
        folder.mkdir()
        with endpoint(lambda r, n, asked=asked: Answer(418) if kind_of(r) == asked else good(r)) as served:  # type: ignore[misc]
            done = await run(folder, served.url)

        check_promise(done)
        assert done.report["verdict"] == "diagnosed"
        assert any("418" in note for note in done.outcome.report.conclusion.notes)


async def test_two_failing_runs_at_once_do_not_mix(tmp_path: Path) -> None:
    """Runs share nothing: one takes over from its model while another concludes with its own."""
    for name in "ab":
        (tmp_path / name).mkdir()
    with endpoint(lambda *_: Answer(401)) as broken, endpoint(good) as sound:
        failed, went = await asyncio.gather(run(tmp_path / "a", broken.url), run(tmp_path / "b", sound.url))

    assert failed.outcome.report.conclusion.stop_reason == "model_failed"
    assert went.outcome.report.conclusion.stop_reason == "concluded"
