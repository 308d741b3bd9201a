"""What the right answer to a sample is, and how a report is compared with it.

`sample_logs/<incident>/expected.toml`:

    task                what the person on call asks; passed as --task
    verdict             diagnosed | inconclusive | healthy
    categories          accepted categories of the root cause, best first
    components          accepted components of the root cause
    component_kind      its kind, when only one is right
    onset               when it began, UTC, with tolerance_seconds to both sides
    must_mention        words of the story: its summary, timeline, causal chain or quoted evidence has each of them
    must_not_mention    words of the red herrings: the summary of the root cause has none of them
    [first_line]        where E1 stands: path (relative to logs/), contains, occurrence (which line that contains it;
                        0, the default, is any)
    [[accept]]          further good places for E1, in the same form
    ended               when it was over, UTC, within a minute
    gaps                words of what the report says was not checked
    assumptions         words of what was assumed of the inputs
    [[also]]            faults that are in the list of hypotheses and not ruled out: category, components
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from responder.reporting.contract import schema

__all__ = ["SAMPLES", "Expectation", "Place", "broken_promises", "differences", "load"]

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the evidence, found by what it says."""

    path: str
    contains: str
    occurrence: int = 0

    def lines(self, logs: Path) -> tuple[int, ...]:
        """Its line numbers, 1-based."""
        text = (logs / self.path).read_bytes().split(b"\n")
        found = [number for number, line in enumerate(text, 1) if self.contains.encode() in line]
        return tuple(found[self.occurrence - 1 : self.occurrence] if self.occurrence else found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One `expected.toml`; see above."""

    logs: Path
    task: str
    verdict: str
    categories: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    component_kind: str | None = None
    onset: datetime | None = None
    tolerance_seconds: int = 0
    must_mention: tuple[str, ...] = ()
    must_not_mention: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    ended: datetime | None = None
    gaps: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    also: tuple[Mapping[str, Any], ...] = ()

    @property
    def exit_code(self) -> int:
        """How the command ends."""
        return 3 if self.verdict == "inconclusive" else 0


def load(incident: Path) -> Expectation:
    """Read `incident / expected.toml`; an unknown or missing field is an error."""
    fields = tomllib.loads((incident / "expected.toml").read_text(encoding="utf-8"))
    first = [fields.pop("first_line")] if "first_line" in fields else []
    places = tuple(Place(**place) for place in first + fields.pop("accept", []))
    times = {name: datetime.fromisoformat(fields.pop(name)) for name in ("onset", "ended") if name in fields}
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Expectation(logs=incident / "logs", places=places, **times, **{**fields, **lists})


def differences(report: Json, expected: Expectation) -> list[str]:
    """What the report says otherwise than expected, one sentence each; empty when it is right."""
    return [
        *_answer(report, expected),
        *_first_line(report, expected),
        *_story(report, expected),
        *_beside(report, expected),
    ]


def _answer(report: Json, expected: Expectation) -> Iterator[str]:
    if report["verdict"] != expected.verdict:
        yield f"the verdict is {report['verdict']}, not {expected.verdict}"
    cause = report["root_cause"]
    if expected.verdict != "diagnosed":
        if cause is not None:
            yield f"there is a root cause: {cause['summary']}"
        return
    if cause is None:
        yield "there is no root cause"
        return
    if cause["category"] not in expected.categories:
        yield f"the category is {cause['category']}, not one of {expected.categories}"
    if cause["component"] not in expected.components:
        yield f"the component is {cause['component']}, not one of {expected.components}"
    if expected.component_kind and cause["component_kind"] != expected.component_kind:
        yield f"the component is a {cause['component_kind']}, not a {expected.component_kind}"


def _first_line(report: Json, expected: Expectation) -> Iterator[str]:
    if not expected.places or not report["evidence"]:
        return
    first = report["evidence"][0]
    accepted = {(place.path, line) for place in expected.places for line in place.lines(expected.logs)}
    if (first["path"], first["line"]) not in accepted:
        yield f"{first['id']} is {first['path']}:{first['line']}: {first['text'][:160]}"


def _story(report: Json, expected: Expectation) -> Iterator[str]:
    cause = report["root_cause"]
    if cause is None:
        return
    texts = [cause["summary"], *(item["text"] for item in report["evidence"])]
    texts += [entry["what"] for entry in report["timeline"]] + [link["because"] for link in report["chain"]]
    story = "\n".join(texts).casefold()
    yield from (f"{word!r} is nowhere" for word in expected.must_mention if word.casefold() not in story)
    summary = cause["summary"].casefold()
    yield from (f"the summary blames {word!r}" for word in expected.must_not_mention if word.casefold() in summary)
    if expected.onset is not None:
        began = [entry["timestamp"] for entry in report["timeline"] if entry["moment"] == "onset"]
        stated = (began or [cause["first_seen"]])[0]
        if stated is None:
            yield "it does not say when it began"
        elif abs(datetime.fromisoformat(stated) - expected.onset) > timedelta(seconds=expected.tolerance_seconds):
            yield f"it began at {stated}, not {expected.onset:%Y-%m-%dT%H:%M:%SZ}"


def _beside(report: Json, expected: Expectation) -> Iterator[str]:
    if expected.ended is not None:
        ended = report["impact"]["ended_at"]
        if ended is None or abs(datetime.fromisoformat(ended) - expected.ended) > timedelta(minutes=1):
            yield f"it ended at {ended}, not {expected.ended:%Y-%m-%dT%H:%M:%SZ}"
    unchecked = "\n".join(report["not_checked"])
    yield from (f"that {word!r} was not checked is not said" for word in expected.gaps if word not in unchecked)
    assumed = "\n".join(note for item in report["inputs"] for note in item["notes"])
    yield from (f"that {word!r} was assumed is not said" for word in expected.assumptions if word not in assumed)
    standing = [item for item in report["hypotheses"] if item["status"] != "ruled_out"]
    for fault in expected.also:
        if not any(h["category"] == fault["category"] and h["component"] in fault["components"] for h in standing):
            yield f"{fault['category']} of {fault['components'][0]} is not among the hypotheses that stand"


def broken_promises(report: Json, logs: Path) -> list[str]:
    """What every report promises, whatever it says: its schema, true quotations, resolvable ids, sound odds."""
    validator = Draft202012Validator(schema(), format_checker=FormatChecker())
    problems = [f"schema: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(report)]
    return problems or [*_quotations(report, logs), *_ids(report), *_odds(report)]


def _quotations(report: Json, logs: Path) -> Iterator[str]:
    for item in report["evidence"]:
        lines = (logs / item["path"]).read_bytes().split(b"\n")
        if not 1 <= item["line_start"] <= item["line"] <= item["line_end"] <= len(lines):
            yield f"{item['id']} points outside of {item['path']}"
            continue
        original = b"\n".join(lines[item["line_start"] - 1 : item["line_end"]])
        if hashlib.sha256(original).hexdigest() != item["sha256"]:
            yield f"{item['id']}: the hash is not that of the original lines"
        if not _says(original.decode(), item["text"]):
            yield f"{item['id']}: the text is not what the original says: {item['text'][:120]!r}"
    for item in report["inputs"]:
        content = (logs / item["path"]).read_bytes()
        if (hashlib.sha256(content).hexdigest(), len(content)) != (item["sha256"], item["bytes"]):
            yield f"{item['path']}: size or hash of the whole file is wrong"


def _says(original: str, quoted: str) -> bool:
    """Whether a quotation is the original but for its redacted parts."""
    parts = re.split(r"\[REDACTED:[^\]]*\]", quoted)
    return re.fullmatch("(?s).*".join(map(re.escape, parts)), original) is not None


def _ids(report: Json) -> Iterator[str]:
    known = {item["id"] for item in report["evidence"]}
    if [item["id"] for item in report["evidence"]] != [f"E{n}" for n in range(1, len(known) + 1)]:
        yield "the evidence is not numbered E1, E2, ... in order"
    cited = [name for entry in report["timeline"] for name in entry["evidence"]]
    cited += [name for item in report["hypotheses"] for name in item["supporting"] + item["contradicting"]]
    cited += [name for claim in report["agents"]["claims"] for name in claim["evidence"]]
    cited += report["root_cause"]["evidence"] if report["root_cause"] else []
    yield from (f"{name} is cited and not quoted" for name in sorted(set(cited) - known))


def _odds(report: Json) -> Iterator[str]:
    odds = [item["probability"] for item in report["hypotheses"]]
    if abs(sum(odds) + report["none_of_these"] - 1) > 1e-6:
        yield f"the probabilities sum to {sum(odds) + report['none_of_these']}"
    if [item["rank"] for item in report["hypotheses"]] != list(range(1, len(odds) + 1)):
        yield "the ranks are not 1, 2, 3, ..."
    times = [datetime.fromisoformat(entry["timestamp"]) for entry in report["timeline"]]
    if times != sorted(times):
        yield "the timeline is out of order"
