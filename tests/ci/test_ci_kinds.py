"""Flaky, regression, infrastructure, dependency, configuration: each from the evidence that shows it."""

import json
from pathlib import Path

import pytest

from responder.ci.history import History, PastRun, read_history
from responder.ci.interface import Build, Kind
from responder.ci.kinds import judge
from responder.ci.outputs.record import record
from responder.errors import EvidenceError
from responder.incident import Category
from tests.ci.builds import commit, diagnosed, git, junit, write

BAD = (
    '<testcase classname="tests.test_a" name="test_x"><failure message="AssertionError: assert 1 == 2">'
    "tests/test_a.py:2: AssertionError</failure></testcase>"
)
GOOD = '<testcase classname="tests.test_a" name="test_x"/>'


@pytest.fixture
def failed(tmp_path: Path) -> Path:
    return write(tmp_path / "artifacts", {"unit/junit.xml": junit(BAD)})


def test_nothing_known_is_inconclusive() -> None:
    """No cause, no observation: no kind."""
    assert judge([], []).kind is Kind.INCONCLUSIVE


@pytest.mark.parametrize("category", Category)
def test_shares_sum_to_one(category: Category) -> None:
    """Whatever the category; and each kind keeps a share, since a category is no proof."""
    shares = judge([(category, 0.9)], []).shares

    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) > 0


def test_a_passed_retry_is_flaky(tmp_path: Path) -> None:
    """The same run, the same code, another outcome."""
    found = diagnosed(write(tmp_path, {"unit/junit.xml": junit(BAD, GOOD)}))

    assert found.judgement.kind is Kind.FLAKY
    assert found.judgement.probability > 0.8


def test_passing_on_the_same_commit_before_is_not_a_regression(failed: Path) -> None:
    """A green run of the same job on the same commit clears the code."""
    green = History((PastRun("1", commit="a" * 40, job="unit", tests=1),))

    found = diagnosed(failed, build=Build(commit="a" * 40, job="unit"), history=green)

    assert found.judgement.kind is Kind.FLAKY
    assert "same commit" in found.judgement.reasons[0]


def test_when_only_the_runner_differs_it_is_the_infrastructure(failed: Path) -> None:
    """The same commit passed elsewhere."""
    green = History((PastRun("1", commit="a" * 40, job="unit", runner="linux-1", tests=1),))

    found = diagnosed(failed, build=Build(commit="a" * 40, job="unit", runner="linux-2"), history=green)

    assert found.judgement.shares[Kind.INFRASTRUCTURE] > found.judgement.shares[Kind.REGRESSION]
    assert any("another runner" in reason for reason in found.judgement.reasons)


def test_a_change_that_touches_the_failing_file_is_a_regression(failed: Path, tmp_path: Path) -> None:
    """And its commit is the culprit."""
    repository = tmp_path / "repository"
    good = commit(repository, "first", {"tests/test_a.py": "def test_x():\n    assert 1 == 1\n"})
    bad = commit(repository, "break it", {"tests/test_a.py": "def test_x():\n    assert 1 == 2\n"})

    found = diagnosed(failed, checkout=repository, last_good=good)

    assert found.judgement.kind is Kind.REGRESSION
    assert found.judgement.probability > 0.8
    assert found.culprit is not None
    assert found.culprit.commit.sha == bad


def test_a_change_of_the_pipeline_alone_is_configuration(failed: Path, tmp_path: Path) -> None:
    """No code changed, so no code broke it."""
    repository = tmp_path / "repository"
    good = commit(repository, "first", {"tests/test_a.py": "x\n", ".github/workflows/ci.yml": "on: push\n"})
    commit(repository, "faster", {".github/workflows/ci.yml": "on: [push]\n"})

    assert diagnosed(failed, checkout=repository, last_good=good).judgement.kind is Kind.CONFIGURATION


def test_a_new_version_is_a_dependency(failed: Path, tmp_path: Path) -> None:
    """The same requirements resolved to something else than in the last good run."""
    write(failed, {"build.log": "Successfully installed numpy-2.0.0 pip-24.0\n" + "ok\n" * 30})
    last = write(tmp_path / "last", {"build.log": "Successfully installed numpy-1.26.4 pip-24.0\n" + "ok\n" * 30})

    found = diagnosed(failed, baseline=last)

    assert found.judgement.kind is Kind.DEPENDENCY
    assert "`numpy` 1.26.4 to 2.0.0" in found.judgement.reasons[0]


def test_a_test_that_flickered_in_earlier_runs_is_flaky(failed: Path, tmp_path: Path) -> None:
    """Learnt from nothing but a folder of JUnit files, one folder a run."""
    runs = [GOOD, BAD, GOOD, GOOD, BAD, GOOD]
    history = write(tmp_path / "history", {f"{n}/junit.xml": junit(case) for n, case in enumerate(runs)})

    found = diagnosed(failed, history=read_history(history))

    assert found.judgement.kind is Kind.FLAKY
    assert "2 of its last 6 runs" in found.judgement.reasons[0]


def test_failing_on_one_job_of_a_matrix_is_not_flaky(failed: Path) -> None:
    """The other jobs pass it on the same commit each time: that is what this job has of its own."""
    test = "tests.test_a::test_x"
    runs = [
        PastRun(f"{n}-{job}", commit=f"{n}" * 40, job=job, failing=frozenset({test} if job == "py38" else ()), tests=3)
        for n in range(5)
        for job in ("py38", "py312")
    ]

    found = diagnosed(failed, build=Build(commit="e" * 40, job="py38"), history=History(tuple(runs)))

    assert found.judgement.kind is not Kind.FLAKY
    assert not any("on and off" in reason for reason in found.judgement.reasons)


def test_two_fixed_regressions_in_a_long_history_are_not_flaky(failed: Path, tmp_path: Path) -> None:
    """It turned four times in sixty runs."""
    runs = [GOOD] * 20 + [BAD] * 3 + [GOOD] * 20 + [BAD] * 2 + [GOOD] * 15
    history = write(tmp_path / "history", {f"{n:03}/junit.xml": junit(case) for n, case in enumerate(runs)})

    found = diagnosed(failed, history=read_history(history))

    assert not any("on and off" in reason for reason in found.judgement.reasons)


@pytest.mark.parametrize(
    ("before", "flaky"), [([True, True], False), ([False, True, True], False), ([True, False, True, False], True)]
)
def test_a_failure_that_stays_is_not_one_that_comes_and_goes(before: list[bool], flaky: bool, failed: Path) -> None:
    """A branch that is broken since three runs is broken; one that was green between is something else."""
    now = diagnosed(failed, build=Build(commit="f" * 40, job="unit"))
    key = now.groups[0].fingerprint
    runs = tuple(
        PastRun(str(n), commit=str(n) * 40, job="unit", failed=bad, fingerprints=frozenset({key} if bad else ()))
        for n, bad in enumerate(before)
    )

    found = diagnosed(failed, build=Build(commit="f" * 40, job="unit"), history=History(runs, (), {key: sum(before)}))

    share = found.judgement.shares[Kind.FLAKY]
    assert (share > now.judgement.shares[Kind.FLAKY]) is flaky


def test_many_new_versions_count_only_when_the_failure_names_one(failed: Path, tmp_path: Path) -> None:
    """Images take newer packages every week; that alone blames none of them."""
    names = [f"lib{n}" for n in range(9)]

    def log(minor: int, said: str) -> str:
        return f"Successfully installed {' '.join(f'{name}-1.{minor}.0' for name in names)}\n" + "ok\n" * 30 + said

    last = write(tmp_path / "last", {"build.log": log(0, "")})
    write(failed, {"build.log": log(1, "")})
    plain = diagnosed(failed, baseline=last)
    (failed / "unit" / "junit.xml").write_text(
        junit(BAD.replace("AssertionError: assert 1 == 2", "lib3.errors.Changed: no such option"))
    )
    named = diagnosed(failed, baseline=last)

    assert plain.judgement.kind is not Kind.DEPENDENCY
    assert named.judgement.kind is Kind.DEPENDENCY
    assert "`lib3` 1.0.0 to 1.1.0" in named.judgement.reasons[0]


def test_a_test_that_always_passed_before_is_a_regression(failed: Path, tmp_path: Path) -> None:
    """The first failure after many green runs."""
    history = write(tmp_path / "history", {f"{n}/junit.xml": junit(GOOD) for n in range(8)})

    found = diagnosed(failed, history=read_history(history))

    assert found.judgement.kind is Kind.REGRESSION
    assert "8 runs" in found.judgement.reasons[0]


def test_a_run_is_remembered_by_its_record(failed: Path, tmp_path: Path) -> None:
    """What one run writes the next one reads: the same failure is recognised, the job and commit with it."""
    first = diagnosed(failed, build=Build(commit="a" * 40, job="unit"))
    write(tmp_path / "history", {"run-1/ci/record.json": record(first)})

    history = read_history(tmp_path / "history")
    second = diagnosed(failed, build=Build(commit="b" * 40, job="unit"), history=history)

    assert history.runs[0].failing == {"tests.test_a::test_x"}
    assert [group.seen_before for group in second.groups] == [1]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"version": 1}',
        b'{"version": 99}',
        b"[" * 100_000,
        b"\xff",
        json.dumps({"version": 1, "build": 3}).encode(),
    ],
)
def test_a_damaged_record_is_noted_and_left_out(content: bytes, tmp_path: Path) -> None:
    """History comes from a cache that anybody's build may have filled."""
    history = read_history(write(tmp_path, {"run/ci/record.json": content}))

    assert history.runs == ()
    assert len(history.notes) == 1


def test_a_missing_history_is_an_error_in_words(tmp_path: Path) -> None:
    """A mistyped folder must not look like a first run."""
    with pytest.raises(EvidenceError, match="not a folder"):
        read_history(tmp_path / "nowhere")


def test_the_last_green_commit_comes_from_history(failed: Path, tmp_path: Path) -> None:
    """Without a word from the service, the newest green record bounds the search for the culprit."""
    repository = tmp_path / "repository"
    good = commit(repository, "first", {"tests/test_a.py": "def test_x():\n    pass\n"})
    commit(repository, "break it", {"tests/test_a.py": "def test_x():\n    assert 1 == 2\n"})
    green = History((PastRun("1", commit=good, job="unit", tests=1),))

    found = diagnosed(failed, build=Build(job="unit"), checkout=repository, history=green)

    assert found.culprit is not None
    assert found.culprit.since_good
    assert found.culprit.commit.sha == git(repository, "rev-parse", "HEAD")
