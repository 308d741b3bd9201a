"""Tokens to the answer: this tool against AutoGen's stock MagenticOne team, with one scripted model behind both.

The model is the same careful reader for both: it has the next page shown until it has read, wherever it was shown it,
the line on which the answer rests and every word that the story must mention; then it concludes. The stock team opens
the logs in the order of their names, page by page; ours begins with the numbered evidence and opens one piece after the
other. Tokens are characters over four, prompts and replies alike. Printed as well: what the tool itself costs beside
the model, in CPU a turn and in seconds to the first call.
"""

import asyncio
import json
import logging
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))
warnings.simplefilter("ignore")

# ruff: noqa: E402 - the project is found first, and the stock team's converter is loaded before ours leaves it away
import markitdown
from autogen_agentchat.teams import MagenticOneGroupChat
from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import CreateResult, LLMMessage, RequestUsage
from autogen_core.tools import Tool, ToolSchema

from responder.causes import default_engine as cause_engine
from responder.evidence import FileSource
from responder.incident import Incident
from responder.pipeline import Deps, investigate
from responder.safety.redact import Redactor
from responder.sandbox.audited import AuditedSandbox
from responder.staging.copies import StagingArea
from responder.team.analyst.client import AnalystClient
from responder.team.guard.clients import ClientWrapper, JsonOutput, ToolChoice, text_of
from responder.team.guard.ledger import Ledger
from responder.team.guard.meter import Allowance
from responder.team.magentic import MagenticTeam
from responder.team.models import ModelChoice
from responder.testing import MemoryJournal
from responder.triage import default_engine as triage_engine
from tests.acceptance.expectation import SAMPLES, load
from tests.team.models.endpoint import Answer, endpoint

assert hasattr(markitdown.MarkItDown, "convert_stream")
INCIDENTS = [path.parent.name for path in sorted(SAMPLES.glob("*/expected.toml")) if path.parent.name != "healthy"]
TALK = "I have noted what is known and what has to be looked up in the logs next. " * 4
NEXT = re.compile(r"NEXT: (\w+) (\{.*\})")

Choose = Callable[[Sequence[LLMMessage]], tuple[str, dict[str, Any]]]
"""The next tool call, from the thread."""


@dataclass
class Reader(ClientWrapper):
    """The scripted model; `choose` is how one team's tools turn the next page."""

    needles: Sequence[Sequence[str]]
    """Of each group one has to be read."""
    choose: Choose
    tokens: int = 0
    calls: int = 0
    read: str = ""
    cpu: list[float] = field(default_factory=list)
    """CPU seconds of the process at each call."""

    def __post_init__(self) -> None:
        super().__init__(AnalystClient(lambda messages, wants_ledger: ""))

    async def create(
        self,
        messages: Sequence[LLMMessage],
        *,
        tools: Sequence[Tool | ToolSchema] = (),
        tool_choice: ToolChoice = "auto",
        json_output: JsonOutput = None,
        extra_create_args: Mapping[str, Any] = {},
        cancellation_token: CancellationToken | None = None,
    ) -> CreateResult:
        self.cpu.append(time.process_time())
        reply: str | list[FunctionCall] = TALK
        if tools:
            found = NEXT.findall(text_of(messages[-1]))
            name, arguments = found[-1] if found else ("list_files", "{}")
            reply = [FunctionCall(id="1", name=name, arguments=arguments)]
        elif json_output:
            self.read += "".join(text_of(message) for message in messages)
            seen = all(any(needle in self.read for needle in group) for group in self.needles)
            name, values = ("", {}) if seen else self.choose(messages)
            instruction = f"NEXT: {name} {json.dumps(values)}"
            reply = Ledger.make(
                satisfied=seen, reason="go on", speaker="FileSurfer", instruction=instruction
            ).model_dump_json()
        elif '"root_cause"' in text_of(messages[-1]):
            reply = '{"root_cause": "H1", "claims": [{"text": "the line says so", "evidence": ["E1"]}]}'
        schemas = [json.dumps(tool.schema if isinstance(tool, Tool) else tool) for tool in tools]
        sent = sum(len(text_of(message)) for message in messages) + sum(map(len, schemas))
        self.calls += 1
        self.tokens += (sent + len(reply if isinstance(reply, str) else str(reply))) // 4
        return CreateResult(finish_reason="stop", content=reply, usage=RequestUsage(0, 0), cached=False)


def page_by_page(paths: Sequence[Path]) -> Choose:
    """Open the files in order, and turn each to its end."""
    left = list(paths)

    def choose(messages: Sequence[LLMMessage]) -> tuple[str, dict[str, Any]]:
        pages = [text_of(item) for item in messages if getattr(item, "source", "") == "FileSurfer"]
        shown = re.findall(r"Showing page (\d+) of (\d+)", pages[-1]) if pages else []
        if shown and shown[-1][0] != shown[-1][1]:
            return "page_down", {}
        return ("open_path", {"path": str(left.pop(0))}) if left else ("page_down", {})

    return choose


def evidence_by_evidence() -> Choose:
    """Open E1, E2, ... in turn."""
    number = iter(range(1, 1000))
    return lambda messages: ("context", {"id": f"E{next(number)}"})


async def stock(logs: Path, task: str, reader: Reader) -> None:
    from autogen_ext.agents.file_surfer import FileSurfer

    surfer = FileSurfer("FileSurfer", model_client=reader, base_path=str(logs))
    team = MagenticOneGroupChat([surfer], reader, max_turns=5_000)
    await team.run(task=f"Find the root cause of an incident from the log files in {logs}. {task}")


async def ours(logs: Path, task: str, reader: Reader) -> Any:
    redactor, journal = Redactor(), MemoryJournal()

    async def sandbox() -> tuple[AuditedSandbox | None, str]:
        return None, "not measured here"

    with tempfile.TemporaryDirectory() as folder:
        team = MagenticTeam(
            choice=ModelChoice("compatible", "scripted", "", ""),
            allowance=Allowance(max_turns=50, budget_tokens=10_000_000),
            sandbox=sandbox,
            journal=journal,
            redactor=redactor,
            tell=lambda line: None,
            make_client=lambda *_: reader,
        )
        deps = Deps(
            evidence=FileSource(),
            triage=triage_engine(),
            causes=cause_engine(),
            redactor=redactor,
            staging=StagingArea(redactor=redactor),
            team=team,
            journal=journal,
            staged_root=Path(folder),
            nonce="n0nce123",
            sandbox=lambda: None,
            tell=lambda line: None,
        )
        return (await investigate(Incident((logs,), datetime.now(UTC), task), deps=deps)).report.conclusion


def seconds_to_first_call(logs: Path) -> float:
    """Start the real command against an endpoint that refuses, and see when it is asked first."""
    asked: list[float] = []

    def refuse(request: dict[str, Any], number: int) -> Answer:
        asked.append(time.perf_counter())
        return Answer(401)

    with endpoint(refuse) as served, tempfile.TemporaryDirectory() as folder:
        program = [sys.executable, PROJECT / "magentic_one_orchestrator.py", "investigate", logs, "--out", folder]
        began = time.perf_counter()
        subprocess.run(
            [*program, "--base-url", served.url, "--model", "m", "--sandbox", "off"], capture_output=True, check=False
        )
    return asked[0] - began


async def main() -> int:
    logging.disable(logging.CRITICAL)
    print(f"{'incident':34}{'stock':>22}{'ours':>22}{'share':>8}{'CPU a turn':>14}{'to first call':>15}")
    total = {"stock": 0, "ours": 0}
    for name in INCIDENTS:
        expected = load(SAMPLES / name)
        place = expected.places[0]
        content = (expected.logs / place.path).read_bytes().decode("utf-8", "replace").split("\n")
        lines = [content[number - 1].strip()[-60:] for number in place.lines(expected.logs)]
        needles = [lines, *([word] for word in expected.must_mention)]
        paths = sorted(path for path in expected.logs.rglob("*") if path.is_file())
        theirs, mine = Reader(needles, page_by_page(paths)), Reader(needles, evidence_by_evidence())
        await stock(expected.logs, expected.task, theirs)
        conclusion = await ours(expected.logs, expected.task, mine)
        turn = (mine.cpu[-1] - mine.cpu[0]) / max(1, conclusion.usage.turns)
        seconds = seconds_to_first_call(expected.logs)
        total["stock"] += theirs.tokens
        total["ours"] += mine.tokens
        print(
            f"{name:34}{f'{theirs.tokens:,} in {theirs.calls}':>22}{f'{mine.tokens:,} in {mine.calls}':>22}"
            f"{mine.tokens / theirs.tokens:>8.1%}{turn * 1000:>11.0f} ms{seconds:>13.2f} s"
        )
    print(f"{'all':34}{total['stock']:>22,}{total['ours']:>22,}{total['ours'] / total['stock']:>8.1%}")
    return 0 if total["ours"] <= total["stock"] / 10 else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
