"""How long agent code waits: each backend against AutoGen's own Docker executor, interleaved in one run.

python benchmarks/sandbox.py [--rounds 30] [--without-stock] [--json FILE]
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path

from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor
from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor
from docker.errors import DockerException

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from responder.errors import SandboxUnavailable
from responder.sandbox.adapter import executor_for
from responder.sandbox.engine import IMAGE
from responder.sandbox.interface import BackendName, Mounts
from responder.sandbox.select import TIERS, build_sandbox

PHASES = ("start", "first block", "second block", "stop", "cycle")
_BLOCK = [CodeBlock(code="print(1)", language="python")]


def stock(folder: Path) -> CodeExecutor:
    work = folder / "stock"
    work.mkdir(exist_ok=True)
    # The image calls its interpreter python3; the stock executor calls it python.
    return DockerCommandLineCodeExecutor(IMAGE, work_dir=work, init_command="ln -sf /usr/bin/python3 /usr/bin/python")


def ours(backend: BackendName) -> Callable[[Path], CodeExecutor]:
    def build(folder: Path) -> CodeExecutor:
        return executor_for(build_sandbox(backend, mounts=Mounts(scratch=folder / f"scratch-{backend}")))

    return build


async def measure(build: Callable[[Path], CodeExecutor], folder: Path) -> dict[str, float]:
    """Milliseconds of each phase of one life."""
    executor = build(folder)
    marks = {}

    async def phase(name: str, step: Callable[[], Awaitable[object]]) -> object:
        since = time.perf_counter()
        result = await step()
        marks[name] = (time.perf_counter() - since) * 1000
        return result

    await phase("start", executor.start)
    for name in ("first block", "second block"):
        result = await phase(name, lambda: executor.execute_code_blocks(_BLOCK, CancellationToken()))
        assert result.output.strip() == "1", result  # type: ignore[attr-defined]
    await phase("stop", executor.stop)
    marks["cycle"] = marks["start"] + marks["first block"] + marks["stop"]
    return marks


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--without-stock", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    builders = {} if options.without_stock else {"stock": stock}
    builders |= {backend: ours(backend) for backend in TIERS}
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in builders}
    with tempfile.TemporaryDirectory(prefix="sandbox-benchmark-") as folder:
        for number in range(options.rounds):
            for name, build in list(builders.items()):
                try:
                    rows[name].append(await measure(build, Path(folder)))
                except (SandboxUnavailable, DockerException) as error:
                    print(f"\n{name} is left out from here on: {error}")
                    del builders[name]
            print(f"\rround {number + 1}/{options.rounds}", end="", flush=True)
    medians = {
        name: {phase: statistics.median(row[phase] for row in found) for phase in PHASES}
        for name, found in rows.items()
        if found
    }
    print(f"\n{'median ms':12}" + "".join(f"{phase:>14}" for phase in PHASES))
    for name, found in medians.items():
        print(f"{name:12}" + "".join(f"{found[phase]:14.1f}" for phase in PHASES))
    if "stock" in medians:
        for name in medians:
            print(f"{name:12} cycle is 1/{medians['stock']['cycle'] / medians[name]['cycle']:.0f} of stock's")
    if options.json:
        options.json.write_text(json.dumps({"rounds": options.rounds, "medians_ms": medians}, indent=2) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
