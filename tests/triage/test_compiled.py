"""Without the compiled loops nothing changes but the time: every byte of what triage says is the same."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SAMPLES = sorted((PROJECT / "sample_logs").glob("*/logs"))
TRIAGE = """
import sys
sys.path.insert(0, sys.argv[1])
if sys.argv[2] == "plain":
    sys.modules["responder.triage._speed"] = None
from pathlib import Path
from responder.evidence import FileSource
from responder.triage import default_engine
from responder.triage.compiled import has_compiled
from responder.triage.engine import Engine
from responder.triage.signatures import packaged_rules
assert has_compiled() == (sys.argv[2] != "plain")
for name in sys.argv[3:]:
    artifacts = FileSource().collect([Path(name)]).artifacts
    print(default_engine().triage(artifacts))
    print(Engine(rules=packaged_rules(), large_bytes=1 << 18).triage(artifacts))
"""


def triaged(way: str, *paths: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", TRIAGE, PROJECT, way, *paths], capture_output=True, text=True, timeout=300, check=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough lines of enough kinds for every shortcut, with trouble, ids and marks among them."""
    chance = random.Random(5)
    words = ["".join(chance.choices("abcdefghij", k=5)) for _ in range(200)]
    path = tmp_path_factory.mktemp("long") / "app.log"
    with path.open("w", encoding="utf-8") as file:
        for number in range(12_000):
            start = f"2026-01-02T03:{number // 200:02}:{number % 60:02}.{number % 1000:03}Z"
            said = " ".join(chance.choices(words, k=3))
            file.write(f"{start} INFO [{words[number % 7]}] {said} id={chance.getrandbits(128):032x}\n")
            if number % 500 == 7:
                file.write(f'{start} ERROR [orders] HTTP/1.1" {500 + number % 4} connection refused to db:5432\n')
            if number % 900 == 11:
                file.write("✖ a check failed\n\ttab and caf\xe9\n")
    return path


@pytest.mark.compiled
def test_nothing_depends_on_what_was_compiled(long_log: Path) -> None:
    """Samples and a long log, held in memory and counted in parts, give the same findings to the last byte."""
    paths = [*SAMPLES, long_log]

    assert triaged("plain", *paths) == triaged("compiled", *paths)
