"""The janitor of a run folder, when its run was killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from responder.sandbox.checks.stopwatch import Stopwatch
from responder.sandbox.engine import IMAGE, connect
from responder.sandbox.owner import Owner
from responder.sandbox.reaper import DEADLINE_LABEL, LABEL, OWNER_LABEL

_RUN = """
import json, sys
path, out = json.loads(sys.argv[1])
sys.path[:0] = path
from datetime import UTC, datetime
from pathlib import Path
from responder.cli.run_folder import open_run_folder
from responder.incident import Incident

with open_run_folder(Path(out), Incident((), datetime.now(UTC)), when_killed=["responder.sandbox.reaper"]):
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.mark.docker
def test_the_janitor_removes_a_container_that_was_never_started(tmp_path: Path) -> None:
    """Killed between making its container and holding its lifeline, a run leaves neither container nor workspace."""
    task = json.dumps([sys.path, str(tmp_path)])
    run = subprocess.Popen([sys.executable, "-c", _RUN, task], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert run.stdin is not None and run.stdout is not None
    assert run.stdout.readline() == b"open\n"
    fields = Path(f"/proc/{run.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    owner = Owner(Owner.this_process().boot, run.pid, int(fields[19]))
    engine = connect(os.environ.get("DOCKER_HOST"))
    labels = {LABEL: "1", OWNER_LABEL: str(owner), DEADLINE_LABEL: str(int(time.time()) + 600)}
    container = engine.create_container(IMAGE, ["true"], labels=labels)["Id"]

    run.send_signal(signal.SIGKILL)
    run.communicate()

    def left() -> list[str]:
        found = [one["Id"] for one in engine.containers(all=True, filters={"label": f"{OWNER_LABEL}={owner}"})]
        return found + [str(path) for path in tmp_path.glob("*/.work")]

    try:
        Stopwatch().wait_for(lambda: not left(), 1.0)
        assert left() == []
    finally:
        if left():
            engine.remove_container(container, force=True)
        engine.close()
