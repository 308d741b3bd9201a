"""Labelled cases on disk, and whether an answer to one is right.

A case is a folder `<set>/<case>/` with an `expected.json` and the evidence under `input/`. docs/calibration.md has the
keys. Every case is copied to a folder of a neutral name before it is read, because a folder's name can be a
component's.
"""

import hashlib
import json
import pickle
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from responder.evidence import FileSource
from responder.triage.engine import default_engine
from responder.triage.interface import Triage
from responder.triage.signatures import Judged, Rule, RulePack, packaged_rules

__all__ = ["Case", "load_cases", "load_samples", "same_component", "triage_of"]

CODE = Path(__file__).resolve().parent.parent.parent / "responder"


@dataclass(frozen=True, slots=True)
class Case:
    """One incident or failed build with its labels."""

    name: str
    dataset: str
    group: str
    """What is never divided between fitting and judging: a repository, a kind of fault."""
    task: str
    question: str
    folder: Path
    inputs: tuple[str, ...]
    log: str | None
    baseline: str | None
    components: tuple[str, ...]
    """Names of the one that is right; empty when only the category is known."""
    categories: tuple[str, ...]
    lines: frozenset[int] | None
    """Lines of `log` that state the reason; None when the case is not about lines."""
    healthy: bool


def load_cases(top: Path, datasets: Sequence[str] = ()) -> list[Case]:
    """Read the labels of every case under `top` that says which component, category or lines are right."""
    found = [_case(file) for file in sorted(top.glob("*/*/expected.json"))]
    return [case for case in found if case is not None and (not datasets or case.dataset in datasets)]


def _case(file: Path) -> Case | None:
    said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    labels: dict[str, Any] = said.get("labels") or {}
    component, categories = labels.get("root_cause_component"), tuple(labels.get("accept_categories") or ())
    lines = _lines(labels)
    if not (component or categories or lines or labels.get("healthy")):
        return None
    inputs = [*said["inputs"], *(said.get("extra_inputs") or ())]
    return Case(
        name=f"{file.parent.parent.name}/{file.parent.name}",
        dataset=said.get("dataset") or file.parent.parent.name,
        group=str(labels.get("fault_type") or said.get("group") or file.parent.name),
        task=said.get("task") or "incident_root_cause",
        question=str(said.get("question") or said.get("symptom") or ""),
        folder=file.parent,
        inputs=tuple(inputs),
        log=said.get("log"),
        baseline=said.get("baseline"),
        components=(component,) if component else (),
        categories=categories,
        lines=lines if said.get("log") else None,
        healthy=bool(labels.get("healthy")),
    )


def load_samples(top: Path) -> list[Case]:
    """The incidents that ship with the tool; each is a group of its own."""
    return [_sample(file) for file in sorted(top.glob("*/expected.toml"))]


def _sample(file: Path) -> Case:
    said = tomllib.loads(file.read_text(encoding="utf-8"))
    logs = sorted(path for path in (file.parent / "logs").rglob("*") if path.is_file())
    return Case(
        name=f"samples/{file.parent.name}",
        dataset="samples",
        group=file.parent.name,
        task="incident_root_cause",
        question=said.get("task", ""),
        folder=file.parent,
        inputs=tuple(f"logs/{path.relative_to(file.parent / 'logs')}" for path in logs),
        log=None,
        baseline=None,
        components=tuple(said.get("components", ())),
        categories=tuple(said.get("categories", ())) or ("unknown",),
        lines=None,
        healthy=said["verdict"] != "diagnosed",
    )


def _lines(labels: Mapping[str, Any]) -> frozenset[int] | None:
    spans = [*(labels.get("line_spans") or ()), *(labels.get("alt_spans") or ())]
    for person in (labels.get("annotators") or {}).values():
        spans += person.get("error") or ()
    return frozenset(line for first, last in spans for line in range(first, last + 1)) if spans else None


def triage_of(case: Case, cache: Path | None, *, without: frozenset[str] = frozenset()) -> Triage:
    """Triage the evidence of a case, with the rules `without` withheld.

    What an unchanged program made of a case is read from `cache`, when there is one.
    """
    kept = cache / f"{_key(case, without)}.pickle" if cache else None
    if kept is not None and kept.exists():
        known: Triage = pickle.loads(kept.read_bytes())
        return known
    result = _read(case, without)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(result))
    return result


def _read(case: Case, without: frozenset[str]) -> Triage:
    engine = default_engine(rules=_Withheld(without) if without else None)
    with tempfile.TemporaryDirectory(prefix="fit-") as folder:
        inputs, baseline = _staged(case, Path(folder))
        source = FileSource()
        good = source.collect(baseline).artifacts if baseline else ()
        result = engine.triage(source.collect(inputs).artifacts, baseline=good)
    # What reads objects and measurements has rules of its own, which leave no second choice behind.
    return replace(result, findings=tuple(f for f in result.findings if f.rule not in without))


class _Withheld(RulePack):
    """The rules that ship with the package, without some of them."""

    def __init__(self, without: frozenset[str]) -> None:
        self._pack = packaged_rules()
        self._without = without

    def __len__(self) -> int:
        return len(self._pack)

    def __iter__(self) -> Iterator[Rule]:
        return (rule for rule in self._pack if rule.id not in self._without)

    def judged(self, text: str, candidates: Sequence[int] | None = None) -> Judged:
        hits, by_numbers = self._pack.judged(text, candidates)
        return Judged([hit for hit in hits if hit.rule.id not in self._without], by_numbers)

    def needed(self) -> Iterator[list[tuple[Sequence[str], ...]]]:
        return self._pack.needed()


def _key(case: Case, without: frozenset[str]) -> str:
    named = f"{_code_digest()} {case.folder} {sorted(without)}"
    return hashlib.sha256(named.encode()).hexdigest()[:24]


def _staged(case: Case, folder: Path) -> tuple[list[Path], list[Path]]:
    root, good = folder / "case", folder / "last_good.log"
    for name in case.inputs:
        inside = name.removeprefix("input/").removeprefix("logs/")
        if inside == case.baseline:
            shutil.copyfile(case.folder / name, good)
            continue
        target = root / (inside if inside != name else Path(name).name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(case.folder / name, target)
    only = root / case.log if case.baseline and case.log else root
    return [only], [good] if good.exists() else []


@cache
def _code_digest() -> str:
    """Of everything that triage is made of, so that a cached result is never of an older program."""
    digest = hashlib.sha256()
    for file in _code_files():
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _code_files() -> Iterator[Path]:
    for part in ("evidence", "triage"):
        yield from sorted(file for file in (CODE / part).rglob("*") if file.suffix in (".py", ".toml"))


def same_component(answer: str | None, label: str) -> bool:
    """Whether two names mean the same thing: without namespace, port, cluster domain and what a pod's name adds."""
    return _plain(answer or "") == _plain(label) or re.sub(r"-\d{1,2}$", "", _plain(answer or "")) == _plain(label)


def _plain(name: str) -> str:
    short = name.strip().lower()
    if "::" in short:
        return short
    short = re.sub(r":\d+$", "", short.rsplit("/", 1)[-1] or short)
    short = re.sub(r"\.[a-z0-9-]+\.svc(\..*)?$", "", short)
    return re.sub(r"-[a-f0-9]{6,10}-[a-z0-9]{5}$", "", short) or short
