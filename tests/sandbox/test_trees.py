"""Emptying a folder that somebody else filled."""

import contextlib
import os
from pathlib import Path

from responder.sandbox.trees import empty_tree


def test_thousands_of_nested_folders_go(tmp_path: Path) -> None:
    """Depth is no obstacle: neither recursion nor the length of a path."""
    with contextlib.chdir(tmp_path):
        for _ in range(3000):
            Path("d").mkdir()
            os.chdir("d")

    empty_tree(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_links_go_and_their_targets_stay(tmp_path: Path) -> None:
    """A link to a folder or file outside is removed as a link."""
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    (outside / "kept").mkdir(parents=True)
    (outside / "kept" / "file").write_text("kept")
    inside.mkdir()
    (inside / "folder").symlink_to(outside / "kept")
    (inside / "sub").mkdir()
    (inside / "sub" / "file").symlink_to(outside / "kept" / "file")

    empty_tree(inside)

    assert list(inside.iterdir()) == []
    assert (outside / "kept" / "file").read_text() == "kept"


def test_closed_folders_and_odd_files_go(tmp_path: Path) -> None:
    """Folders without permissions, FIFOs and empty folders are no obstacle to their owner."""
    closed = tmp_path / "a" / "closed"
    closed.mkdir(parents=True)
    (closed / "file").write_text("x")
    os.mkfifo(tmp_path / "a" / "fifo")
    (tmp_path / "a" / "empty").mkdir()
    closed.chmod(0)
    (tmp_path / "a").chmod(0o500)

    empty_tree(tmp_path)

    assert list(tmp_path.iterdir()) == []
