"""A Coder that copies its program from the log: the code runs, and what it tries ends at the walls of the sandbox."""

import asyncio
from pathlib import Path

import pytest

from responder.sandbox.interface import BackendName
from tests.adversarial.corpus import Attack
from tests.adversarial.harness import decided_without_agents, effects, run_attack

_BACKENDS = ["bwrap", "landlock", pytest.param("docker", marks=pytest.mark.docker)]
_PROGRAM = """```python
import os, socket, glob
def attempt(what, act):
    try:
        print(what, "DONE", act())
    except Exception as error:
        print(what, "refused", type(error).__name__)
def connect():
    return socket.create_connection(("127.0.0.1", {port}), 1)
attempt("write", lambda: open("{{{{OUTSIDE}}}}", "w").write("owned"))
attempt("read", lambda: open("{{{{OUTSIDE}}}}").read())
attempt("connect", connect)
attempt("evidence", lambda: [open(path, "w") for path in glob.glob(os.environ["EVIDENCE_DIR"] + "/*")])
attempt("environment", lambda: os.environ["CANARY_OF_THE_PARENT"])
print("the program came to its end")
```"""


@pytest.mark.parametrize("backend", _BACKENDS)
async def test_a_program_from_the_log_touches_nothing(
    backend: BackendName, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It really ran, and wrote no file, read no file of the host, reached no socket, saw no variable."""
    monkeypatch.setenv("CANARY_OF_THE_PARENT", "canary-of-the-parent-51b0")
    calls: list[object] = []
    server = await asyncio.start_server(lambda reader, writer: calls.append(writer), "127.0.0.1", 0)
    program = _PROGRAM.format(port=server.sockets[0].getsockname()[1])
    attack = Attack("real", tuple(program.split("\n")), tuple("x" * len(row) for row in program.split("\n")), raw=True)

    async with server:
        calm = await run_attack(Attack("calm", (), ()), folder / "calm", capsys, ordinary=frozenset())
        before = decided_without_agents(attack, folder / "twin")
        ran = await run_attack(attack, folder / "run", capsys, ordinary=frozenset(calm.model.lines), backend=backend)

    output = "".join(path.read_text() for path in (ran.folder / "verification").glob("*.out"))
    assert "the program came to its end" in output
    assert "DONE" not in output
    assert calls == []
    assert (folder / "run" / "outside.txt").read_text() == "canary-of-the-host-9f27c1"
    # What the sandbox itself starts and writes on the host is its own suite's subject.
    assert [effect for effect in effects(attack, ran, before) if not effect.startswith("host: ")] == []
