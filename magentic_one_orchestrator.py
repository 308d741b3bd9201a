#!/usr/bin/env python3
"""Explain an incident from its logs with a sandboxed Magentic-One team; `--help` says how."""

import gc
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said in words here, where an import error would be a riddle
    sys.exit("error: Python 3.11 or newer is needed")

gc.disable()  # no module that is loaded is garbage; `run` enables it again
try:
    from responder.cli.main import run
except ModuleNotFoundError as missing:
    sys.exit(
        f"error: the Python package {missing.name!r} is not installed\n"
        "hint: `make run` sets everything up; or: pip install -r requirements.txt"
    )
except KeyboardInterrupt:
    sys.exit(130)

if __name__ == "__main__":
    run()
