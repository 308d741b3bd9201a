"""Bubblewrap from a Python package: used when it is the one that was examined, and only where there is no other."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

from responder.errors import SandboxUnavailable
from responder.sandbox.bundled import PACKAGE, bundled_bwrap
from responder.sandbox.interface import Mounts
from responder.sandbox.select import select_sandbox

_SITE = next((Path(found.origin).parents[1] for found in [importlib.util.find_spec(PACKAGE)] if found), None)
Installed = pytest.mark.skipif(_SITE is None, reason="the extra bwrap is not installed")


@Installed
async def test_it_stands_in_for_a_bubblewrap_that_is_not_there(
    evidence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With none on the PATH, the package's own passes the self-test and runs code."""
    monkeypatch.setenv("PATH", str(tmp_path))

    sandbox = await select_sandbox("bwrap", mounts=Mounts(evidence=evidence, scratch=tmp_path / "scratch"))
    try:
        execution = await sandbox.execute("print(6 * 7)")
    finally:
        await sandbox.stop()

    assert execution.output == "42\n"


@Installed
@pytest.mark.parametrize("file", [f"{PACKAGE}/_bin/bwrap", f"{PACKAGE}.libs"])
def test_another_one_is_refused(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One changed byte in the program or in its library, and it is not used."""
    for name in (PACKAGE, f"{PACKAGE}.libs"):
        shutil.copytree(_SITE / name, tmp_path / name)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    assert bundled_bwrap() is not None

    changed = tmp_path / file
    changed = next(changed.iterdir()) if changed.is_dir() else changed
    changed.write_bytes(changed.read_bytes() + b"x")

    with pytest.raises(SandboxUnavailable, match="is not the one that was examined"):
        bundled_bwrap()


def test_without_the_package_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is not installed is no error."""
    monkeypatch.setitem(sys.modules, PACKAGE, None)

    assert bundled_bwrap() is None
