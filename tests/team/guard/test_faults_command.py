"""Claims about the real command against a failing endpoint: how it ends, and that the run can be repeated."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.team.guard.faults import KEY, always, error, first, good, kind_of, torn, when
from tests.team.guard.test_faults import LOG
from tests.team.models.endpoint import Answer, Respond, endpoint

ENTRYPOINT = Path(__file__).resolve().parents[3] / "magentic_one_orchestrator.py"
PUZZLE = "2026-03-14 14:03:10 WARN the moon is late\n2026-03-14 14:03:11 ERROR the tide did not come\n"


def command(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, str(ENTRYPOINT), *map(str, words)]
    return subprocess.run(
        program, cwd=folder, capture_output=True, text=True, check=False, env={"OPENAI_API_KEY": KEY, "PATH": ""}
    )


def investigated(folder: Path, log: str, respond: Respond, *words: object) -> subprocess.CompletedProcess[str]:
    (folder / "app.log").write_text(log)
    with endpoint(respond) as served:
        options = ["--base-url", served.url, "--model", "m", "--sandbox", "off", "--out", "out", *words]
        done = command(folder, "investigate", "app.log", *options)
    for path in (folder / "out").rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    assert KEY not in done.stdout + done.stderr
    return done


@pytest.mark.parametrize(
    ("log", "respond", "code"),
    [
        (LOG, always(error(401, f"Incorrect API key provided: {KEY}")), 0),
        (LOG, good, 0),
        (PUZZLE, always(error(401)), 6),
        (PUZZLE, when("final", error(418)), 6),
    ],
    ids=["diagnosed without the model", "diagnosed", "puzzle without the model", "puzzle at the last call"],
)
def test_the_exit_code_says_whether_the_model_was_needed(tmp_path: Path, log: str, respond: Respond, code: int) -> None:
    """A failed model costs the exit code only where no diagnosis was possible without it; the run can be replayed."""
    done = investigated(tmp_path, log, respond)

    assert done.returncode == code, done.stderr
    again = command(tmp_path, "replay", "out/latest")
    assert (again.returncode, again.stdout.split(":")[0]) == (0, "identical"), again.stdout + again.stderr
    assert command(tmp_path, "audit", "verify", "out/latest").returncode == 0


def test_a_hanging_endpoint_is_left_in_time(tmp_path: Path) -> None:
    """Of three seconds a silent endpoint gets half, the analyst the rest, and the command ends by itself."""
    started = time.monotonic()

    done = investigated(tmp_path, LOG, always(torn("silent")), "--timeout", "3")

    assert done.returncode == 0, done.stderr
    assert time.monotonic() - started < 15
    report = json.loads((tmp_path / "out" / "latest" / "report.json").read_text())
    assert report["agents"]["stop_reason"] == "model_failed"


@pytest.mark.parametrize(
    "respond",
    [
        first(2, error(503, Retry_After="0")),
        lambda request, number: (
            error(400, "no response_format here") if request.get("response_format") else good(request)
        ),
        when("tool", error(400, "this model does not support tools")),
        lambda request, number: Answer(200, "{") if kind_of(request) == "ledger" and number > 4 else good(request),
    ],
    ids=["retried", "without JSON mode", "without tools", "taken over midway"],
)
def test_a_run_with_faults_is_repeated_to_the_byte(tmp_path: Path, respond: Respond) -> None:
    """Tries, concessions and the takeover happen again in the replay, with no endpoint and no waiting."""
    assert investigated(tmp_path, LOG, respond).returncode == 0

    again = command(tmp_path, "replay", "out/latest")

    assert again.returncode == 0, again.stdout + again.stderr
