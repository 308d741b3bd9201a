"""Write the multi-signal incidents again, byte for byte: `python generate.py [--out FOLDER]`.

Each is one module of `stories/`, told with the dice and the clock of the bundled samples; `expected.toml` is written by
hand. They are small on purpose: each holds one thing that leads a hasty reader astray.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
STORIES = (
    "red_herring",
    "two_faults",
    "cause_outside",
    "bad_release",
    "bad_setting",
    "lost_node",
    "dns_outage",
    "skewed_clock",
    "missing_metrics",
    "recovered",
    "scary_words",
    "retry_storm",
)


def main() -> None:
    """Write every incident below `--out`, by default beside this file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=HERE)
    out = parser.parse_args().out
    sys.path[:0] = [str(HERE), str(HERE.parents[2] / "sample_logs")]
    for name in STORIES:
        import_module(f"stories.{name}").scene().write(out)


if __name__ == "__main__":
    main()
