"""Placing code: whatever a model asks for is either a new plain file in the code folder, or refused."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.sandbox.blocks import CodeFolder, UnusableBlock, code_sha256, requested_name


@pytest.fixture
def folder(tmp_path: Path) -> CodeFolder:
    made = CodeFolder(tmp_path / "code")
    made.prepare()
    return made


def test_a_planted_link_is_replaced_and_never_followed(folder: CodeFolder, tmp_path: Path) -> None:
    """A link at the very name of the next block leaves its target as it was."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (folder.path / "x.py").symlink_to(victim)

    folder.place("print(1)", language="python", name="x.py")

    assert victim.read_text() == "mine"
    assert (folder.path / "x.py").read_text() == "print(1)"
    assert not (folder.path / "x.py").is_symlink()


def test_a_planted_fifo_does_not_block(folder: CodeFolder) -> None:
    """A FIFO at the name of the next block is replaced without being opened."""
    os.mkfifo(folder.path / "x.py")

    folder.place("print(1)", language="python", name="x.py")

    assert stat.S_ISREG((folder.path / "x.py").lstat().st_mode)


def test_the_code_folder_itself_may_not_be_a_link(tmp_path: Path) -> None:
    """A folder swapped for a link is an error, not a place to write to."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "code").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError):
        CodeFolder(tmp_path / "code").place("x", language="python", name=None)

    assert list((tmp_path / "elsewhere").iterdir()) == []


@given(code=st.text(), language=st.text(), name=st.none() | st.text())
def test_any_request_is_a_plain_file_or_refused(
    code: str, language: str, name: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No language, name or text leads to another exception, or to a file outside the folder."""
    root = tmp_path_factory.mktemp("any")
    folder = CodeFolder(root / "code")
    folder.prepare()
    try:
        block = folder.place(code, language=language, name=name)
    except UnusableBlock:
        block = None

    assert [path.name for path in root.iterdir()] == ["code"]
    if block is not None:
        assert (folder.path / block.name).resolve().parent == folder.path.resolve()


@given(code=st.text(), name=st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", fullmatch=True))
def test_a_plain_name_is_kept_and_the_hash_is_of_the_file(
    code: str, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The file has the name that was asked for, and its bytes are what the journal's hash is of."""
    import hashlib

    folder = CodeFolder(tmp_path_factory.mktemp("named") / "code")
    folder.prepare()

    block = folder.place(code, language="py", name=name)

    assert block.name == name
    assert hashlib.sha256((folder.path / name).read_bytes()).hexdigest() == code_sha256(code)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("# filename: probe.py\nprint(1)", "probe.py"),
        ("#filename:  ../../x.py \nprint(1)", "../../x.py"),
        ("print(1)\n# filename: late.py", None),
        ("# filename:\nprint(1)", None),
    ],
)
def test_the_name_line_is_read_from_the_first_line_only(code: str, name: str | None) -> None:
    """AutoGen's way of naming a file is understood at the top of a block."""
    assert requested_name(code) == name
