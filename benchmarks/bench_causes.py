"""Speed and memory of the cause engine: 500 services, 10,000 events, 1,000 metric series, one database at fault.

    python benchmarks/bench_causes.py [--services 500] [--events 10000] [--series 1000] [--runs 3]

The first row gives the engine every event as a finding, many more than triage would keep; the second is the whole way
from files: a log for each service, one CSV of metrics and a topology. Seconds are the processor's, the best of the
runs; memory is the peak of a process that does nothing else. Prints one table.
"""

import argparse
import hashlib
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from responder.causes import default_engine as cause_engine
from responder.causes.interface import Explanation
from responder.evidence import FileSource
from responder.incident import Category, ComponentKind, Span
from responder.triage import default_engine as triage_engine
from responder.triage.interface import FileFacts, Finding, Level, Triage

START = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
CULPRIT = "db-0"
FULL = "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute"


def main() -> None:
    """Measure each way in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("services", 500), ("events", 10_000), ("series", 1_000), ("runs", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--way", choices=("findings", "files"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps(_measure(options)))
        return
    print("| what | processor s | peak MB | answer |\n|---|---|---|---|")
    for way in ("findings", "files"):
        command = [sys.executable, __file__, *sys.argv[1:], "--way", way]
        seen = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"| from {way} | {seen['seconds']:.2f} | {seen['megabytes']:.0f} | {seen['answer']} |")


def _measure(options: argparse.Namespace) -> dict[str, object]:
    rng = random.Random(7)
    seconds = []
    with tempfile.TemporaryDirectory(prefix="bench-causes-") as folder:
        if options.way == "files":
            _write(Path(folder), options, rng)
        else:
            given = _triage(options, rng)
        for _ in range(options.runs):
            began = time.process_time()
            if options.way == "files":
                given = triage_engine().triage(FileSource().collect([Path(folder)]).artifacts)
            explanation = cause_engine().explain(given)
            seconds.append(time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": min(seconds), "megabytes": peak, "answer": _answer(explanation)}


def _answer(explanation: Explanation) -> str:
    lead = explanation.hypotheses[0]
    return f"{lead.component} {lead.category.value} {lead.probability:.2f}"


def _calls(services: int, rng: random.Random) -> list[tuple[str, str]]:
    """Every service calls up to three of a later number, and every tenth the database."""
    pairs = [(f"svc-{a}", f"svc-{b}") for a in range(services) for b in _later(a, services, rng)]
    return pairs + [(f"svc-{a}", CULPRIT) for a in range(0, services, 10)]


def _later(number: int, services: int, rng: random.Random) -> list[int]:
    return sorted({rng.randrange(number + 1, services) for _ in range(3)}) if number + 1 < services else []


def _triage(options: argparse.Namespace, rng: random.Random) -> Triage:
    pairs = _calls(options.services, rng)
    findings = list(_findings(options, rng))
    names = sorted({name for pair in pairs for name in pair})
    facts = [FileFacts(f"{name}.log", 1000, "0" * 64, "text", 100, name, START, at(1200)) for name in names]
    findings.sort(key=lambda finding: -finding.salience)
    return Triage(tuple(findings), tuple(facts), components=tuple(names), dependencies=tuple(sorted(pairs)))


def _findings(options: argparse.Namespace, rng: random.Random) -> Iterator[Finding]:
    yield _finding(FULL, CULPRIT, 1, 60, Category.CONNECTIONS, salience=0.95, cause=True)
    kinds = (Category.CONNECTIVITY, Category.LATENCY, Category.DEPENDENCY_UNAVAILABLE, Category.UNKNOWN)
    for number in range(options.events - 1):
        name, category = f"svc-{rng.randrange(options.services)}", rng.choice(kinds)
        text = f"ERROR call {number} to svc-{rng.randrange(options.services)} failed after {rng.random():.3f} s"
        metric = f"m{number % 5}" if number < options.series else ""
        begun = rng.uniform(62, 900)
        yield _finding(text, name, number + 2, begun, category, salience=rng.uniform(0.3, 0.8), metric=metric)


def _finding(
    text: str,
    name: str,
    line: int,
    seconds: float,
    category: Category,
    *,
    salience: float,
    cause: bool = False,
    metric: str = "",
) -> Finding:
    return Finding(
        kind="trend" if metric else "signature" if cause or category is not Category.UNKNOWN else "error",
        span=Span(f"{name}.log", line, line, line),
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        count=1 + line % 40,
        salience=salience,
        why="it stands out",
        category=category,
        role="cause" if cause else "symptom",
        component=name,
        component_kind=ComponentKind.DATABASE if cause else ComponentKind.SERVICE,
        level=Level.ERROR,
        timestamp=at(seconds),
        last_seen=at(seconds + 200),
        captures={"metric": metric} if metric else {},
        explains=("network.*", "dependency.*") if cause else (),
    )


def at(seconds: float) -> datetime:
    """A moment of the corpus."""
    return START + timedelta(seconds=seconds)


def _write(folder: Path, options: argparse.Namespace, rng: random.Random) -> None:
    pairs = _calls(options.services, rng)
    (folder / "topology.json").write_text(json.dumps({"edges": [{"from": a, "to": b} for a, b in pairs]}))
    each = max(1, options.events // options.services)
    hurt = {a for a, b in pairs if b == CULPRIT}
    for number in range(options.services):
        name = f"svc-{number}"
        failing = f"ERROR could not connect to {CULPRIT}: Connection refused" if name in hurt else "INFO request served"
        lines = [
            f"{at(30 + 40 * n):%Y-%m-%dT%H:%M:%SZ} {'INFO request served' if n < 3 else failing}" for n in range(each)
        ]
        (folder / f"{name}.log").write_text("\n".join(lines) + "\n")
    lines = [f"{at(120 + n):%Y-%m-%d %H:%M:%S}.000 UTC [{n}] {FULL}" for n in range(60)]
    (folder / f"{CULPRIT}.log").write_text("\n".join(lines) + "\n")
    names = [
        f"svc-{n % options.services}_{'latency' if n < options.services else 'errors'}" for n in range(options.series)
    ]
    rows = [",".join(["timestamp", *names])]
    for minute in range(30):
        values = [
            f"{rng.uniform(9, 11) * (8 if minute > 15 and name.split('_')[0] in hurt else 1):.2f}" for name in names
        ]
        rows.append(",".join([f"{at(60 * (minute - 14)):%Y-%m-%dT%H:%M:%SZ}", *values]))
    (folder / "metrics.csv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
