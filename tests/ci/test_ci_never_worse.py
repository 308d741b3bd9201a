"""A job that is red already: whatever is wrong with its machine, its files or its environment, the step passes."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.ci.builds import git
from tests.ci.runner import ENTRYPOINT, PROJECT, SERVICES

SAMPLE = PROJECT / "sample_logs" / "failed-ci-job" / "logs"
_CAUGHT = "SigCgt:"


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A machine with a workspace that holds a failed build."""
    shutil.copytree(SAMPLE, tmp_path / "workspace" / "test-results")
    return tmp_path


def command(job: Path, *args: str, agents: bool = False) -> list[str]:
    how = ["--model", "analyst", "--sandbox", "off"] if agents else ["--no-agents"]
    return [sys.executable, str(ENTRYPOINT), "ci", *how, "--out", str(job / "out"), *args]


def environment(job: Path, more: Mapping[str, str]) -> dict[str, str]:
    known = {name: value.format(workspace=job / "workspace", files=job) for name, value in SERVICES["github"].items()}
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "RESPONDER_ENV_FILE": "/dev/null", **known, **more}


def run(
    job: Path,
    words: Sequence[str],
    *,
    shell: str = "",
    limit: Callable[[], None] | None = None,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f'"$@" {shell}', "step", *words] if shell else words,
        cwd=job / "workspace",
        env=environment(job, more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=limit,
    )


def no_space() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))


def passed(done: subprocess.CompletedProcess[str]) -> bool:
    return done.returncode == 0 and "Traceback" not in done.stderr and len(done.stderr.splitlines()) <= 3


@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_STEP_SUMMARY": "/proc", "GITHUB_OUTPUT": "/proc/version"},
        {"GITHUB_STEP_SUMMARY": "/dev/full", "GITHUB_OUTPUT": "/nowhere/x"},
        {"GITHUB_EVENT_PATH": "/proc", "GITHUB_SHA": "--help", "GITHUB_RUN_ATTEMPT": "-1"},
        {"GITHUB_JOB": "\x1b[2J\n::error::x", "GITHUB_REPOSITORY": "\n\n"},
        {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0", "PATH": "", "TMPDIR": "/nowhere"},
        {"RESPONDER_MAX_TURNS": "many"},
        {"GITHUB_WORKSPACE": "/etc/passwd"},
        {"GITHUB_WORKSPACE": "x" * 5000},
    ],
    ids=lambda variables: " ".join(variables),
)  # fmt: skip
def test_a_hostile_environment(variables: dict[str, str], job: Path) -> None:
    """Variables that name what cannot be read or written, or nothing at all."""
    assert passed(run(job, command(job), **variables))


@pytest.mark.parametrize(
    "shell", [">/dev/full", "2>/dev/full nowhere.log", ">&-", ">&- 2>&-", "| true; exit ${PIPESTATUS[0]}"]
)
def test_an_output_that_takes_no_more(shell: str, job: Path) -> None:
    """Full, closed, or without a reader: the files are written all the same."""
    done = run(job, command(job, "--comment-file", "c.md"), shell=shell)

    assert passed(done)
    assert (job / "workspace" / "c.md").read_text().rstrip().endswith("-->")


@pytest.mark.parametrize("agents", [False, True])
@pytest.mark.parametrize("limit", [no_space, few_files], ids=lambda limit: limit.__name__)
def test_a_machine_at_its_end(limit: Callable[[], None], agents: bool, job: Path) -> None:
    """No room for files, or no more of them: the answer is printed, even where the journal cannot be kept."""
    done = run(job, command(job, agents=agents), limit=limit)

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "test_mirrors_invoice" in done.stdout


def broken_link(workspace: Path) -> None:
    (workspace / ".git").write_text("gitdir: /nowhere/x")


def broken_objects(workspace: Path) -> None:
    git(workspace, "init", "--quiet")
    git(workspace, "commit", "--quiet", "--allow-empty", "--message", "x")
    for path in (workspace / ".git" / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"junk")


def broken_settings(workspace: Path) -> None:
    git(workspace, "init", "--quiet")
    (workspace / ".git" / "config").write_text("[core\n evil")


def huge_results(workspace: Path) -> None:
    cases = "".join(
        f'<testcase classname="a" name="t{n}"><failure message="m{n}">x</failure></testcase>' for n in range(20_000)
    )
    (workspace / "junit-huge.xml").write_text(f"<testsuites><testsuite>{cases}")  # and it breaks off


def no_artifacts(workspace: Path) -> None:
    shutil.rmtree(workspace / "test-results")


@pytest.mark.parametrize(
    "spoil",
    [broken_link, broken_objects, broken_settings, huge_results, no_artifacts],
    ids=lambda spoil: spoil.__name__,
)
def test_a_broken_checkout_or_artifact(spoil: Callable[[Path], None], job: Path) -> None:
    """What cannot be used is not used, and nobody sees a trace."""
    spoil(job / "workspace")

    assert passed(run(job, command(job)))


def test_a_pipe_nobody_reads_does_not_hold_the_job(job: Path) -> None:
    """The summary's path is one; the step goes on."""
    os.mkfifo(job / "pipe")

    assert passed(run(job, command(job), GITHUB_STEP_SUMMARY=str(job / "pipe")))


@pytest.mark.parametrize("agents", [False, True])
def test_a_signal_to_stop_ends_it_quietly(agents: bool, job: Path) -> None:
    """The service cancels the job while its log is still being read: words, no trace, and the step passes."""
    step = subprocess.Popen(
        command(job, "-", "--comment-file", "c.md", agents=agents),
        cwd=job / "workspace",
        env=environment(job, {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not hears(step.pid, signal.SIGTERM):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    step.send_signal(signal.SIGTERM)
    _, said = step.communicate(timeout=60)

    assert step.returncode == 0, said
    assert "Traceback" not in said
    assert (job / "workspace" / "c.md").read_text().rstrip().endswith("-->")


def hears(pid: int, number: signal.Signals) -> bool:
    """Whether the process has a handler for a signal."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    mask = next(line.removeprefix(_CAUGHT) for line in lines if line.startswith(_CAUGHT))
    return bool(int(mask, 16) >> (number - 1) & 1)
