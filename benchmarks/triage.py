"""Speed of triage on corpora it makes itself; `corpus.py` says what they are like and why.

    python benchmarks/triage.py [--megabytes 1000] [--runs 3]

Every row is a whole process, start included; each is run several times, in turns, and the median counts. Peers run when
they are installed (`rg`, `logsleuth` on the PATH, `drain3` importable), the slow ones on a part of the corpus. Prints
one table and writes it to benchmarks/RESULTS.md. On a busy machine read the processor's seconds, not the wall's.
"""

import argparse
import importlib.util
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.corpus import artifact_folder, build_log, many_kinds, one_line, service_log
from responder.triage.signatures import packaged_rules

ROOT = Path(__file__).resolve().parent.parent
TRIAGE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
if sys.argv[4] == "plain":
    sys.modules["isal"] = sys.modules["responder.triage._speed"] = None
from responder.evidence import FileSource
from responder.triage import Engine
from responder.triage.signatures import packaged_rules
Engine(rules=packaged_rules(), workers=int(sys.argv[2])).triage(FileSource().collect([Path(sys.argv[1])]).artifacts)
"""
DRAIN = """
import sys
from drain3 import TemplateMiner
miner = TemplateMiner()
for line in open(sys.argv[1]):
    miner.add_log_message(line.rstrip())
"""


@dataclass
class Row:
    name: str
    command: list[str]
    megabytes: float
    one_core: bool = True
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak_megabytes: int = 0

    def run(self) -> None:
        cores = sorted(os.sched_getaffinity(0))
        pin = ["taskset", "-c", str(cores[0])] if self.one_core and shutil.which("taskset") else []
        start = time.perf_counter()
        process = subprocess.Popen([*pin, *self.command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, used = os.wait4(process.pid, 0)
        self.wall.append(time.perf_counter() - start)
        self.processor.append(used.ru_utime + used.ru_stime)
        self.peak_megabytes = max(self.peak_megabytes, used.ru_maxrss >> 10)

    def __str__(self) -> str:
        wall, processor = statistics.median(self.wall), statistics.median(self.processor)
        speeds = f"{self.megabytes / wall:.1f} | {self.megabytes / processor:.1f}"
        return (
            f"| {self.name} | {self.megabytes:.1f} | {wall:.2f} | {processor:.2f} | {speeds} | {self.peak_megabytes} |"
        )


def head_of(path: Path, megabytes: float) -> Path:
    """The first lines of the corpus, for peers that would take all day."""
    part = path.with_name(f"first-{megabytes}.log")
    with path.open("rb") as file:
        part.write_bytes(file.read(int(megabytes * 1e6)))
    return part


def command_rows(folder: Path) -> list[Row]:
    """Whole commands, as people and pipelines run them."""
    entrypoint, out = str(ROOT / "magentic_one_orchestrator.py"), str(folder / "reports")
    sample = ROOT / "sample_logs" / "postgres-connection-starvation" / "logs"
    small, middle, artifacts = folder / "build-1.log", folder / "build-5.log", folder / "artifacts"
    kinds, line = folder / "kinds.log", folder / "line.log"
    build_log(small, 1)
    build_log(middle, 5)
    artifact_folder(artifacts, 200)
    many_kinds(kinds, 1_000_000)
    one_line(line, 200)

    def command(name: str, path: Path, *words: str) -> Row:
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        size = sum(file.stat().st_size for file in files) / 1e6
        return Row(name, [sys.executable, entrypoint, *words, str(path)], size, one_core=False)

    agentless = ("ci", "--no-agents", "--quiet", "--checkout", str(folder), "--out", out)
    return [
        command("`triage`, the default sample", sample, "triage"),
        command("`triage`, a build log of 1 MB", small, "triage"),
        command("`ci --no-agents`, a build log of 5 MB", middle, *agentless),
        command("`ci --no-agents`, a folder of artifacts", artifacts, *agentless),
        command("`triage`, a million kinds of lines", kinds, "triage"),
        command("`triage`, one line", line, "triage"),
    ]


def rows_for(path: Path) -> list[Row]:
    size = path.stat().st_size / 1e6
    packed = path.with_suffix(".log.gz")
    with packed.open("wb") as file:
        subprocess.run(["gzip", "-1", "-c", str(path)], stdout=file, check=True)

    def triage(file: Path, workers: int, engine: str) -> list[str]:
        return [sys.executable, "-c", TRIAGE, str(file), str(workers), str(ROOT), engine]

    rows = [
        Row("triage, one core", triage(path, 1, "fast"), size),
        Row("triage, one core, nothing compiled, no isal", triage(path, 1, "plain"), size),
        Row("triage, two threads", triage(path, 2, "fast"), size, one_core=False),
        Row("triage of gzip", triage(packed, 1, "fast"), size, one_core=False),
        Row("gzip -dc", ["gzip", "-dc", str(packed)], size),
        Row("wc -l", ["wc", "-l", str(path)], size),
    ]
    if shutil.which("rg"):
        rules = [rule.pattern.pattern for rule in packaged_rules()]
        listed = path.with_name("signatures.txt")
        listed.write_text("\n".join(re.sub(r"\(\?P<\w+>", "(?:", rule) for rule in rules) + "\n", encoding="utf-8")
        command = ["rg", "-c", "--dfa-size-limit", "2G", "--regex-size-limit", "2G", "-f", str(listed), str(path)]
        rows.append(Row(f"rg -c, the same {len(rules)} signatures", command, size))
        few = path.with_name("few.txt")
        few.write_text("\n".join(listed.read_text("utf-8").splitlines()[:60]) + "\n", encoding="utf-8")
        rows.append(Row("rg -c, 60 of them", ["rg", "-c", "-f", str(few), str(path)], size))
    if shutil.which("logsleuth"):
        rows.append(Row("logsleuth --dry-run", ["logsleuth", "--dry-run", str(head_of(path, 2))], 2))
    if importlib.util.find_spec("drain3"):
        rows.append(Row("drain3", [sys.executable, "-c", DRAIN, str(head_of(path, 5))], 5))
    return rows


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--megabytes", type=int, default=1000)
    arguments.add_argument("--runs", type=int, default=3)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mixed.log")
        service_log(path, options.megabytes)
        rows = [*command_rows(Path(folder)), *rows_for(path)]
        for _ in range(options.runs):
            for row in rows:
                row.run()
    table = [
        "| what | MB | wall s | processor s | MB/s of wall | MB/s of processor | peak MB |",
        "|---|---|---|---|---|---|---|",
        *map(str, rows),
    ]
    load = os.getloadavg()[0]
    note = (
        f"Median of {options.runs} runs in turns, process start included. Peak memory of the largest process. "
        f"Measured on {datetime.now(UTC):%d %B %Y}, {os.cpu_count()} shared cores, {load:.0f} programs running: "
        "where others run too, the processor's seconds tell more than the wall's."
    )
    text = f"# Triage speed\n\n{note} Made by `python benchmarks/triage.py`.\n\n" + "\n".join(table) + "\n"
    print(text)
    Path(__file__).with_name("RESULTS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
