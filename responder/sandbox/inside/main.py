"""Which of the inside programs to run: the first argument; the second is its configuration as JSON."""

import json
import sys


def main() -> None:
    """Run the program named on the command line."""
    program, config = sys.argv[1], json.loads(sys.argv[2])
    if program == "deadman":
        from .deadman import stand

        stand(config)
    elif program == "descend":
        from .descend import descend

        descend(config, sys.argv[3:])
    else:
        from .supervisor import serve

        serve(config)
