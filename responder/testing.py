"""Doubles for the parts that tests cannot have for real: a paid model, a clock, a disk that must not be touched.

They are public, so that a third-party source, backend or team can be tested the way ours are.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from responder.audit.interface import EventKind, Head
from responder.causes.interface import Explanation
from responder.incident import Incident
from responder.sandbox.interface import Execution, Sandbox, SandboxInfo
from responder.staging.interface import Segment, Staged, StagedFile
from responder.team.case import Case

__all__ = ["FixedClock", "MemoryJournal", "ScriptedSandbox", "case_of", "execution"]


class FixedClock:
    """Starts at a known moment and moves one second at each reading."""

    def __init__(self, start: datetime = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)) -> None:
        self._moments: Iterator[datetime] = (start + timedelta(seconds=count) for count in range(1_000_000))

    def __call__(self) -> datetime:
        """Return the next moment."""
        return next(self._moments)


class MemoryJournal:
    """A `Journal` that keeps its events in a list; it seals nothing."""

    def __init__(self) -> None:
        self.events: list[tuple[EventKind, Mapping[str, Any]]] = []

    def record(self, event: EventKind, data: Mapping[str, Any]) -> int:
        """Keep one event."""
        self.events.append((event, data))
        return len(self.events)

    def head(self) -> Head:
        """Return the number of events and no hash."""
        return Head(len(self.events), "0" * 64)

    def of(self, event: EventKind) -> list[Mapping[str, Any]]:
        """Return the data of all events of one kind."""
        return [data for kind, data in self.events if kind == event]


def execution(output: str, *, exit_code: int = 0, code: str = "", language: str = "python") -> Execution:
    """Return what a sandbox would, for code that printed `output` and ended by itself."""
    return Execution(language, code, "0" * 64, exit_code, "exited", output, 0.01)


class ScriptedSandbox(Sandbox):
    """Runs nothing: answers each block with the next output of a list, the last one again when it is used up."""

    def __init__(self, outputs: Sequence[str]) -> None:
        self.info = SandboxInfo("bwrap", "scripted for a test")
        self.ran: list[str] = []
        self._outputs = list(outputs)

    async def start(self) -> None:
        """Do nothing."""

    async def execute(self, code: str, *, language: str = "python", name: str | None = None) -> Execution:
        """Answer with the next output."""
        self.ran.append(code)
        output = self._outputs.pop(0) if len(self._outputs) > 1 else self._outputs[0]
        return execution(output, code=code, language=language)

    async def stop(self) -> None:
        """Do nothing."""


def case_of(explanation: Explanation, files: Mapping[str, str], root: Path, *, task: str = "") -> Case:
    """Stage whole files under `root` and return the case a team would get.

    Args:
        explanation: Its evidence must point into `files`.
        files: Text by evidence path.
        root: An empty folder.
        task: The caller's question.
    """
    staged: list[StagedFile] = []
    index: list[dict[str, object]] = []
    for path, text in files.items():
        name = path.replace("/", "_")
        (root / name).write_text(text, encoding="utf-8", newline="\n")
        lines = text.removesuffix("\n").count("\n") + 1
        staged.append(StagedFile(path, name, lines, (Segment(1, 1, lines),)))
        index.append({"path": path, "staged": name, "lines": lines, "segments": [[1, 1, lines]]})

    (root / "index.json").write_text(json.dumps({"files": index}), encoding="utf-8")
    incident = Incident((root,), datetime(2026, 3, 14, 12, 0, tzinfo=UTC), task)
    return Case(incident, explanation, Staged(root, tuple(staged)), "n0nce123")
