"""Claims about going on with a run that a crash cut short, through the real command line."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.team.models.endpoint import Answer, endpoint
from tests.team.models.test_providers import strong_model

ENTRYPOINT = Path(__file__).resolve().parents[2] / "magentic_one_orchestrator.py"
LOG = "".join(
    f"2026-03-14 14:03:{second}.418 UTC [{second}] FATAL:  remaining connection slots are reserved for superusers\n"
    for second in range(12, 30)
)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "postgresql.log").write_text(LOG)
    return folder


def start(folder: Path, url: str, *words: object) -> subprocess.Popen[str]:
    program = [sys.executable, str(ENTRYPOINT), "investigate", *map(str, words)]
    options = ["--base-url", url, "--model", "m", "--sandbox", "off", "--quiet"]
    return subprocess.Popen([*program, *options], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_answers_are_not_paid_twice(logs: Path, tmp_path: Path) -> None:
    """After a kill -9 in the fourth call the run still ends in its report, and asks only what was unanswered."""
    killed = threading.Event()
    runs: list[subprocess.Popen[str]] = []

    def dying(request: dict[str, Any], number: int) -> Answer:
        if number == 4 and not killed.is_set():
            runs[0].kill()
            killed.set()
        return strong_model(request, number)

    with endpoint(dying) as served:
        runs.append(start(tmp_path, served.url, logs, "--out", "out"))
        runs[0].communicate(timeout=60)
        assert killed.is_set()
        before = [request["messages"] for request in served.requests]
        run = next(path for path in (tmp_path / "out").iterdir() if path.name != "latest")
        resumed = start(tmp_path, served.url, "--resume", run)
        _, said = resumed.communicate(timeout=60)
        after = [request["messages"] for request in served.requests[len(before) :]]

    assert resumed.returncode == 0, said
    assert (run / "final_report.md").is_file()
    assert not [messages for messages in after if messages in before[:3]]
    assert before[3] in after
    verify = [sys.executable, str(ENTRYPOINT), "audit", "verify", str(run)]
    assert subprocess.run(verify, capture_output=True, check=False).returncode == 0
    replay = [sys.executable, str(ENTRYPOINT), "replay", str(run)]
    assert subprocess.run(replay, capture_output=True, check=False, cwd=tmp_path).returncode == 0


def test_a_finished_run_is_not_resumed(logs: Path, tmp_path: Path) -> None:
    """There is nothing to go on with, and the message names what repeats a run."""
    with endpoint(strong_model) as served:
        start(tmp_path, served.url, logs, "--out", "out").communicate(timeout=60)
        again = start(tmp_path, served.url, "--resume", tmp_path / "out" / "latest")
        _, said = again.communicate(timeout=60)

    assert again.returncode == 2
    assert "is finished" in said
    assert "replay" in said
