"""What the janitor of a killed run calls, in the circumstances it is called in."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def test_the_reaper_needs_the_standard_library_only() -> None:
    """It loads in the janitor's interpreter, which sees no installed package; or else no container would be removed."""
    program = f"import sys; sys.path[:0] = {[str(PROJECT)]!r}; from responder.sandbox.reaper import main"

    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
