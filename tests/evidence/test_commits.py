"""The history of a checkout among the inputs: read like any other text, and never trusted."""

import os
import subprocess
from pathlib import Path

import pytest

from responder.evidence import FileSource
from responder.evidence.interface import Artifact, Collection

WHEN = {"GIT_AUTHOR_DATE": "2026-05-04T09:00:00Z", "GIT_COMMITTER_DATE": "2026-05-04T09:00:00Z"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with two commits and a tag, beside a log."""
    top = tmp_path / "evidence"
    top.mkdir()
    (top / "app.log").write_text("2026-05-04T10:00:00Z INFO up\n")
    repository = top / "shop"
    _git(tmp_path, "init", "-q", "-b", "main", str(repository))
    for number in (1, 2):
        (repository / "pool.yaml").write_text(f"size: {number}\n")
        _git(repository, "add", "pool.yaml")
        _git(repository, "commit", "-q", "-m", f"Pool of {number}")
    _git(repository, "tag", "v1.2.0")
    return top


def _git(folder: Path, *args: str) -> None:
    who = {f"GIT_{role}_{what}": "a@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {"PATH": os.defpath, "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **who, **WHEN}
    subprocess.run(["git", "-C", str(folder), *args], check=True, env=env)


def _history(collection: Collection) -> Artifact:
    return next(artifact for artifact in collection.artifacts if artifact.path.endswith("!/log"))


def _reason(collection: Collection) -> str:
    return next(skipped.reason for skipped in collection.skipped if skipped.path == "shop/.git")


def test_the_commits_of_a_checkout_are_evidence(checkout: Path) -> None:
    """Each commit is there with its day, its tag, its subject and the files that it changed."""
    history = _history(FileSource().collect([checkout]))

    with history.open() as stream:
        text = stream.read().decode()

    assert history.path == "shop/.git!/log"
    assert [line.strip() for line in text.split("\n") if "Pool of" in line] == ["Pool of 2", "Pool of 1"]
    assert "(tag: v1.2.0)" in text.split("\n")[0]
    assert "2026-05-04T09:00:00+00:00" in text
    assert "\npool.yaml\n" in text
    assert history.size_bytes == len(text.encode())


def test_packed_history_is_read_as_well(checkout: Path) -> None:
    """After git has packed refs and objects the same commits are given."""
    before = _history(FileSource().collect([checkout]))
    with before.open() as stream:
        loose = stream.read()

    _git(checkout / "shop", "pack-refs", "--all")
    _git(checkout / "shop", "gc", "-q")

    with _history(FileSource().collect([checkout])).open() as stream:
        assert stream.read() == loose


@pytest.mark.parametrize(
    "setting",
    [
        "[core]\n\tfsmonitor = {run}\n\tpager = {run}\n\thooksPath = {hooks}\n\talternateRefsCommand = {run}\n",
        "[diff]\n\texternal = {run}\n[pager]\n\tlog = {run}\n[log]\n\tshowSignature = true\n[gpg]\n\tprogram = {run}\n",
        '[alias]\n\tlog = "!{run}"\n[include]\n\tpath = {run}\n',
        '[diff "x"]\n\ttextconv = {run}\n\tcommand = {run}\n[filter "x"]\n\tsmudge = {run}\n\tclean = {run}\n',
    ],
)
def test_nothing_that_the_checkout_names_is_run(checkout: Path, tmp_path: Path, setting: str) -> None:
    """Whatever programs its configuration, hooks and attributes name, none is started."""
    trace, program = tmp_path / "ran", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {trace}\n")
    program.chmod(0o755)
    inside = checkout / "shop" / ".git"
    (inside / "config").write_text(setting.format(run=program, hooks=tmp_path))
    (inside / "info").mkdir(exist_ok=True)
    (inside / "info" / "attributes").write_text("*.yaml diff=x filter=x\n")

    history = _history(FileSource().collect([checkout]))

    assert history.size_bytes > 0
    assert not trace.exists()


def test_objects_from_elsewhere_are_not_looked_at(checkout: Path, tmp_path: Path) -> None:
    """A store that borrows from another folder of this machine would show what the caller did not give."""
    borrowed = checkout / "shop" / ".git" / "objects" / "info" / "alternates"
    borrowed.write_text(f"{tmp_path}\n")

    assert "borrows objects from elsewhere" in _reason(FileSource().collect([checkout]))


@pytest.mark.parametrize("head", ["", "ref: refs/heads/../../../secret", "ref: refs/heads/none", "0" * 40, "-" * 40])
def test_a_damaged_checkout_is_told_and_skipped(checkout: Path, head: str) -> None:
    """What git cannot read is a skipped folder with its reason, and the rest of the evidence is read."""
    (checkout / "shop" / ".git" / "HEAD").write_text(head)

    collection = FileSource().collect([checkout])

    assert "history" in _reason(collection)
    assert "app.log" in [artifact.path for artifact in collection.artifacts]


def test_a_link_in_place_of_a_checkout_is_not_followed(checkout: Path, tmp_path: Path) -> None:
    """A link that is called `.git` leads nowhere."""
    (checkout / "shop" / ".git").rename(tmp_path / "real")
    (checkout / "shop" / ".git").symlink_to(tmp_path / "real")

    collection = FileSource().collect([checkout])

    assert not [artifact for artifact in collection.artifacts if artifact.path.endswith("!/log")]
    assert _reason(collection) == "not evidence: tool folder"
