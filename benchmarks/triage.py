"""Speed of triage on a corpus it makes itself: seeded, several formats, an outage inside.

    python benchmarks/triage.py [--megabytes 200] [--workers 2]

Prints one table and writes it to benchmarks/RESULTS.md. `wc -l` and `rg` (when installed) run beside it in the same
minute, so that ratios mean something on a busy machine.
"""

import argparse
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from responder.evidence import FileSource
from responder.triage import Engine
from responder.triage.signatures import packaged_rules

SHAPES = (
    "{t}Z INFO [orders] request {n} done in {m} ms path=/orders/{n}",
    '{{"time":"{t}Z","level":"info","service":"cart","msg":"basket read","id":{n},"took_ms":{m}}}',
    '{t}.{m:03}Z stderr F level=debug msg="cache hit" key=user:{n}',
    "{t}.{m:03} UTC [{m}] app@orders LOG:  duration: {m}.1 ms  statement: SELECT * FROM orders WHERE id = {n}",
    '10.0.{a}.{b} - - [02/Jan/2026:03:04:05 +0000] "GET /item/{n} HTTP/1.1" 200 {n} "-" "agent/{m}"',
    "{t},{m:03} WARN [pool-{a}] c.e.Cache - evicted {n} entries",
)
TROUBLE = (
    "{t}.{m:03} UTC [{m}] app@orders FATAL:  remaining connection slots are reserved for superuser connections",
    "{t}Z ERROR [orders] QueuePool limit of size {a} overflow {b} reached, connection timed out, request {n}",
)


def write_corpus(path: Path, megabytes: int, seed: int = 7) -> None:
    chance = random.Random(seed)
    written = second = 0
    with path.open("w", encoding="utf-8") as file:
        while written < megabytes * 1_000_000:
            second += 1
            stamp = (
                f"2026-01-{2 + second // 86_400:02}T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
            )
            shapes = TROUBLE if second % 97 == 0 else SHAPES
            lines = [
                chance.choice(shapes).format(
                    t=stamp, n=chance.randrange(10**6), m=chance.randrange(1000), a=chance.randrange(99), b=second % 251
                )
                for _ in range(200)
            ]
            block = "\n".join(lines) + "\n"
            file.write(block)
            written += len(block)


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--megabytes", type=int, default=200)
    arguments.add_argument("--workers", type=int, default=2)
    options = arguments.parse_args()
    rules = packaged_rules()
    words = "|".join(rule.match[0][:24].replace("\\", "") for rule in list(rules)[:60] if rule.match[0].isascii())
    rows: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mixed.log")
        write_corpus(path, options.megabytes)
        size = path.stat().st_size / 1e6
        artifacts = FileSource().collect([path]).artifacts
        for workers in sorted({1, options.workers}):
            engine = Engine(rules=rules, workers=workers)
            rows.append((f"triage, {workers} process(es)", timed(lambda engine=engine: engine.triage(artifacts))))
        for name, command in (("wc -l", ["wc", "-l"]), ("rg -c, 60 literals", ["rg", "-cF", words])):
            if shutil.which(command[0]):
                run = [*command, str(path)]
                rows.append((name, timed(lambda run=run: subprocess.run(run, check=False, capture_output=True))))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    table = ["| what | seconds | MB/s |", "|---|---|---|"]
    table += [f"| {name} | {seconds:.2f} | {size / seconds:.0f} |" for name, seconds in rows]
    text = f"# Triage speed\n\n{size:.0f} MB of mixed logs, peak memory {peak} MB.\n\n" + "\n".join(table) + "\n"
    print(text)
    Path(__file__).with_name("RESULTS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
