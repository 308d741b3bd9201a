"""Write the bundled incidents again, byte for byte: `python sample_logs/generate.py [--out FOLDER]`.

Each incident is one module of `generator/` that tells its story in code. The expected answers (`expected.toml`) are
written by hand and are not touched. To add an incident: a module with `scene() -> Scene`, its name below, an
`expected.toml` beside its logs.
"""

import argparse
from importlib import import_module
from pathlib import Path

INCIDENTS = (
    "postgres_connection_starvation",
    "memory_leak_oom",
    "disk_full_database",
    "expired_tls_certificate",
    "dns_failure_cascade",
    "bad_config_rollout",
    "failed_ci_job",
    "healthy",
)


def main() -> None:
    """Write every incident below `--out`, by default beside this file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    out = parser.parse_args().out
    for name in INCIDENTS:
        import_module(f"generator.{name}").scene().write(out)


if __name__ == "__main__":
    main()
