"""Building the image: what is asked for, and what is left out."""

import os
import tarfile
from pathlib import Path

import pytest

from responder.errors import ConfigError, PrerequisiteError
from responder.sandbox.image import build_image, slim

_SAID: list[str] = []


@pytest.mark.docker
@pytest.mark.parametrize("base", ["", ":tag", "Upper/Case", "a b", "x\x1b[2J", "image:"])
def test_a_base_that_is_no_image_name_is_refused(base: str) -> None:
    """Nonsense is a usage error before anything is pulled."""
    with pytest.raises(ConfigError, match="is not an image name"):
        build_image(base, docker_host=None, progress=_SAID.append)


@pytest.mark.docker
@pytest.mark.parametrize("base", ["registry.invalid/python:3.12-slim", "registry.invalid:5000/team/python"])
def test_a_registry_out_of_reach_points_to_debian(base: str) -> None:
    """The error of a failed pull says how to do without a registry, and keeps the name as given."""
    with pytest.raises(PrerequisiteError, match=r"registry\.invalid") as caught:
        build_image(base, docker_host=None, progress=_SAID.append)

    assert "--base debian" in caught.value.hint


@pytest.mark.parametrize("path", ["./usr/bin/su", "./usr/bin/passwd"])
def test_no_program_of_the_image_keeps_a_set_user_id_bit(path: str) -> None:
    """Set-user-id and set-group-id bits do not enter the image; the sticky bit of /tmp does."""
    entry = tarfile.TarInfo(path)
    entry.mode = 0o6755
    folder = tarfile.TarInfo("./tmp")
    folder.mode = 0o1777

    kept, kept_folder = slim(entry), slim(folder)

    assert kept is not None and kept.mode == 0o755
    assert kept_folder is not None and kept_folder.mode == 0o1777


@pytest.mark.parametrize("path", ["./usr/share/doc/x", "./var/cache/apt/y.deb", "./dev/null", "./usr/share/man/man1"])
def test_what_code_never_needs_is_left_out(path: str) -> None:
    """Manuals, caches and devices are not in the image."""
    assert slim(tarfile.TarInfo(path)) is None


@pytest.mark.docker
@pytest.mark.skipif(os.geteuid() == 0, reason="root may build from packages")
def test_building_from_packages_needs_root(tmp_path: Path) -> None:
    """An ordinary user is told so before anything is downloaded."""
    with pytest.raises(PrerequisiteError, match="needs root"):
        build_image("debian", docker_host=None, progress=_SAID.append)
