"""Which CI service runs this, read from the variables that each one documents.

The environment is passed in, so this module never reads it. Values are shaped here and nowhere else: a commit is a
hash or nothing, a job name is one line, since a branch or job can be named by anybody who opens a change request.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from responder.ci.interface import Build, Provider
from responder.patterns import lazy
from responder.safety.sanitise import sanitise

__all__ = ["PROVIDERS", "detect"]

Environment = Mapping[str, str]

_SHA = lazy(r"[0-9a-f]{7,64}")
_NO_COMMIT = lazy(r"0+")
_MOST_EVENT_BYTES = 5_000_000
_NAME_CHARS = 200
_ADDRESS = lazy(r"https?://[A-Za-z0-9.-]{1,250}(?::\d{1,5})?/[A-Za-z0-9._~/?#=&%+-]{0,600}")


def detect(environment: Environment, *, provider: Provider | None = None) -> Build:
    """The build this process runs in; `provider="local"` outside of every known service.

    Args:
        environment: The process's variables.
        provider: Believe this instead of looking for the services' own marks.
    """
    marked: Provider = next((name for name, marks in _MARKS.items() if any(map(environment.get, marks))), "local")
    return _READERS[provider or marked](environment)


def _github(env: Environment) -> Build:
    event = _event(env.get("GITHUB_EVENT_PATH", ""))
    request = _mapping(event.get("pull_request"))
    head, base = _mapping(request.get("head")), _mapping(request.get("base"))
    # A pull request is built from a merge commit nobody wrote; its head is the change, its base was accepted.
    return Build(
        "github",
        repository=_name(env.get("GITHUB_REPOSITORY")),
        commit=_sha(head.get("sha")) or _sha(env.get("GITHUB_SHA")),
        branch=_name(env.get("GITHUB_HEAD_REF") or env.get("GITHUB_REF_NAME")),
        base_branch=_name(env.get("GITHUB_BASE_REF")),
        last_good=_sha(base.get("sha")) or _sha(event.get("before")),
        change_request=_number(request.get("number")),
        job=_joined(env.get("GITHUB_WORKFLOW"), env.get("GITHUB_JOB")),
        run=_name(env.get("GITHUB_RUN_ID")),
        url=_github_url(env),
        attempt=_attempt(env.get("GITHUB_RUN_ATTEMPT")),
        runner=_name(env.get("RUNNER_NAME")),
        workspace=_path(env.get("GITHUB_WORKSPACE")),
        summary_file=_path(env.get("GITHUB_STEP_SUMMARY")),
        outputs_file=_path(env.get("GITHUB_OUTPUT")),
    )


def _gitlab(env: Environment) -> Build:
    return Build(
        "gitlab",
        repository=_name(env.get("CI_PROJECT_PATH")),
        commit=_sha(env.get("CI_COMMIT_SHA")),
        branch=_name(env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") or env.get("CI_COMMIT_REF_NAME")),
        base_branch=_name(env.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")),
        last_good=_sha(env.get("CI_MERGE_REQUEST_DIFF_BASE_SHA")) or _sha(env.get("CI_COMMIT_BEFORE_SHA")),
        change_request=_number(env.get("CI_MERGE_REQUEST_IID")),
        job=_name(env.get("CI_JOB_NAME")),
        run=_name(env.get("CI_PIPELINE_ID")),
        url=_url(env.get("CI_JOB_URL")),
        runner=_name(env.get("CI_RUNNER_DESCRIPTION") or env.get("CI_RUNNER_ID")),
        workspace=_path(env.get("CI_PROJECT_DIR")),
    )


def _jenkins(env: Environment) -> Build:
    return Build(
        "jenkins",
        repository=_name(env.get("GIT_URL", "").rpartition("@")[2].removesuffix(".git")),
        commit=_sha(env.get("GIT_COMMIT")),
        branch=_name(env.get("CHANGE_BRANCH") or env.get("BRANCH_NAME") or _local_name(env.get("GIT_BRANCH"))),
        base_branch=_name(env.get("CHANGE_TARGET")),
        last_good=_sha(env.get("GIT_PREVIOUS_SUCCESSFUL_COMMIT")),
        change_request=_number(env.get("CHANGE_ID")),
        job=_name(env.get("JOB_NAME")),
        run=_name(env.get("BUILD_NUMBER")),
        url=_url(env.get("BUILD_URL")),
        runner=_name(env.get("NODE_NAME")),
        workspace=_path(env.get("WORKSPACE")),
    )


def _buildkite(env: Environment) -> Build:
    return Build(
        "buildkite",
        repository=_name(env.get("BUILDKITE_REPO", "").rpartition("@")[2].removesuffix(".git")),
        commit=_sha(env.get("BUILDKITE_COMMIT")),
        branch=_name(env.get("BUILDKITE_BRANCH")),
        base_branch=_name(env.get("BUILDKITE_PULL_REQUEST_BASE_BRANCH")),
        change_request=_number(env.get("BUILDKITE_PULL_REQUEST")),
        job=_joined(env.get("BUILDKITE_PIPELINE_SLUG"), env.get("BUILDKITE_LABEL") or env.get("BUILDKITE_STEP_KEY")),
        run=_name(env.get("BUILDKITE_BUILD_NUMBER")),
        url=_url("#".join(filter(None, (env.get("BUILDKITE_BUILD_URL"), env.get("BUILDKITE_JOB_ID"))))),
        attempt=_attempt(env.get("BUILDKITE_RETRY_COUNT"), first=0),
        runner=_name(env.get("BUILDKITE_AGENT_NAME")),
        workspace=_path(env.get("BUILDKITE_BUILD_CHECKOUT_PATH")),
    )


def _circleci(env: Environment) -> Build:
    return Build(
        "circleci",
        repository=_joined(env.get("CIRCLE_PROJECT_USERNAME"), env.get("CIRCLE_PROJECT_REPONAME")),
        commit=_sha(env.get("CIRCLE_SHA1")),
        branch=_name(env.get("CIRCLE_BRANCH") or env.get("CIRCLE_TAG")),
        change_request=_number(env.get("CIRCLE_PULL_REQUEST", "").rpartition("/")[2]),
        job=_name(env.get("CIRCLE_JOB")),
        run=_name(env.get("CIRCLE_WORKFLOW_ID")),
        url=_url(env.get("CIRCLE_BUILD_URL")),
        runner=_name(env.get("CIRCLE_NODE_INDEX")),
        workspace=_path(_from_home(env.get("CIRCLE_WORKING_DIRECTORY", ""), env)),
    )


def _azure(env: Environment) -> Build:
    # Of `refs/heads/feature/x` the short name keeps the last part only, and of a pull request it says `merge`.
    branch = env.get("SYSTEM_PULLREQUEST_SOURCEBRANCH") or env.get("BUILD_SOURCEBRANCH") or ""
    number = env.get("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER") or env.get("SYSTEM_PULLREQUEST_PULLREQUESTID")
    return Build(
        "azure",
        repository=_name(env.get("BUILD_REPOSITORY_NAME")),
        commit=_sha(env.get("SYSTEM_PULLREQUEST_SOURCECOMMITID")) or _sha(env.get("BUILD_SOURCEVERSION")),
        branch=_name(_branch_of(branch) or env.get("BUILD_SOURCEBRANCHNAME")),
        base_branch=_name(_branch_of(env.get("SYSTEM_PULLREQUEST_TARGETBRANCH", ""))),
        change_request=_number(number),
        job=_joined(env.get("BUILD_DEFINITIONNAME"), env.get("AGENT_JOBNAME")),
        run=_name(env.get("BUILD_BUILDID")),
        url=_azure_url(env),
        attempt=_attempt(env.get("SYSTEM_JOBATTEMPT")),
        runner=_name(env.get("AGENT_MACHINENAME") or env.get("AGENT_NAME")),
        workspace=_path(env.get("BUILD_SOURCESDIRECTORY")),
    )


def _local(env: Environment) -> Build:
    return Build()


_MARKS: Mapping[Provider, tuple[str, ...]] = {
    "github": ("GITHUB_ACTIONS",),
    "gitlab": ("GITLAB_CI",),
    "jenkins": ("JENKINS_URL", "JENKINS_HOME"),
    "buildkite": ("BUILDKITE",),
    "circleci": ("CIRCLECI",),
    "azure": ("TF_BUILD",),
}
"""Variables whose presence each service documents as its mark. A Jenkins that was never told its address has no URL."""

_READERS: Mapping[Provider, Callable[[Environment], Build]] = {
    "github": _github,
    "gitlab": _gitlab,
    "jenkins": _jenkins,
    "buildkite": _buildkite,
    "circleci": _circleci,
    "azure": _azure,
    "local": _local,
}

PROVIDERS = tuple(_READERS)
"""Every name `--provider` takes."""


def _event(path: str) -> dict[str, object]:
    """The payload of the event that started a GitHub workflow; empty when it cannot be used."""
    try:
        if path and Path(path).stat().st_size <= _MOST_EVENT_BYTES:
            return _mapping(json.loads(Path(path).read_bytes()))
    except (OSError, ValueError, RecursionError):
        pass
    return {}


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _name(value: object) -> str:
    return " ".join(sanitise(str(value or ""))[:_NAME_CHARS].split())


def _joined(*parts: object) -> str:
    return " / ".join(name for name in map(_name, parts) if name)


def _github_url(env: Environment) -> str:
    repository, run = env.get("GITHUB_REPOSITORY"), _number(env.get("GITHUB_RUN_ID"))
    server = env.get("GITHUB_SERVER_URL") or "https://github.com"
    return _url(f"{server}/{repository}/actions/runs/{run}") if repository and run else ""


def _azure_url(env: Environment) -> str:
    collection, project = env.get("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", ""), env.get("SYSTEM_TEAMPROJECT", "")
    run = _number(env.get("BUILD_BUILDID"))
    path = f"{collection.rstrip('/')}/{quote(project)}/_build/results?buildId={run}"
    return _url(path) if collection and project and run else ""


def _url(value: str | None) -> str:
    """An address that can end neither a link of Markdown nor a line; empty for everything else."""
    text = (value or "").strip()
    return text if _ADDRESS.fullmatch(text) else ""


def _branch_of(reference: str) -> str:
    """`feature/x` of `refs/heads/feature/x`; of anything else, such as a merge that nobody wrote, nothing."""
    return reference.removeprefix("refs/heads/") if reference.startswith("refs/heads/") else ""


def _local_name(branch: str | None) -> str:
    """`main` of `origin/main`, as git's plug-in for Jenkins names what it checked out."""
    return (branch or "").removeprefix("origin/")


def _from_home(path: str, env: Environment) -> str:
    """CircleCI's own image says `~/project`, which only a shell would understand."""
    home = env.get("HOME", "")
    return f"{home}{path[1:]}" if home and (path == "~" or path.startswith("~/")) else path


def _sha(value: object) -> str:
    text = str(value or "").strip().lower()
    return text if _SHA.fullmatch(text) and not _NO_COMMIT.fullmatch(text) else ""


def _number(value: object) -> str:
    text = str(value or "")
    return text if text.isascii() and text.isdigit() and len(text) < 12 else ""


def _attempt(value: object, *, first: int = 1) -> int:
    number = _number(value)
    return max(1, int(number) - first + 1) if number else 1


def _path(value: str | None) -> Path | None:
    return Path(value) if value and "\x00" not in value else None
