"""The templates for services, run as the services run them; the action and the pages that explain them."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest
import typer.main
import yaml

from responder.cli.main import COMMANDS, build_app
from tests.ci.runner import PROJECT, SERVICES

SAMPLE = PROJECT / "sample_logs" / "failed-ci-job" / "logs"
SCHEMAS = Path(__file__).with_name("schemas")


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job's machine: a workspace with the artifacts, and the program on the PATH."""
    shutil.copytree(SAMPLE, tmp_path / "workspace" / "test-results")
    for name in ("files", "temp", "bin"):
        (tmp_path / name).mkdir()
    program = tmp_path / "bin" / "magentic-one-responder"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {PROJECT}/magentic_one_orchestrator.py "$@"\n')
    program.chmod(0o755)
    return tmp_path


def run(job: Path, script: str | Path, service: str, **more: str) -> subprocess.CompletedProcess[str]:
    known = {
        name: value.format(workspace=job / "workspace", files=job / "files")
        for name, value in SERVICES[service].items()
    }
    environment = {
        "PATH": f"{job}/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "RUNNER_TEMP": str(job / "temp"),
        **known,
    }
    return subprocess.run(
        ["bash", "-e", script] if isinstance(script, Path) else ["bash", "-e", "-c", script],
        cwd=job / "workspace",
        env={**environment, **more},
        capture_output=True,
        text=True,
        timeout=120,
    )


def action() -> dict[str, object]:
    loaded: dict[str, object] = yaml.safe_load((PROJECT / "action.yml").read_text())
    return loaded


def validate(value: object, schema: str) -> None:
    jsonschema.validate(value, json.loads((SCHEMAS / schema).read_text()))


def test_the_action_is_valid() -> None:
    """By GitHub's schema; and every output it promises is one the step writes."""
    validate(action(), "github-action.json")


def test_no_expression_is_pasted_into_a_script() -> None:
    """A branch name in `${{ }}` inside a script would be code; inputs come as variables."""
    runs = action()["runs"]
    assert isinstance(runs, Mapping)
    scripts = [step["run"] for step in runs["steps"] if "run" in step]

    assert scripts
    assert not [script for script in scripts if "${{" in script]


def test_the_actions_step_leaves_what_it_promises(job: Path) -> None:
    """Run as the runner does: its outputs are in the file, the comment where they say, the history kept."""
    history = job / "history"
    history.mkdir()

    done = run(
        job, PROJECT / "docs" / "ci" / "github-step.sh", "github",
        PROGRAM=str(job / "bin" / "magentic-one-responder"), HISTORY=str(history),
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    outputs = dict(line.split("=", 1) for line in (job / "files" / "output").read_text().splitlines())
    promised = action()["outputs"]
    assert isinstance(promised, Mapping)
    assert set(promised) == set(outputs)
    assert "test_mirrors_invoice" in Path(outputs["comment-file"]).read_text().splitlines()[0]
    assert len(list(history.glob("*/ci/record.json"))) == 1


def test_the_actions_step_takes_the_logs_that_were_fetched(job: Path) -> None:
    """In a job of its own the workspace holds nothing; the failed jobs' logs lie in the runner's folder."""
    shutil.rmtree(job / "workspace" / "test-results")
    (job / "temp" / "job-logs").mkdir()
    shutil.copy(SAMPLE / "console.log", job / "temp" / "job-logs" / "123.log")

    done = run(
        job, PROJECT / "docs" / "ci" / "github-step.sh", "github", PROGRAM=str(job / "bin" / "magentic-one-responder")
    )

    assert done.returncode == 0, done.stderr
    assert "test_mirrors_invoice" in (job / "temp" / "responder-comment.md").read_text()


def test_the_actions_step_fails_only_when_asked(job: Path) -> None:
    """`fail-on` reaches the job."""
    step = PROJECT / "docs" / "ci" / "github-step.sh"

    assert (
        run(job, step, "github", PROGRAM=str(job / "bin" / "magentic-one-responder"), FAIL_ON="diagnosed").returncode
        == 1
    )


def test_the_gitlab_template_is_valid_and_works(job: Path) -> None:
    """By GitLab's schema; its script leaves every file that its artifacts name."""
    template = yaml.safe_load((PROJECT / "docs" / "ci" / "gitlab.yml").read_text())
    validate(template, "gitlab-ci.json")
    explain = template["explain-failure"]

    done = run(job, "\n".join(explain["script"]), "gitlab")

    assert done.returncode == 0, done.stderr
    artifacts = explain["artifacts"]
    for path in [*artifacts["paths"], *artifacts["reports"].values()]:
        assert (job / "workspace" / path).exists(), path
    assert list((job / "workspace" / ".responder-history").glob("*/ci/record.json"))


def test_the_jenkins_snippet_works(job: Path) -> None:
    """The script of its `post` block leaves what its publishers read."""
    text = (PROJECT / "docs" / "ci" / "Jenkinsfile").read_text()
    (script,) = re.findall(r"failure \{\s+sh '''(.*?)'''", text, re.DOTALL)

    done = run(job, script.replace("\\\\", "\\"), "jenkins")

    assert done.returncode == 0, done.stderr
    for pattern in ("responder-junit.xml", "responder.sarif", "responder-comment.md"):
        assert pattern in text
        assert (job / "workspace" / pattern).is_file()


def snippet(beginning: str) -> str:
    """A block of the page, by its first comment."""
    page = (PROJECT / "docs" / "ci.md").read_text()
    (block,) = re.findall(rf"```\w+\n(# {beginning}.*?)```", page, re.DOTALL)
    return str(block)


def test_the_buildkite_hook_works(job: Path) -> None:
    """It annotates the build with the comment, and does nothing after a command that passed."""
    agent = job / "bin" / "buildkite-agent"
    agent.write_text(f'#!/bin/sh\necho "$@" > {job}/annotated\ncat >> {job}/annotated\n')
    agent.chmod(0o755)
    hook = snippet("Buildkite")

    assert run(job, hook, "buildkite", BUILDKITE_COMMAND_EXIT_STATUS="0").returncode == 0
    assert not (job / "annotated").exists()
    done = run(job, hook, "buildkite", BUILDKITE_COMMAND_EXIT_STATUS="1")

    assert done.returncode == 0, done.stderr
    arguments, first, *_ = (job / "annotated").read_text().splitlines()
    assert arguments == "annotate --style error --context responder"
    assert "test_mirrors_invoice" in first


def test_the_circleci_steps_work(job: Path) -> None:
    """The results they store are where the command leaves them."""
    steps = yaml.safe_load(snippet("CircleCI"))

    done = run(job, steps[0]["run"]["command"], "circleci")

    assert done.returncode == 0, done.stderr
    stored = job / "workspace" / steps[1]["store_test_results"]["path"]
    assert "test_mirrors_invoice" in (stored / "junit.xml").read_text()
    assert (
        "test_mirrors_invoice" in (job / "workspace" / steps[2]["store_artifacts"]["path"] / "comment.md").read_text()
    )


def test_the_azure_steps_work(job: Path) -> None:
    """The summary they upload is the comment; the agent puts its variables in before the shell sees them."""
    scripts = [
        step["script"].replace("$(Agent.TempDirectory)", str(job / "temp")) for step in yaml.safe_load(snippet("Azure"))
    ]

    explained, uploaded = (run(job, script, "azure") for script in scripts)

    assert explained.returncode == 0, explained.stderr
    assert "##vso[task.logissue type=error" in explained.stdout
    command, path = uploaded.stdout.strip().split("]", 1)
    assert command == "##vso[task.uploadsummary"
    assert "test_mirrors_invoice" in Path(path).read_text().splitlines()[0]


@pytest.mark.parametrize("page", ["ci.md", "ci/gitlab.yml", "ci/Jenkinsfile", "ci/github-step.sh"])
def test_the_pages_use_options_that_exist(page: str) -> None:
    """Whatever stands after `responder ci` is an option of the command."""
    command = typer.main.get_group(build_app("ci", COMMANDS)).commands["ci"]
    known = {option for parameter in command.params for option in parameter.opts}
    text = (PROJECT / "docs" / page).read_text()
    used = {
        option
        for call in re.findall(r"(?:responder|orchestrator\.py) ci\b((?:[^\n]|\\\n)*)", text)
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", call)
    }

    assert used <= known


def test_the_page_tells_of_every_file_option() -> None:
    """An output nobody hears of is not read."""
    command = typer.main.get_group(build_app("ci", COMMANDS)).commands["ci"]
    page = (PROJECT / "docs" / "ci.md").read_text()

    assert not [
        option
        for parameter in command.params
        for option in parameter.opts
        if option.endswith("-file") and option not in page
    ]
