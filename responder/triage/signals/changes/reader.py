"""Takes deployment records, `git log` texts and unified differences, and says when the running system changed.

A commit counts from the deployment that brought it out. One that no record brings out stays context: it was merged, and
nothing says that it runs.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact, Skipped
from responder.incident import Category
from responder.triage.interface import FileFacts, Finding
from responder.triage.signals.changes.commits import Commit, commits_of, looks_like_commits
from responder.triage.signals.changes.diffs import Setting, looks_like_diff, settings_of
from responder.triage.signals.changes.finding import change
from responder.triage.signals.changes.releases import Release, looks_like_releases, releases_of
from responder.triage.signals.content import Content, head_of
from responder.triage.signals.interface import Signals

__all__ = ["ChangeReader"]

_MOST_MERGED = 20
_MOST_BROUGHT = 30
_CONFIG = (".yaml", ".yml", ".toml", ".ini", ".conf", ".cfg", ".env", ".properties", ".tf", ".hcl")


class ChangeReader:
    """Finds what was changed in the running system."""

    def read(self, artifacts: Sequence[Artifact], *, calm: Sequence[Artifact] = ()) -> Signals:
        """See `SignalReader.read`."""
        files: list[FileFacts] = []
        skipped: list[Skipped] = []
        releases: list[Release] = []
        commits: list[list[Commit]] = []
        findings: list[Finding] = []
        for artifact in sorted(artifacts, key=lambda artifact: artifact.path):
            head = head_of(artifact)
            form = _form(artifact.path, head)
            if not form:
                continue
            try:
                content = Content(artifact)
            except (EvidenceError, OSError) as error:
                skipped.append(Skipped(artifact.path, f"changes could not be read: {error}"))
                continue
            times: list[datetime | None]
            if form == "deployments":
                found = releases_of(content)
                releases += found
                times = [release.at for release in found]
            elif form == "commits":
                logged = commits_of(content)
                commits.append(logged)
                times = [commit.at for commit in logged]
            else:
                settings = settings_of(content)
                findings += [_of_setting(content, setting) for setting in settings]
                times = [setting.at for setting in settings]
            if times:
                stamps = [time.timestamp() for time in times if time]
                files.append(content.facts(form, min(stamps, default=None), max(stamps, default=None)))
        findings += [_of_release(release) for release in releases]
        findings += [finding for log in commits for finding in _of_commits(log, releases)]
        names = sorted({finding.component for finding in findings if finding.component})
        return Signals(tuple(findings), tuple(files), tuple(names), (), tuple(skipped))


def _form(path: str, head: str) -> str:
    if looks_like_commits(head):
        return "commits"
    if looks_like_diff(head):
        return "difference"
    return "deployments" if looks_like_releases(path, head) else ""


def _of_setting(content: Content, setting: Setting) -> Finding:
    return change(
        content,
        setting.line,
        rule="difference",
        component=setting.component,
        summary=f"{setting.name} in {setting.file}: {setting.old} to {setting.new}",
        why="A setting was changed here; failures that begin soon after it are suspect.",
        category=Category.CONFIGURATION_MISMATCH,
        at=setting.at,
        captures={"setting": setting.name, "old": setting.old, "new": setting.new},
    )


def _of_release(release: Release) -> Finding:
    who = release.component or "the system"
    if release.setting:
        summary, category = f"{release.setting} of {who} was set", Category.CONFIGURATION_MISMATCH
    else:
        summary, category = f"Release {release.version} of {who}", Category.DEPLOYMENT_REGRESSION
    why = "Something was deployed here; failures that begin soon after it are suspect."
    if not release.went_out:
        why = "The record says that it did not come about, so the running system stayed as it was."
        category = Category.UNKNOWN
    named = {"setting": release.setting, "old": release.old, "new": release.new}
    if not release.setting:
        named = {"version": release.version, "old": release.before, "new": release.version if release.before else ""}
    return change(
        release.content,
        release.line,
        rule="deployment",
        component=release.component,
        summary=summary,
        why=why,
        category=category,
        at=release.at,
        captures=named if release.went_out else {"failed": release.version},
    )


def _of_commits(log: Sequence[Commit], releases: Sequence[Release]) -> Iterator[Finding]:
    """The commits that deployments brought out, then the newest of those that none did."""
    brought: dict[int, Release] = {}
    out = sorted((r for r in releases if r.went_out and r.at), key=lambda r: (r.at, r.content.path, r.line))
    reached: dict[str | None, int] = {}
    for release in out:
        at = next((i for i, commit in enumerate(log) if _is_of(commit, release)), None)
        if at is None:
            continue
        end = reached.get(release.component, at + 1)
        reached[release.component] = at
        for index in range(at, max(end, at + 1)):
            brought.setdefault(index, release)
    for index, release in sorted(brought.items())[:_MOST_BROUGHT]:
        yield _brought(log[index], release)
    for commit in [commit for index, commit in enumerate(log) if index not in brought][:_MOST_MERGED]:
        yield _merged(commit, known=bool(brought))


def _is_of(commit: Commit, release: Release) -> bool:
    if release.commit and (commit.sha.startswith(release.commit) or release.commit.startswith(commit.sha)):
        return True
    bare = release.version.rpartition(":")[2].removeprefix("v")
    return bool(bare) and any(tag.removeprefix("v") == bare for tag in commit.tags)


def _brought(commit: Commit, release: Release) -> Finding:
    config = bool(commit.files) and all(name.lower().endswith(_CONFIG) for name in commit.files)
    merged = f", merged {commit.at:%Y-%m-%d %H:%M}" if commit.at else ""
    return change(
        commit.content,
        commit.line,
        rule="commit",
        component=release.component,
        summary=f"Commit {commit.sha[:10]} went out with {release.version}: {commit.subject[:160]}",
        why=f"It came into the running system with {release.version}{merged}.",
        category=Category.CONFIGURATION_MISMATCH if config else Category.DEPLOYMENT_REGRESSION,
        at=release.at,
        captures={"version": release.version, "commit": commit.sha[:12]},
    )


def _merged(commit: Commit, *, known: bool) -> Finding:
    later = (
        "no deployment in the evidence brought it out" if known else "the evidence does not say when it was deployed"
    )
    return change(
        commit.content,
        commit.line,
        rule="merge",
        component=None,
        summary=f"Commit {commit.sha[:10]}: {commit.subject[:160]}",
        why=f"It was merged, and {later}; merged is not deployed.",
        category=Category.UNKNOWN,
        at=commit.at,
        captures={"commit": commit.sha[:12]},
    )
