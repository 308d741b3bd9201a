"""Claims about judgement: a model that argues like a strong one, the real group chat, and code in a real sandbox."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pydantic import SecretStr

from responder.causes import default_engine
from responder.causes.interface import Explanation
from responder.incident import Verdict
from responder.safety.redact import Redactor
from responder.sandbox.audited import AuditedSandbox
from responder.sandbox.interface import Mounts
from responder.sandbox.select import select_sandbox
from responder.team.case import Case
from responder.team.guard.meter import Allowance
from responder.team.interface import Conclusion
from responder.team.magentic import MagenticTeam
from responder.team.models import ModelChoice
from responder.testing import MemoryJournal, case_of
from tests.team.guard.faults import kind_of
from tests.team.incident import BLIP, DEPLOY, REFUSED, explanation
from tests.team.models.endpoint import Answer, Respond, completion, endpoint

ENTRYPOINT = Path(__file__).resolve().parents[2] / "magentic_one_orchestrator.py"
CHECKOUT = "".join(
    f"2026-03-14T13:{20 + minute}:00Z ERROR checkout failed: payment provider answered 502\n" for minute in range(20)
)
MISLEADING = {
    "deploy.log": f"{DEPLOY}\n",
    "db.log": f"2026-03-14 13:59:00 UTC LOG:  checkpoint complete\n{REFUSED}\n",
    "web.log": f"{BLIP}\n{CHECKOUT}",
}
"""One refusal of the database, long after the checkout began to fail for want of its payment provider."""

PROGRAM = """Before accepting {hypothesis} I want to see it fail. {why}

```python
import json, os, re
from pathlib import Path

root = Path(os.environ["EVIDENCE_DIR"])
index = json.loads((root / "index.json").read_text())["files"]
files = {{entry["path"]: (root / entry["staged"]).read_text().split("\\n") for entry in index}}
clock = re.compile(r"2026-03-14[T ](\\d\\d:\\d\\d:\\d\\d)")
refused = [clock.search(row)[1] for row in files["db.log"] if "remaining connection slots" in row]
failed = [clock.search(row)[1] for row in files["web.log"] if "answered 502" in row]
late = len(refused) < 3 and bool(failed) and refused[:1] > failed[:1]
many = len(failed) >= 5
print(f"refusals: {{len(refused)}} from {{refused[:1]}}; answers 502: {{len(failed)}} from {{failed[:1]}}")
outcome = {outcome}
because = f"{{len(refused)}} refusals from {{refused[:1]}}, {{len(failed)}} answers of 502 from {{failed[:1]}}"
verdict = {{"hypothesis": "{hypothesis}", "outcome": outcome, "because": because, "evidence": ["E1", "E3"]}}
print("{mark} " + json.dumps(verdict))
```
"""


def program(hypothesis: str, outcome: str, why: str) -> str:
    return PROGRAM.format(hypothesis=hypothesis, outcome=outcome, why=why, mark="VERDICT-n0nce123")


def ledger(speaker: str, instruction: str, reason: str, *, satisfied: bool = False) -> str:
    """A progress ledger as talkative models write it: reasoning before it, a fence around it."""
    answers = {
        "is_request_satisfied": satisfied,
        "is_in_loop": False,
        "is_progress_being_made": True,
        "next_speaker": speaker,
        "instruction_or_question": instruction,
    }
    body = {key: {"reason": reason, "answer": value} for key, value in answers.items()}
    return f"<think>{reason} Let me see.</think>\nHere is the ledger:\n```json\n{json.dumps(body, indent=1)}\n```"


def scripted(*, ledgers: Sequence[str], programs: Sequence[str], final: dict[str, Any]) -> Respond:
    """Answer each kind of request with the next reply of its script, the last one again when it is used up."""
    scripts: dict[str, Iterator[str]] = {"ledger": iter(ledgers), "code": iter(programs)}
    last: dict[str, str] = {}

    def respond(request: dict[str, Any], _: int) -> Answer:
        match kind_of(request):
            case "ledger" | "code" as kind:
                last[kind] = next(scripts[kind], last.get(kind, ""))
                return completion(last[kind])
            case "tool":
                return completion(tool="context", arguments='{"id": "E1"}')
            case "final":
                return completion(f"In summary:\n```json\n{json.dumps(final, indent=2)}\n```")
        return completion("1. Test whether the failures predate the refusals. 2. Test the rival. 3. Conclude.")

    return respond


@dataclass(frozen=True)
class Judged:
    """A conclusion, and what the engine makes of it."""

    conclusion: Conclusion
    revised: Explanation


async def judged(tmp_path: Path, case: Case, respond: Respond, *, max_turns: int = 8) -> Judged:
    """Run the team over `case` with bubblewrap around its code."""
    journal = MemoryJournal()
    (tmp_path / "scratch").mkdir()
    for path in case.staged.root.iterdir():
        path.chmod(0o444)
    case.staged.root.chmod(0o755)
    sandbox = await select_sandbox("bwrap", mounts=Mounts(case.staged.root, tmp_path / "scratch"))
    audited = AuditedSandbox(sandbox, journal)

    async def ready() -> tuple[AuditedSandbox | None, str]:
        return audited, ""

    with endpoint(respond) as served:
        team = MagenticTeam(
            choice=ModelChoice("compatible", "strong", served.url, "a test", SecretStr("k" * 20)),
            allowance=Allowance(max_turns=max_turns, timeout_seconds=60),
            sandbox=ready,
            journal=journal,
            redactor=Redactor(),
            tell=lambda line: None,
        )
        conclusion = await team.investigate(case)
    await audited.stop()
    return Judged(conclusion, default_engine().revise(case.explanation, conclusion.results))


def staged(tmp_path: Path, known: Explanation, files: dict[str, str]) -> Case:
    (tmp_path / "staged").mkdir()
    return case_of(known, files, tmp_path / "staged", task="checkout answers 503")


async def test_code_overturns_a_wrong_leading_hypothesis(tmp_path: Path) -> None:
    """The engine leads with H1; the Coder's program finds it late and rare and its rival early and frequent."""
    case = staged(tmp_path, explanation(), MISLEADING)
    respond = scripted(
        ledgers=[
            ledger("FileSurfer", "Show the context of E1.", "The refusal must be read first."),
            ledger("Coder", "Test H1: do the refusals come before the failures?", "One refusal explains little."),
            ledger("Coder", "H1 fell. Test H2: did the provider fail again and again?", "The rival explains more."),
            ledger("Coder", "", "H2 stands and H1 fell.", satisfied=True),
        ],
        programs=[
            program("H1", '"refuted" if late else "confirmed"', "A cause comes before its effects."),
            program("H2", '"confirmed" if many and late else "none"', "A cause accounts for the count."),
        ],
        final={
            "root_cause": "H2",
            "claims": [
                {"text": "The provider failed before any refusal.", "evidence": ["E3"], "verifications": ["V2"]}
            ],
            "ruled_out": [{"hypothesis": "H1", "because": "it came too late", "evidence": ["E1"]}],
        },
    )

    done = await judged(tmp_path, case, respond)

    assert done.conclusion.stop_reason == "concluded"
    assert done.conclusion.notes == ()
    assert [(run.hypothesis, run.outcome) for run in done.conclusion.verifications] == [
        ("H1", "refuted"),
        ("H2", "confirmed"),
    ]
    assert "1 refusals from ['14:03:12'], 21 answers of 502 from ['13:20:00']" in done.conclusion.results[0].because
    assert [claim.verifications for claim in done.conclusion.claims] == [("V2",)]
    leading, fallen = done.revised.hypotheses
    assert (leading.id, leading.status) == ("H2", "confirmed")
    assert (fallen.id, fallen.status) == ("H1", "ruled_out")
    assert leading.probability > fallen.probability


async def test_a_conviction_without_a_test_overturns_nothing(tmp_path: Path) -> None:
    """The same model, as sure and without code that shows it: the ranking stays, and the dissent is told."""
    case = staged(tmp_path, explanation(), MISLEADING)
    respond = scripted(
        ledgers=[ledger("Coder", "", "It is obvious.", satisfied=True)],
        programs=[],
        final={"root_cause": "H2", "claims": [{"text": "Obviously.", "evidence": ["E3"]}], "ruled_out": []},
    )

    done = await judged(tmp_path, case, respond)

    assert done.revised.hypotheses == case.explanation.hypotheses
    assert any("judge H2 to be the cause. No test bears that out" in note for note in done.conclusion.notes)


async def test_missing_evidence_stays_inconclusive(tmp_path: Path) -> None:
    """Nothing in the logs decides: the program says so, the model says null, and the verdict is still inconclusive."""
    known = explanation()
    weak = tuple(replace(item, probability=0.2, checks=()) for item in known.hypotheses)
    undecided = replace(known, verdict=Verdict.INCONCLUSIVE, hypotheses=weak, none_of_these=0.6)
    files = MISLEADING | {"web.log": f"{BLIP}\n", "db.log": f"{REFUSED}\n"}
    case = staged(tmp_path, undecided, files)
    respond = scripted(
        ledgers=[
            ledger("Coder", "Do the logs decide between H1 and H2?", "Two weak traces, no count."),
            ledger("Coder", "", "The logs do not decide.", satisfied=True),
        ],
        programs=[program("H1", '"confirmed" if len(refused) > 3 else "refuted" if late and many else "none"', "")],
        final={"root_cause": None, "claims": [{"text": "One refusal and one blip.", "evidence": ["E1", "E3"]}]},
    )

    done = await judged(tmp_path, case, respond)

    assert done.conclusion.stop_reason == "concluded"
    assert [run.outcome for run in done.conclusion.verifications] == ["none"]
    assert done.conclusion.results == ()
    assert done.revised.verdict is Verdict.INCONCLUSIVE
    assert [claim.text for claim in done.conclusion.claims] == ["One refusal and one blip."]


COUNTING = """I count the refusals.
```python
import json, os
from pathlib import Path
root = Path(os.environ["EVIDENCE_DIR"])
count = sum(p.read_text().count("remaining connection slots") for p in root.glob("*") if p.name != "index.json")
outcome = "confirmed" if count >= 3 else "refuted"
verdict = {"hypothesis": "H1", "outcome": outcome, "because": f"{count} refusals", "evidence": ["E1"]}
print("MARK " + json.dumps(verdict))
```"""


@pytest.mark.slow
def test_at_the_limit_the_report_is_useful(tmp_path: Path) -> None:
    """A model that always wants one more look is stopped at its turns; what its code had shown is in the report."""
    (tmp_path / "orders-db.log").write_text(
        "".join(
            f"2026-03-14 14:03:{second}.418 UTC [{second}] FATAL:  remaining connection slots are reserved\n"
            for second in range(12, 30)
        )
    )
    wants = [ledger("Coder", f"Count once more{'!' * count}", "I am not sure yet.") for count in range(30)]

    def curious(request: dict[str, Any], number: int) -> Answer:
        if kind_of(request) != "code":
            return script(request, number)
        told = " ".join(str(message["content"]) for message in request["messages"])
        return completion(COUNTING.replace("MARK", f"VERDICT-{told.partition('VERDICT-')[2].split()[0]}"))

    final = {
        "root_cause": "H1",
        "claims": [{"text": "The slots ran out.", "evidence": ["E1"], "verifications": ["V1"]}],
    }
    script = scripted(ledgers=wants, programs=[], final=final)
    with endpoint(curious) as served:
        words = ["investigate", "orders-db.log", "--out", "out", "--base-url", served.url, "--model", "m"]
        done = subprocess.run(
            [sys.executable, str(ENTRYPOINT), *words, "--sandbox", "bwrap", "--max-turns", "2"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    report = json.loads((tmp_path / "out" / "latest" / "report.json").read_text())
    told = (tmp_path / "out" / "latest" / "final_report.md").read_text()

    assert done.returncode == 0, done.stderr
    assert (report["agents"]["stop_reason"], report["agents"]["turns"]) == ("turn_limit", 2)
    assert report["root_cause"]["verified"] is True
    assert "18 refusals" in told
    assert "turn limit" in told
    assert "The slots ran out" in told
