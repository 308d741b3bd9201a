"""What a CI service does around the step: sets its variables, runs the command, reads back the files it named."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PROJECT", "SERVICES", "Step", "run_step"]

PROJECT = Path(__file__).resolve().parents[2]
ENTRYPOINT = PROJECT / "magentic_one_orchestrator.py"

SHA = "1234567890abcdef1234567890abcdef12345678"
SERVICES: Mapping[str, Mapping[str, str]] = {
    "github": {
        "GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_WORKFLOW": "CI", "GITHUB_JOB": "test", "GITHUB_RUN_ID": "9",
        "GITHUB_RUN_ATTEMPT": "2", "GITHUB_REPOSITORY": "acme/billing", "GITHUB_SHA": SHA, "GITHUB_REF_NAME": "main",
        "GITHUB_WORKSPACE": "{workspace}", "GITHUB_STEP_SUMMARY": "{files}/summary.md",
        "GITHUB_OUTPUT": "{files}/output", "GITHUB_EVENT_PATH": "{files}/event.json", "RUNNER_NAME": "runner-7",
        "GITHUB_SERVER_URL": "https://git.example",
    },
    "gitlab": {
        "GITLAB_CI": "true", "CI_JOB_NAME": "test", "CI_COMMIT_SHA": SHA, "CI_PROJECT_DIR": "{workspace}",
        "CI_PROJECT_PATH": "acme/billing", "CI_PIPELINE_ID": "9", "CI_COMMIT_BEFORE_SHA": "0" * 40,
        "CI_MERGE_REQUEST_IID": "12", "CI_RUNNER_DESCRIPTION": "runner-7", "CI_COMMIT_REF_NAME": "fix/rounding",
        "CI_JOB_URL": "https://git.example/acme/billing/-/jobs/9",
    },
    "jenkins": {
        "JENKINS_URL": "https://ci.example/", "JOB_NAME": "test", "BUILD_NUMBER": "9", "GIT_COMMIT": SHA,
        "WORKSPACE": "{workspace}", "NODE_NAME": "runner-7", "GIT_URL": "git@git.example:acme/billing.git",
        "GIT_BRANCH": "origin/fix/rounding", "BUILD_URL": "https://ci.example/job/test/9/",
    },
    "buildkite": {
        "BUILDKITE": "true", "BUILDKITE_PIPELINE_SLUG": "billing", "BUILDKITE_LABEL": "test", "BUILDKITE_COMMIT": SHA,
        "BUILDKITE_BUILD_CHECKOUT_PATH": "{workspace}", "BUILDKITE_RETRY_COUNT": "1", "BUILDKITE_PULL_REQUEST": "false",
        "BUILDKITE_BRANCH": "fix/rounding", "BUILDKITE_BUILD_NUMBER": "9", "BUILDKITE_JOB_ID": "0193-aa",
        "BUILDKITE_BUILD_URL": "https://builds.example/acme/billing/builds/9",
    },
    "circleci": {
        "CIRCLECI": "true", "CIRCLE_JOB": "test", "CIRCLE_SHA1": SHA, "CIRCLE_WORKING_DIRECTORY": "{workspace}",
        "CIRCLE_PULL_REQUEST": "https://git.example/acme/billing/pull/12", "CIRCLE_WORKFLOW_ID": "9",
        "CIRCLE_BRANCH": "fix/rounding", "CIRCLE_BUILD_URL": "https://circle.example/gh/acme/billing/9",
    },
    "azure": {
        "TF_BUILD": "True", "BUILD_DEFINITIONNAME": "billing", "AGENT_JOBNAME": "test", "BUILD_SOURCEVERSION": SHA,
        "BUILD_SOURCESDIRECTORY": "{workspace}", "SYSTEM_JOBATTEMPT": "2", "BUILD_BUILDID": "9",
        "AGENT_MACHINENAME": "runner-7", "BUILD_SOURCEBRANCH": "refs/heads/fix/rounding",
        "BUILD_SOURCEBRANCHNAME": "rounding", "SYSTEM_TEAMPROJECT": "Our Shop",
        "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": "https://azure.example/acme/",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """How the step ended, and what it left."""

    code: int
    stdout: str
    stderr: str
    out: Path
    files: Path

    @property
    def record(self) -> dict[str, object]:
        loaded: dict[str, object] = json.loads((self.out / "latest" / "ci" / "record.json").read_text())
        return loaded

    @property
    def comment(self) -> str:
        return (self.out / "latest" / "ci" / "comment.md").read_text()

    @property
    def outputs(self) -> dict[str, str]:
        lines = (self.files / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


def run_step(
    folder: Path,
    *args: str | Path,
    service: str = "local",
    stdin: bytes | None = None,
    program: list[str] | None = None,
    **more: str,
) -> Step:
    """Run `ci` as a step of a service, in a workspace below `folder`.

    Args:
        folder: Holds `workspace/`, and gets `files/` and `reports/`.
        args: What follows `ci`.
        service: A key of `SERVICES`.
        stdin: What is piped in.
        program: Instead of the entrypoint of the checkout.
        more: Further variables.
    """
    workspace, files, out = folder / "workspace", folder / "files", folder / "reports"
    for path in (workspace, files):
        path.mkdir(exist_ok=True)
    known = SERVICES.get(service, {})
    environment = {name: value.format(workspace=workspace, files=files) for name, value in known.items()}
    done = subprocess.run(
        [*(program or [sys.executable, str(ENTRYPOINT)]), "ci", *map(str, args), "--out", str(out)],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        cwd=workspace,
        env={
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "RESPONDER_ENV_FILE": "/dev/null",
            **environment,
            **more,
        },
        timeout=120,
    )
    return Step(done.returncode, done.stdout.decode(), done.stderr.decode(), out, files)
