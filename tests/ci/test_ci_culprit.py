"""From a failing line to the change behind it, in real repositories."""

from pathlib import Path

import pytest

from responder.ci.checkout import Checkout
from responder.ci.culprit import change_since_good, culprit_of
from responder.ci.interface import Build, Culprit, SourcePlace
from responder.ci.places import SourceMap
from tests.ci.builds import commit, git

SOURCE = "def total(lines):\n    return sum(lines)\n\n\ndef mean(lines):\n    return total(lines) / len(lines)\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    commit(folder, "first", {"app/totals.py": SOURCE, "README.md": "read\n"})
    commit(folder, "second", {"README.md": "read me\n"})
    return folder


def culprit(folder: Path, good: str, *places: SourcePlace) -> Culprit | None:
    checkout = Checkout(folder)
    return culprit_of(places, change_since_good(checkout, Build(), good), checkout)


def test_the_commit_that_changed_the_line_since_green(repository: Path) -> None:
    """Blame within the range last green..this beats everything else."""
    good = git(repository, "rev-parse", "HEAD")
    bad = commit(repository, "round half up", {"app/totals.py": SOURCE.replace("sum(lines)", "round(sum(lines))")})
    commit(repository, "unrelated", {"README.md": "more\n"})

    found = culprit(repository, good, SourcePlace("app/totals.py", 2, known=True))

    assert found is not None
    assert (found.commit.sha, found.commit.author, found.commit.subject) == (bad, "Ada", "round half up")
    assert found.since_good
    assert "line 2" in found.because


def test_an_old_line_in_a_changed_file_leads_to_the_change_of_the_file(repository: Path) -> None:
    """The line itself is as old as the project; what changed is around it."""
    good = git(repository, "rev-parse", "HEAD")
    bad = commit(repository, "change total", {"app/totals.py": SOURCE.replace("sum(lines)", "round(sum(lines))")})
    commit(repository, "unrelated", {"README.md": "more\n"})

    found = culprit(repository, good, SourcePlace("app/totals.py", 6, known=True))

    assert found is not None
    assert found.commit.sha == bad
    assert "changed `app/totals.py`" in found.because


def test_the_only_commit_since_green_is_named_where_no_place_leads_to_one(repository: Path) -> None:
    """One commit in the range leaves no choice."""
    good = git(repository, "rev-parse", "HEAD")
    bad = commit(repository, "only one", {"README.md": "more\n"})

    found = culprit(repository, good)

    assert found is not None
    assert found.commit.sha == bad


def test_nobody_is_named_when_nothing_leads_to_one(repository: Path) -> None:
    """Two commits, neither near the failing line: no name is better than a wrong one."""
    good = git(repository, "rev-parse", "HEAD")
    commit(repository, "one", {"README.md": "more\n"})
    commit(repository, "two", {"README.md": "even more\n"})

    assert culprit(repository, good, SourcePlace("app/totals.py", 2, known=True)) is None


def test_a_shallow_clone_blames_nobody_for_what_it_cannot_see(repository: Path, tmp_path: Path) -> None:
    """CI services clone one commit, whose blame would name its author for every line."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", str(clone))

    assert culprit(clone, "", SourcePlace("app/totals.py", 2, known=True)) is None


def test_a_checkout_cannot_make_git_run_anything(repository: Path, tmp_path: Path) -> None:
    """The repository's own configuration names programs; none of them runs."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "core.sshCommand", "core.pager", "diff.evil.textconv"):
        git(repository, "config", key, str(trap))
    (repository / ".gitattributes").write_text("*.py diff=evil\n")
    good = git(repository, "rev-parse", "HEAD")
    commit(repository, "next", {"app/totals.py": SOURCE + "\n"})
    (tmp_path / "sprung").unlink(missing_ok=True)

    culprit(repository, good, SourcePlace("app/totals.py", 2, known=True))

    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("good", ["--output=/tmp/x", "HEAD", "main; rm -rf /", "0" * 40, "f" * 40])
def test_a_last_green_that_is_no_commit_here_is_ignored(repository: Path, good: str) -> None:
    """Options, expressions and unknown hashes give no range."""
    assert change_since_good(Checkout(repository), Build(), good).commits == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('  File "/home/runner/work/x/x/app/totals.py", line 2, in total', "app/totals.py:2"),
        ("app/totals.py:2: AssertionError", "app/totals.py:2"),
        ("E   at total (/builds/group/project/app/totals.py:2:5)", "app/totals.py:2"),
        ("src/index.ts(3,5): error TS2322: no", "src/index.ts:3"),
        ("  --> src/main.rs:12:5", "src/main.rs:12"),
        ("\x1b[31mapp/totals.py\x1b[0m:2: red", "app/totals.py:2"),
        ("    at org.acme.shop.Cart.add(Cart.java:41)", "org/acme/shop/Cart.java:41"),
        (
            "[ERROR] /builds/acme/shop/src/main/java/Cart.java:[107,64] incompatible types",
            "src/main/java/Cart.java:107",
        ),
        ("/checkout/tests/ui/a.rs:38:12: error: expected string not found", "tests/ui/a.rs:38"),
    ],
)
def test_places_are_found_as_tools_print_them(text: str, place: str) -> None:
    """Python, Node, TypeScript, Rust, Java; coloured or not; from any service's checkout folder."""
    assert [str(found) for found in SourceMap(None).places(text)] == [place]


@pytest.mark.parametrize(
    "text",
    [
        "../../etc/passwd.py:1: x",
        "/etc/shadow.py:1: x",
        'File "/usr/lib/python3.11/json/decoder.py", line 5',
        "node_modules/jest/build/index.js:3:1",
        "    at org.junit.Assert.fail(Assert.java:88)",
        "C:/Windows/System32/x.py:1: x",
        "-rf/x.py:1: x",
    ],
)
def test_no_place_outside_the_users_own_code(text: str) -> None:
    """A log cannot point an annotation at a path outside the checkout, nor at a library."""
    assert SourceMap(None).places(text) == ()


def test_a_frame_without_its_folder_is_found_in_the_checkout(tmp_path: Path) -> None:
    """Java names packages, not where the sources begin."""
    commit(tmp_path, "first", {"core/src/main/java/org/acme/Cart.java": "class Cart {}\n"})

    (found,) = SourceMap(tmp_path, Checkout(tmp_path).tracked).places("at org.acme.Cart.add(Cart.java:1)")

    assert (found.path, found.known) == ("core/src/main/java/org/acme/Cart.java", True)


def test_a_link_does_not_lead_out_of_the_checkout(tmp_path: Path) -> None:
    """A change request can commit a symbolic link to anywhere."""
    commit(tmp_path / "r", "first", {"a.txt": "x\n"})
    (tmp_path / "outside.py").write_text("x\n")
    (tmp_path / "r" / "evil.py").symlink_to(tmp_path / "outside.py")

    (found,) = SourceMap(tmp_path / "r").places("evil.py:1: x")

    assert not found.known
