"""Claims about whole runs with `--mask identifiers`: what the model saw, what ran, what report and replay say."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.team.guard.faults import kind_of, ledger
from tests.team.models.endpoint import Answer, Endpoint, completion, endpoint

ENTRYPOINT = Path(__file__).resolve().parents[3] / "magentic_one_orchestrator.py"
NAMES = ("orders-db-3", "10.20.3.7", "alice.b@corp.example", "carol", "checkout-7.prod.example.com", "checkout-7")
LOG = (
    "Mar 14 14:01:00 orders-db-3 sshd[99]: Accepted publickey for carol from 10.20.3.7 port 4022 ssh2\n"
    "Mar 14 14:02:00 orders-db-3 cron[7]: report mailed to alice.b@corp.example by carol\n"
) + "".join(
    f"Mar 14 14:03:{second} orders-db-3 postgres[{second}]: FATAL:  remaining connection slots are reserved for "
    "superusers, client checkout-7.prod.example.com (10.20.3.7)\n"
    for second in range(12, 30)
)
PROGRAM = """```python
import json, os, pathlib
root = pathlib.Path(os.environ["EVIDENCE_DIR"])
text = "".join(p.read_text() for p in root.glob("*") if p.name != "index.json")
count = text.count("TOKEN")
outcome = "confirmed" if count else "refuted"
because = f"{count} lines of TOKEN"
print("MARK " + json.dumps({"hypothesis": "H1", "outcome": outcome, "because": because, "evidence": ["E1"]}))
```"""


def masked_model(request: dict[str, Any], _: int) -> Answer:
    """Works with the tokens that it was given, in code, in a tool call and in its claims."""
    told = " ".join(str(message["content"]) for message in request["messages"])
    token = re.findall(r"host-[0-9a-f]{8}", told)[0]
    match kind_of(request):
        case "tool":
            return completion(tool="find", arguments=json.dumps({"text": token}))
        case "code":
            mark = re.findall(r"VERDICT-\w+", told)[-1]
            return completion(PROGRAM.replace("TOKEN", token).replace("MARK", mark))
        case "final":
            claim = {"text": f"{token} refused every client", "evidence": ["E1"]}
            return completion(json.dumps({"root_cause": "H1", "claims": [claim]}))
        case "ledger":
            if "V1:" in told:
                return completion(ledger(satisfied=True))
            speaker = "Coder" if "lines of all files contain" in told else "FileSurfer"
            return completion(ledger(satisfied=False, speaker=speaker, instruction=f"count {token}"))
    return completion("noted")


def command(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, str(ENTRYPOINT), *map(str, words)]
    return subprocess.run(program, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Endpoint]:
    """One masked run, with all that its model was sent."""
    folder = tmp_path_factory.mktemp("masked")
    (folder / "orders-db-3.log").write_text(LOG)
    with endpoint(masked_model) as served:
        options = ["--base-url", served.url, "--model", "m", "--sandbox", "bwrap", "--mask", "identifiers"]
        done = command(folder, "investigate", "orders-db-3.log", *options, "--out", "out", "--task", "ask carol")
    assert done.returncode == 0, done.stderr
    return folder, served


def test_no_name_leaves_the_machine(run: tuple[Path, Endpoint]) -> None:
    """Not in the evidence, nor in pages, output of code, file names, the task: only tokens, and the same ones."""
    _, served = run
    sent = json.dumps([request["messages"] for request in served.requests])

    assert [name for name in NAMES if name in sent] == []
    assert len(set(re.findall(r"host-[0-9a-f]{8}", sent))) == 2
    assert len(served.requests) >= 6


def test_code_and_report_have_the_real_names(run: tuple[Path, Endpoint]) -> None:
    """The Coder's program ran with the name and found it; tool call, claim and report name it, and no token is left."""
    folder, _ = run
    latest = folder / "out" / "latest"
    report = json.loads((latest / "report.json").read_text())
    written = "".join((latest / name).read_text() for name in ("final_report.md", "post_mortem.md", "report.json"))

    assert "orders-db-3" in written
    assert not re.findall(r"(?:host|user|addr|mail)-[0-9a-f]{8}", written)
    assert any("were masked in what the model was sent" in note for note in report["agents"]["notes"])
    assert 'text.count("orders-db-3")' in (latest / "verification" / "V1.py").read_text()
    assert '"outcome": "confirmed"' in (latest / "verification" / "V1.out").read_text()


def test_the_journal_has_what_was_sent_and_the_key_to_it(run: tuple[Path, Endpoint]) -> None:
    """Requests and replies are on record as they went over the wire; one entry says what each token stands for."""
    folder, served = run
    events = [json.loads(line) for line in (folder / "out" / "latest" / "audit.jsonl").read_text().splitlines()]
    asked = [event["data"]["messages"] for event in events if event["event"] == "model.requested"]
    (key,) = [event["data"]["tokens"] for event in events if "tokens" in event["data"] and "what" in event["data"]]

    assert [name for name in NAMES if name in json.dumps(asked)] == []
    assert asked[0][-1]["text"] == served.requests[0]["messages"][-1]["content"]
    assert set(NAMES) - {"checkout-7"} <= set(key.values())


def test_a_masked_run_repeats_and_shows_its_payload(run: tuple[Path, Endpoint]) -> None:
    """The replay gives the same reports; `--show-payload` prints masked text, with the rule about tokens."""
    folder, _ = run

    again = command(folder, "replay", "out/latest")
    shown = command(
        *(folder, "investigate", "orders-db-3.log", "--show-payload", "--mask", "identifiers"),
        *("--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--task", "ask carol"),
    )

    assert again.stdout.startswith("identical"), again.stdout + again.stderr
    assert [name for name in NAMES if name in shown.stdout] == []
    assert "stand for real names" in shown.stdout


def test_a_masked_run_goes_on_without_paying_twice(tmp_path: Path) -> None:
    """Resumed with more turns it asks the same masked questions, and those that were answered are not sent again."""
    (tmp_path / "orders-db-3.log").write_text(LOG)
    with endpoint(masked_model) as served:
        options = ["--base-url", served.url, "--model", "m", "--sandbox", "off", "--mask", "identifiers"]
        command(tmp_path, "investigate", "orders-db-3.log", *options, "--out", "out", "--max-turns", 1)
        first = [request["messages"] for request in served.requests]
        done = command(tmp_path, "investigate", "--resume", "out/latest", *options, "--max-turns", 3)
        second = [request["messages"] for request in served.requests[len(first) :]]

    assert done.returncode == 0, done.stderr
    assert second
    assert not [messages for messages in second if messages in first]
    assert [name for name in NAMES if name in json.dumps(second)] == []
