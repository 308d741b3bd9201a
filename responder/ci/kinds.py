"""Flaky, regression, infrastructure, dependency or configuration: decided from what was observed, with odds.

The categories of the possible causes give the weights to begin with, each as far as it is believed; each observation
multiplies them, and the share of the heaviest is its probability. Below one half it is `inconclusive`.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import Literal

from msgspec import Struct

from responder.ci.culprit import Change
from responder.ci.history import History
from responder.ci.interface import Build, Group, Judgement, Kind
from responder.ci.junit import TestResults
from responder.ci.versions import NewVersion
from responder.incident import Category
from responder.shipped import shipped_table

__all__ = ["Observation", "judge", "observe"]

_DECIDED_FROM = 0.5
_LEAST_RUNS = 3
_LEAST_TURNS, _TURNS_A_RUN = 3, 0.1
"""A test that changed sides this often, and in one of so many runs, flickers; regressions that were fixed turn too."""
_FEW_VERSIONS = 5
"""More packages than this change by themselves from week to week; they count less, unless the failure names one."""
_KINDS = tuple(kind for kind in Kind if kind is not Kind.INCONCLUSIVE)

ObservationName = Literal[
    "passed_on_retry",
    "passed_at_same_commit",
    "passed_on_other_runner",
    "flickers",
    "steady_until_now",
    "seen_before",
    "still_failing",
    "new_version",
    "new_versions_elsewhere",
    "change_touches_place",
    "change_is_elsewhere",
    "only_pipeline_changed",
    "only_dependencies_changed",
]

_PIPELINE = (".github/", ".gitlab-ci", "Jenkinsfile", ".circleci/", ".buildkite/", "azure-pipelines", ".travis.yml")
_MANIFESTS = frozenset(
    {
        "requirements.txt", "requirements.lock", "poetry.lock", "pdm.lock", "uv.lock", "Pipfile", "Pipfile.lock",
        "package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lockb", "Gemfile", "Gemfile.lock",
        "Cargo.toml", "Cargo.lock", "go.mod", "go.sum", "composer.json", "composer.lock", "mix.lock", "gradle.lockfile",
        "libs.versions.toml", "packages.lock.json", "Directory.Packages.props",
    }
)  # fmt: skip


class Observation(Struct, frozen=True):
    """One thing that was seen, as a clause for the reader."""

    name: ObservationName
    said: str


def judge(causes: Sequence[tuple[Category, float]], observations: Sequence[Observation]) -> Judgement:
    """The likeliest kind of a failure, given what was observed.

    Args:
        causes: What may lie behind it, with probabilities; what they leave over may be anything.
        observations: What else was seen.
    """
    weights = _blended(causes)
    moved: list[tuple[float, str]] = []
    for observation in observations:
        factors = _numbers()["observation"][observation.name]
        for kind in _KINDS:
            weights[kind] *= float(factors.get(kind, 1.0))
        moved.append((max(float(value) for value in factors.values()), observation.said))
    total = sum(weights.values())
    shares = {kind: weight / total for kind, weight in weights.items()}
    likeliest = max(_KINDS, key=lambda kind: shares[kind])
    reasons = tuple(said for _, said in sorted(moved, key=lambda item: -item[0]))
    decided = shares[likeliest] >= _DECIDED_FROM
    return Judgement(likeliest if decided else Kind.INCONCLUSIVE, round(shares[likeliest], 2), reasons, shares)


def observe(
    group: Group | None,
    *,
    build: Build,
    results: TestResults,
    history: History,
    change: Change,
    versions: Sequence[NewVersion] = (),
) -> tuple[Observation, ...]:
    """What bears on the kind of the leading failure."""
    seen: list[Observation] = []
    flaky = [case.id for case in results.failed if case.outcome == "flaky"]
    if flaky and results.totals.failed == 0:
        seen.append(Observation("passed_on_retry", f"`{flaky[0]}` passed on a retry of the same run"))
    if green := history.passed_at(build):
        seen.append(Observation("passed_at_same_commit", "the same job passed on the same commit before"))
        if build.runner and all(run.runner and run.runner != build.runner for run in green):
            seen.append(Observation("passed_on_other_runner", f"it passed on another runner than `{build.runner}`"))
    seen += _of_tests(group, history, build.job)
    seen += _of_the_past(group, history, build.job)
    seen += _of_versions(group, versions)
    seen += _of_change(group, change)
    return tuple(seen)


def _of_the_past(group: Group | None, history: History, job: str) -> list[Observation]:
    if group is None or not group.seen_before:
        return []
    times = "once" if group.seen_before == 1 else f"{group.seen_before} times"
    if history.comes_and_goes(group.fingerprint, job):
        return [Observation("seen_before", f"earlier runs failed the same way {times}, with others between them")]
    return [Observation("still_failing", f"the runs before this one failed the same way ({times})")]


def _of_versions(group: Group | None, versions: Sequence[NewVersion]) -> list[Observation]:
    if not versions:
        return []
    said = f"{group.lead.title}\n{group.lead.text}".lower().replace("-", "_") if group else ""
    blamed = [item for item in versions if re.search(rf"(?<!\w){re.escape(_module(item.name))}(?!\w)", said)]
    named = ", ".join(f"`{item.name}` {item.before} to {item.after}" for item in (blamed or versions)[:3])
    if blamed:
        return [
            Observation("new_version", f"the failure names what was resolved anew since the last good run: {named}")
        ]
    name: ObservationName = "new_version" if len(versions) <= _FEW_VERSIONS else "new_versions_elsewhere"
    return [Observation(name, f"new versions were resolved since the last good run: {named}")]


def _module(package: str) -> str:
    """A package as traces and imports spell it."""
    return package.rpartition("/")[2].lower().replace("-", "_")


def _of_tests(group: Group | None, history: History, job: str) -> list[Observation]:
    if group is None or not group.tests or len(history.runs) < _LEAST_RUNS:
        return []
    behaved = {test: history.flicker(test, job) for test in group.tests[:20]}
    for test, past in behaved.items():
        if past.same_commit or past.turns >= max(_LEAST_TURNS, past.runs * _TURNS_A_RUN):
            said = f"`{test}` failed in {past.failed} of its last {past.runs} runs, on and off"
            return [Observation("flickers", said)]
    if all(past.runs >= _LEAST_RUNS and not past.failed for past in behaved.values()):
        runs = min(past.runs for past in behaved.values())
        return [Observation("steady_until_now", f"it passed in each of its last {runs} runs")]
    return []


def _of_change(group: Group | None, change: Change) -> list[Observation]:
    if not change.files:
        return []
    if all(path.startswith(_PIPELINE) for path in change.files):
        return [
            Observation("only_pipeline_changed", "only the pipeline's own files changed since the last green build")
        ]
    if all(PurePosixPath(path).name in _MANIFESTS for path in change.files):
        return [Observation("only_dependencies_changed", "only dependencies changed since the last green build")]
    if group is None or not group.lead.places:
        return []
    touched = next((place for place in group.lead.places if place.path in change.files), None)
    if touched:
        return [Observation("change_touches_place", f"the change touches `{touched.path}`, where it fails")]
    if any(place.known for place in group.lead.places):
        return [Observation("change_is_elsewhere", "the change touches none of the files the failure names")]
    return []


def _blended(causes: Sequence[tuple[Category, float]]) -> dict[Kind, float]:
    """The weights to begin with: each cause's own, as far as it is believed."""
    left = max(0.0, 1.0 - sum(probability for _, probability in causes))
    weights: dict[Kind, float] = dict.fromkeys(_KINDS, 0.0)
    for category, probability in (*causes, (Category.UNKNOWN, left)):
        prior = _prior(category)
        total = sum(prior.values())
        for kind in _KINDS:
            weights[kind] += probability * prior[kind] / total
    return weights


def _prior(category: Category) -> Mapping[Kind, float]:
    table = _numbers()["prior"]
    chosen = table.get(category.value) or table.get(category.family) or table["default"]
    return {kind: float(chosen[kind]) for kind in _KINDS}


@cache
def _numbers() -> dict[str, dict[str, dict[str, float]]]:
    return shipped_table("ci/kinds.toml")
