"""Runs inside the sandbox: tests one hypothesis against the staged logs and prints a typed verdict.

`source_for` turns this very file into a stand-alone program, so what is tested here is what runs there. Its reading of
clocks is written apart from the engine's on purpose: two readings that agree say more than one. Standard library only.
"""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

__all__ = ["judge", "main"]

UTC = timezone.utc  # noqa: UP017 - the Python of the sandbox may be older than ours

MOST_REASONS = 3
_NAMES = "JanFebMarAprMayJunJulAugSepOctNovDec"
MONTHS = {_NAMES[3 * index : 3 * index + 3]: index + 1 for index in range(12)}
ISO = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|UTC|[+-]\d\d:?\d\d)?")
CLF = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})")
SYSLOG = re.compile(r"\b([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)")
EPOCH = re.compile(r'"(?:ts|time|timestamp|epoch)"\s*:\s*(\d{10})(\d{3})?(?:\.(\d+))?\b')


def when(line: str, year: int) -> datetime | None:
    """Read the clock of a line; a zone that is not stated is taken for UTC, a missing year for `year`."""
    head = line[:400]
    if found := ISO.search(head):
        parts = [int(part) for part in found.groups()[:6]]
        microseconds = int((found[7] or "0").ljust(6, "0")[:6])
        return _moment(parts, microseconds, found[8])
    if found := CLF.search(head):
        day, month, stated_year, hour, minute, second = found.groups()[:6]
        if month in MONTHS:
            return _moment(
                [int(stated_year), MONTHS[month], int(day), int(hour), int(minute), int(second)], 0, found[7]
            )
    if found := EPOCH.search(head):
        return datetime.fromtimestamp(int(found[1]), UTC)
    if (found := SYSLOG.search(head)) and found[1] in MONTHS:
        return _moment([year, MONTHS[found[1]], *(int(part) for part in found.groups()[1:])], 0, None)
    return None


def _moment(parts: list[int], microseconds: int, zone: str | None) -> datetime | None:
    try:
        naive = datetime(*parts[:6], microseconds, tzinfo=UTC)  # type: ignore[misc,arg-type]  # six parts by the patterns
        if not zone or zone in ("Z", "UTC"):
            return naive
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        return naive.replace(tzinfo=timezone(offset if zone[0] == "+" else -offset)).astimezone(UTC)
    except ValueError:
        return None


class Logs:
    """The staged folder, read file by file."""

    def __init__(self, root: Path, year: int) -> None:
        self.root = root
        self.year = year
        index = json.loads((root / "index.json").read_text(encoding="utf-8"))
        self.files = {entry["path"]: entry for entry in index["files"]}

    def records(self, path: str) -> list[tuple[int, str]]:
        """Return the staged lines of a file with their original numbers."""
        entry = self.files[path]
        lines = (self.root / entry["staged"]).read_bytes().decode("utf-8", "replace").split("\n")
        return [
            (original + offset, lines[staged + offset - 1])
            for staged, original, count in entry["segments"]
            for offset in range(count)
            if staged + offset <= len(lines)
        ]

    def matches(self, path: str, needle: str) -> list[tuple[int, datetime | None]]:
        """Return where a literal text occurs: original line number, and the clock of the line or of one before it."""
        found: list[tuple[int, datetime | None]] = []
        clock: datetime | None = None
        for number, text in self.records(path):
            clock = when(text, self.year) or clock
            if needle in text:
                found.append((number, clock))
        return found


def judge(logs: Logs, check: dict[str, Any]) -> tuple[bool | None, str]:
    """Test one prediction: whether it holds (None when the logs cannot say), and the numbers seen."""
    first = logs.matches(check["first"]["path"], check["first"]["needle"])
    if check["kind"] in ("present", "count_at_least"):
        return len(first) >= max(1, check["count"]), f"{len(first)} found{_since(first)}"
    second = logs.matches(check["second"]["path"], check["second"]["needle"])
    days = {matches[0][1].date() for matches in (first, second) if matches and matches[0][1]}
    seen = ", ".join(
        f"{check[which]['id']}{_since(matches, dated=len(days) > 1)}"
        for which, matches in (("first", first), ("second", second))
    )
    if not first or not second:
        return False, f"{seen}; {check['first' if second else 'second']['id']} is not in its file"
    order = _order(check, first[0], second[0])
    if order is None:
        return None, f"{seen}; the two clocks cannot be compared"
    # `absent_before` asks that nothing like the first happened before the second; `precedes` asks the opposite.
    return (order >= 0 if check["kind"] == "absent_before" else order <= 0), seen


def _order(
    check: dict[str, Any], first: tuple[int, datetime | None], second: tuple[int, datetime | None]
) -> float | None:
    if check["first"]["path"] == check["second"]["path"]:
        return first[0] - second[0]
    if first[1] is None or second[1] is None:
        return None
    return (first[1] - second[1]).total_seconds()


def _since(matches: list[tuple[int, datetime | None]], *, dated: bool = False) -> str:
    if not matches:
        return ""
    number, clock = matches[0]
    return f" from {clock:{'%Y-%m-%d ' if dated else ''}%H:%M:%S} UTC" if clock else f" from line {number}"


def main(case: dict[str, Any], root: Path) -> int:
    """Test every prediction of the hypothesis, print what was seen, and print the verdict."""
    logs = Logs(root, case["year"])
    outcomes: list[bool | None] = []
    reasons: list[str] = []
    cited: list[str] = []
    print(f"{case['hypothesis']}: {case['summary']}")
    for check in case["checks"]:
        try:
            holds, seen = judge(logs, check)
        except (OSError, KeyError) as error:
            holds, seen = None, f"could not be read: {error}"
        outcomes.append(holds)
        word = {True: "holds", False: "FAILS", None: "undecided"}[holds]
        print(f"  {word}: {check['statement']} [{seen}]")
        reasons.append(f"{check['statement']} ({seen})")
        cited += [side["id"] for side in (check["first"], check.get("second")) if side]
    outcome = "refuted" if False in outcomes else "confirmed" if True in outcomes else "none"
    told = [reason for holds, reason in zip(outcomes, reasons) if holds is (outcome == "confirmed")]  # noqa: B905
    more = f"; and {len(told) - MOST_REASONS} more" if len(told) > MOST_REASONS else ""
    verdict = {
        "hypothesis": case["hypothesis"],
        "outcome": outcome,
        "because": ("; ".join(told[:MOST_REASONS]) + more)[:1500] or "none of its predictions could be judged",
        "evidence": list(dict.fromkeys(cited)),
    }
    print(f"{case['mark']} {json.dumps(verdict)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(CASE, Path(os.environ.get("EVIDENCE_DIR", "/evidence"))))  # type: ignore[name-defined]  # noqa: F821
