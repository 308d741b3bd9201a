"""`ci` as a step of each service: its variables in, its files out, and a job that never gets worse."""

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

from responder.ci.providers import detect
from responder.cli.ci import ci
from responder.errors import ExitCode
from tests.ci.builds import commit
from tests.ci.runner import PROJECT, SERVICES, SHA, run_step

SAMPLE = PROJECT / "sample_logs" / "failed-ci-job" / "logs"
SCHEMAS = Path(__file__).with_name("schemas")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A job's machine, whose workspace holds what the failed build left."""
    (tmp_path / "workspace").mkdir()
    for path in SAMPLE.iterdir():
        shutil.copy(path, tmp_path / "workspace")
    return tmp_path


TOLD = {
    "github": ("CI / test", "main", "https://git.example/acme/billing/actions/runs/9"),
    "gitlab": ("test", "fix/rounding", "https://git.example/acme/billing/-/jobs/9"),
    "jenkins": ("test", "fix/rounding", "https://ci.example/job/test/9/"),
    "buildkite": ("billing / test", "fix/rounding", "https://builds.example/acme/billing/builds/9#0193-aa"),
    "circleci": ("test", "fix/rounding", "https://circle.example/gh/acme/billing/9"),
    "azure": ("billing / test", "fix/rounding", "https://azure.example/acme/Our%20Shop/_build/results?buildId=9"),
}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_is_known_by_its_variables(service: str, folder: Path) -> None:
    """Without an argument the step finds the artifacts, explains them, names the build it was, and passes."""
    step = run_step(folder, "--no-agents", service=service)

    assert step.code == ExitCode.OK, step.stderr
    build = step.record["build"]
    assert isinstance(build, dict)
    assert build["provider"] == service
    assert build["commit"] == SHA
    assert (build["job"], build["branch"], build["url"]) == TOLD[service]
    assert "test_mirrors_invoice" in step.comment.splitlines()[0]
    assert "test_mirrors_invoice" in step.stdout.splitlines()[0]


def test_github_gets_summary_outputs_and_annotations(folder: Path) -> None:
    """Each in the file or form that GitHub documents."""
    step = run_step(folder, "--no-agents", service="github")

    assert step.outputs["verdict"] == "diagnosed"
    assert step.outputs["kind"] == "regression"
    assert 0.5 < float(step.outputs["confidence"]) <= 1
    assert (Path(step.outputs["report"]) / "final_report.md").is_file()
    assert (step.files / "summary.md").read_text().startswith("### ")
    commands = [line for line in step.stdout.splitlines() if line.startswith("::")]
    assert commands
    assert all(re.match(r"::error (file=tests/test_\w+\.py,line=\d+,)?title=", line) for line in commands)


def test_azure_gets_its_own_commands(folder: Path) -> None:
    """Azure reads `##vso[`, and nothing of GitHub's."""
    step = run_step(folder, "--no-agents", service="azure")

    assert any(line.startswith("##vso[task.logissue type=error") for line in step.stdout.splitlines())
    assert "::error" not in step.stdout


def test_the_wanted_files_are_written(folder: Path) -> None:
    """Comment, SARIF, Code Quality and JUnit at the paths that were asked for."""
    step = run_step(
        folder, "--no-agents", "--comment-file", "c.md", "--sarif-file", "s/x.sarif", "--code-quality-file", "q.json",
        "--junit-file", "j.xml", service="gitlab",
    )  # fmt: skip

    workspace = folder / "workspace"
    assert (workspace / "c.md").read_text() == step.comment
    jsonschema.validate(
        json.loads((workspace / "s" / "x.sarif").read_text()), json.loads((SCHEMAS / "sarif-2.1.0.json").read_text())
    )
    jsonschema.validate(
        json.loads((workspace / "q.json").read_text()), json.loads((SCHEMAS / "gitlab-code-quality.json").read_text())
    )
    assert "test_mirrors_invoice" in (workspace / "j.xml").read_text()


def test_the_whole_team_runs_by_default(folder: Path) -> None:
    """Without a key it is the built-in analyst; the journal and the verdict of the run are there."""
    step = run_step(folder, "--sandbox", "off", service="github")

    report = json.loads((step.out / "latest" / "report.json").read_text())
    assert step.code == ExitCode.OK, step.stderr
    assert report["agents"]["turns"] > 0
    assert (step.out / "latest" / "audit.jsonl").is_file()
    assert "test_mirrors_invoice" in step.comment.splitlines()[0]


def test_a_local_pipe_is_explained(folder: Path) -> None:
    """`pytest 2>&1 | ... ci -`, outside of any service."""
    step = run_step(folder, "-", "--no-agents", stdin=(SAMPLE / "console.log").read_bytes())

    assert step.code == ExitCode.OK, step.stderr
    assert "test_mirrors_invoice" in step.stdout


def test_the_culprit_is_in_the_comment(folder: Path) -> None:
    """The failing line's newest change, from the checkout that the job has."""
    workspace = folder / "workspace"
    test = ["import decimal"] + ["# filler"] * 60
    good = commit(
        workspace, "first", {"tests/test_credit_notes.py": "\n".join(test), "tests/test_totals.py": "\n".join(test)}
    )
    test[40] = "    assert -invoice.total == note.total"
    bad = commit(workspace, "credit notes mirror @everyone", {"tests/test_credit_notes.py": "\n".join(test)})

    step = run_step(folder, SAMPLE, "--no-agents", "--last-green", good, service="gitlab", CI_COMMIT_SHA=bad)

    assert bad[:10] in step.comment
    assert "by Ada" in step.comment
    assert step.record["kind"] == "regression"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("nowhere.log",), "does not exist"),
        (("--history", "nowhere"), "not a folder"),
        (("--provider", "nonsense"), "not a known CI service"),
        (("--base-url", "ftp://x"), "http"),
        (("--baseline", "nowhere"), "does not exist"),
        (("--model", "no-such-model", "--base-url", "http://127.0.0.1:9/v1", "--sandbox", "off"), ""),
    ],
)
def test_whatever_goes_wrong_the_step_passes(args: tuple[str, ...], said: str, folder: Path) -> None:
    """Exit 0, a line that says what happened, no trace, and something where later steps look."""
    step = run_step(folder, *args, "--comment-file", "c.md", service="github")

    assert step.code == ExitCode.OK
    assert said in step.stderr
    assert "Traceback" not in step.stderr
    assert (folder / "workspace" / "c.md").read_text().rstrip().endswith("-->")
    assert "verdict" in step.outputs


def test_what_is_not_there_costs_nothing_else(folder: Path) -> None:
    """A first run has no last green one and no history, and a job that fails early leaves no test results."""
    step = run_step(
        folder,
        "console.log",
        "test-results",
        "--baseline",
        "last",
        "--history",
        "past",
        "--no-agents",
        service="github",
    )

    assert "test_mirrors_invoice" in step.comment.splitlines()[0]
    for name in ("test-results", "last", "past"):
        assert f"'{name}'" in step.stderr
        assert name in (step.files / "summary.md").read_text()


def test_an_empty_workspace_says_what_to_name(tmp_path: Path) -> None:
    """Nothing to read is no failure of the job either."""
    step = run_step(tmp_path, "--no-agents", service="github")

    assert step.code == ExitCode.OK
    assert "no logs or test results were found" in step.stderr


def test_a_read_only_disk_costs_the_reports_alone(folder: Path) -> None:
    """The run folder cannot be made: one line, exit 0, and the answer where it is looked for all the same."""
    (folder / "reports").write_text("a file where the folder should be")

    step = run_step(folder, "--no-agents", "--comment-file", "c.md", service="github")

    assert step.code == ExitCode.OK
    assert "cannot be written" in step.stderr
    assert step.outputs["verdict"] == "diagnosed"
    assert "test_mirrors_invoice" in (folder / "workspace" / "c.md").read_text()


@pytest.mark.parametrize(
    ("fail_on", "code"), [("diagnosed", ExitCode.FINDING), ("healthy", ExitCode.OK), ("inconclusive", ExitCode.OK)]
)
def test_fail_on_asks_for_an_exit_code(fail_on: str, code: ExitCode, folder: Path) -> None:
    """Only when it is given, and only for the verdict it names."""
    assert run_step(folder, "--no-agents", "--fail-on", fail_on).code == code


def test_with_fail_on_an_unreadable_input_fails_the_step(folder: Path) -> None:
    """Who asks for exit codes gets those of trouble too."""
    assert run_step(folder, "nowhere", "--no-agents", "--fail-on", "diagnosed").code == ExitCode.EVIDENCE_UNREADABLE


def test_no_line_of_a_log_reaches_the_runner_as_a_command(folder: Path) -> None:
    """Neither on stdout nor on stderr, whatever the artifacts and their names hold."""
    evil = "::set-output name=x::y\r::add-mask::a\n##[set-env name=a]b\n##vso[task.setvariable variable=a]b\n"
    (folder / "workspace" / "build.log").write_text(f"E: Unable to locate package {evil}{evil}ERROR: {evil}" * 3)
    (folder / "workspace" / "::add-mask::ci.log").write_text(evil)

    step = run_step(folder, "--sandbox", "off", service="github")

    for line in re.split(r"[\r\n\x0b\x0c\x85\u2028\u2029]", step.stdout + step.stderr):
        allowed = re.match(r"::error (?:file=[^,:]+,line=\d+,)?title=[^:]*::", line)
        rest = line[allowed.end() :] if allowed else line
        assert not rest.lstrip().startswith("::"), line
        assert not re.search(r"(?i)##(\[|vso\[)", rest), line


def test_a_pull_request_names_its_own_commits(folder: Path) -> None:
    """GitHub builds a merge commit that nobody wrote; the event tells the change and its base."""
    event = {"pull_request": {"number": 7, "head": {"sha": "b" * 40}, "base": {"sha": "c" * 40}}}
    (folder / "event.json").write_text(json.dumps(event))
    build = detect({**SERVICES["github"], "GITHUB_EVENT_PATH": str(folder / "event.json")})

    assert (build.commit, build.last_good, build.change_request) == ("b" * 40, "c" * 40, "7")


@pytest.mark.parametrize(
    "event", ["", "[]", "{", '{"pull_request": 3}', '{"pull_request": {"head": "x"}}', "[" * 100_000]
)
def test_a_strange_event_file_is_passed_over(event: str, tmp_path: Path) -> None:
    """It is only asked for what it may not hold."""
    path = tmp_path / "event.json"
    path.write_text(event)

    assert detect({"GITHUB_ACTIONS": "1", "GITHUB_SHA": SHA, "GITHUB_EVENT_PATH": str(path)}).commit == SHA


def test_branch_names_are_text_not_structure() -> None:
    """A branch can be called nearly anything."""
    build = detect({"GITLAB_CI": "1", "CI_COMMIT_REF_NAME": "x\n::error::y\x1b[31m", "CI_COMMIT_SHA": "--help"})

    assert "\n" not in build.branch
    assert "\x1b" not in build.branch
    assert build.commit == ""


@pytest.mark.parametrize(
    ("environment", "branch", "request_number"),
    [
        ({"JENKINS_HOME": "/j", "BRANCH_NAME": "PR-4", "CHANGE_BRANCH": "fix/x", "CHANGE_ID": "4"}, "fix/x", "4"),
        ({"JENKINS_HOME": "/j", "BRANCH_NAME": "main", "GIT_BRANCH": "main"}, "main", ""),
        (
            {
                "TF_BUILD": "True",
                "BUILD_SOURCEBRANCH": "refs/pull/31/merge",
                "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/fix/x",
                "SYSTEM_PULLREQUEST_PULLREQUESTID": "31",
            },
            "fix/x",
            "31",
        ),
        ({"TF_BUILD": "True", "BUILD_SOURCEBRANCH": "refs/tags/v1", "BUILD_SOURCEBRANCHNAME": "v1"}, "v1", ""),
        ({"CIRCLECI": "true", "CIRCLE_TAG": "v1"}, "v1", ""),
    ],
)
def test_a_branch_is_the_one_people_know(environment: dict[str, str], branch: str, request_number: str) -> None:
    """Not the merge that the service made, not its last part, not a remote's name for it."""
    build = detect(environment)

    assert (build.branch, build.change_request) == (branch, request_number)


def test_circleci_works_below_the_home_folder(folder: Path) -> None:
    """Its variable says `~/project`, and no shell reads it."""
    (folder / "workspace").rename(folder / "project")
    step = run_step(
        folder, "--no-agents", service="circleci", CIRCLE_WORKING_DIRECTORY="~/project", HOME=str(folder)
    )  # fmt: skip

    assert "test_mirrors_invoice" in step.comment.splitlines()[0]


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https://x/)[y](http://z", "https://x/a b", "https://u:p@x/", "https://x/\n::error::"],
)
def test_an_address_that_is_none_is_left_out(url: str) -> None:
    """It becomes a link; whatever could end the link, or holds a password, does not."""
    assert detect({"JENKINS_URL": "x", "BUILD_URL": url}).url == ""


def test_the_command_is_documented() -> None:
    """The help says the one promise a pipeline relies on."""
    assert "Exits 0 whatever happens" in (ci.__doc__ or "")
