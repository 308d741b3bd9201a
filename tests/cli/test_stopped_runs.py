"""Claims about runs that a limit, the clock or Ctrl-C ended: they repeat to the byte, and they can go on."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.team.guard.faults import good, kind_of, ledger
from tests.team.models.endpoint import Answer, Respond, completion, endpoint

pytestmark = pytest.mark.slow
ENTRYPOINT = Path(__file__).resolve().parents[2] / "magentic_one_orchestrator.py"
LOG = "".join(
    f"2026-03-14 14:03:{second}.418 UTC [{second}] FATAL:  remaining connection slots are reserved for superusers\n"
    for second in range(12, 30)
)


def greedy(request: dict[str, Any], number: int) -> Answer:
    """Never satisfied, and not cheap."""
    if kind_of(request) == "ledger":
        said = {"prompt_tokens": 1_500, "completion_tokens": 50}
        return completion(ledger(satisfied=False, instruction=f"open line {'x' * number}"), usage=said)
    return good(request)


def sleeper(seconds: float) -> Respond:
    """Sends the Coder a program that sleeps."""

    def respond(request: dict[str, Any], number: int) -> Answer:
        if kind_of(request) == "code":
            return completion(f"```python\nimport time\nprint('begun')\ntime.sleep({seconds})\n```")
        if kind_of(request) == "ledger":
            return completion(ledger(satisfied=False, speaker="Coder", instruction=f"count {'x' * number}"))
        return good(request)

    return respond


def start(folder: Path, *words: object) -> subprocess.Popen[str]:
    program = [sys.executable, str(ENTRYPOINT), *map(str, words)]
    return subprocess.Popen(program, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(folder: Path, *words: object) -> tuple[int, str]:
    process = start(folder, *words)
    stdout, stderr = process.communicate(timeout=120)
    return process.returncode, stdout + stderr


def investigation(url: str, *words: object) -> tuple[object, ...]:
    return ("investigate", "--base-url", url, "--model", "m", "--quiet", *words)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.log").write_text(LOG)
    return tmp_path


def stop_reason(folder: Path) -> str:
    report = json.loads((folder / "out" / "latest" / "report.json").read_text())
    return str(report["agents"]["stop_reason"])


@pytest.mark.parametrize(
    ("respond", "words", "reached"),
    [
        (greedy, ("--sandbox", "off", "--max-turns", 2), "turn_limit"),
        (greedy, ("--sandbox", "off", "--budget-tokens", 7_000), "budget"),
        (sleeper(3.7), ("--sandbox", "bwrap", "--timeout", 4), "timeout"),
        (sleeper(60), ("--sandbox", "bwrap", "--timeout", 2.5), "timeout"),
    ],
    ids=["turns", "tokens", "time between turns", "time while code runs"],
)
def test_a_stopped_run_is_repeated_to_the_byte(
    folder: Path, respond: Respond, words: tuple[object, ...], reached: str
) -> None:
    """The replay stops where the run stopped, though it needs a fraction of the time and no code runs."""
    with endpoint(respond) as served:
        code, said = ended(folder, *investigation(served.url, "app.log", "--out", "out", *words))
    assert code == 0, said
    assert stop_reason(folder) == reached

    code, said = ended(folder, "replay", "out/latest")

    assert (code, said.split(":")[0]) == (0, "identical"), said


def test_ctrl_c_is_repeated_and_gone_on_with(folder: Path) -> None:
    """An interrupted run has a report that repeats; resumed, it asks only what was not answered and concludes."""
    asked = threading.Event()
    over = threading.Event()

    def silent_at_the_third(request: dict[str, Any], number: int) -> Answer:
        if number == 3:
            asked.set()
            over.wait(60)
        return good(request)

    with endpoint(silent_at_the_third) as served:
        process = start(folder, *investigation(served.url, "app.log", "--out", "out", "--sandbox", "off"))
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        over.set()
        before = [request["messages"] for request in served.requests]
        repeated = ended(folder, "replay", "out/latest")
        resumed = ended(folder, *investigation(served.url, "--resume", "out/latest", "--sandbox", "off"))
        after = [request["messages"] for request in served.requests[len(before) :]]

    assert process.returncode == 130
    assert repeated[0] == 0, repeated[1]
    assert resumed[0] == 0, resumed[1]
    assert stop_reason(folder) == "concluded"
    assert not [messages for messages in after if messages in before[:2]]
    assert ended(folder, "replay", "out/latest")[0] == 0


def test_a_limit_can_be_raised_later(folder: Path) -> None:
    """At the same limit it would stop again, so that is refused; with a higher one the answers are not paid twice."""
    with endpoint(greedy) as served:
        limit = ("--sandbox", "off", "--max-turns")
        ended(folder, *investigation(served.url, "app.log", "--out", "out", *limit, 1))
        first = [request["messages"] for request in served.requests]
        refused = ended(folder, *investigation(served.url, "--resume", "out/latest", *limit, 1))
        went_on = ended(folder, *investigation(served.url, "--resume", "out/latest", *limit, 2))
        second = [request["messages"] for request in served.requests[len(first) :]]

    assert refused[0] == 2
    assert "would stop there again" in refused[1]
    assert went_on[0] == 0, went_on[1]
    assert json.loads((folder / "out" / "latest" / "report.json").read_text())["agents"]["turns"] == 2
    assert second
    assert not [messages for messages in second if messages in first]
    assert ended(folder, "replay", "out/latest")[0] == 0
    assert ended(folder, "audit", "verify", "out/latest")[0] == 0
