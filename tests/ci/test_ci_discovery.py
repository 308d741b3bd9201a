"""What a workspace offers as evidence when nobody names it."""

from pathlib import Path

from responder.ci.discovery import MOST_ARTIFACTS, discover
from tests.ci.builds import write


def test_logs_and_results_are_found_by_their_usual_names(tmp_path: Path) -> None:
    """The names that runners and pipelines use, at any depth; sources and data are not evidence."""
    wanted = {
        "build.log": "x",
        "web/npm-debug.log": "x",
        "junit.xml": "x",
        "core/target/surefire-reports/TEST-org.acme.CartTest.xml": "x",
        "test-results/anything.xml": "x",
    }
    others = {
        "pom.xml": "x",
        "src/app.py": "x",
        "node_modules/x/build.log": "x",
        ".git/build.log": "x",
        "reports/20260602T081501Z-x/ci/junit.xml": "x",
        "tests/fixtures/junit.xml": "x",
        "data/access.log": "x",
    }
    write(tmp_path, {**wanted, **others})

    assert {path.relative_to(tmp_path).as_posix() for path in discover(tmp_path)} == set(wanted)


def test_links_are_not_taken(tmp_path: Path) -> None:
    """A change request can commit a link to any file of the machine."""
    (tmp_path / "secret").write_text("x")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "build.log").symlink_to(tmp_path / "secret")
    (tmp_path / "w" / "test-results").symlink_to(tmp_path)

    assert discover(tmp_path / "w") == ()


def test_a_huge_workspace_is_bounded(tmp_path: Path) -> None:
    """As many files as a person could mean, and no more."""
    write(tmp_path, {f"job-{number}/build.log": "x" for number in range(MOST_ARTIFACTS + 50)})

    assert len(discover(tmp_path)) == MOST_ARTIFACTS


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    """An empty folder, and one that is not there."""
    assert discover(tmp_path) == ()
    assert discover(tmp_path / "nowhere") == ()
