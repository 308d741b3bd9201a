"""Building the image of the Docker backend.

With a registry the image is an official Python image under our tag. Without one it is a minimal Debian made by
debootstrap from the distribution's own mirror, stripped and imported through the engine's API.
"""

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from responder.errors import ConfigError, PrerequisiteError, SandboxUnavailable
from responder.sandbox.engine import IMAGE, EngineAPI, connect, engine_errors, image_facts

__all__ = ["DEFAULT_BASE", "build_image", "slim"]

DEFAULT_BASE = "python:3.12-slim"
_DEBIAN_SUITE = "bookworm"
_DEBIAN_MIRROR = "http://deb.debian.org/debian"
_BUILD_SECONDS = 900
_DROPPED = (
    "usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/bash-completion",
    "usr/lib/apt", "usr/share/perl", "var/cache", "var/lib/apt", "var/log", "boot", "dev",
)  # fmt: skip

Progress = Callable[[str], None]


def build_image(base: str = DEFAULT_BASE, *, docker_host: str | None, image: str = IMAGE, progress: Progress) -> str:
    """Build the sandbox image and give it its tag.

    Args:
        base: `debian` for debootstrap (root, no registry), else the name of an image that has `python3`.
        docker_host: The engine's address; None is the default socket.
        image: The tag to give.
        progress: Receives one line for each step.

    Returns:
        The new image's id.

    Raises:
        ConfigError: `base` is not an image name.
        PrerequisiteError: debootstrap or the rights for it are missing, or a step failed.
        SandboxUnavailable: The engine does not answer.
    """
    engine = connect(docker_host, call_seconds=_BUILD_SECONDS)
    try:
        if base == "debian":
            _import_debian(engine, image, progress)
        else:
            _pull(engine, base, image, progress)
        with engine_errors():
            image_id = str(image_facts(engine, image)["Id"])
    finally:
        engine.close()
    progress(f"{image} is ready: {image_id}")
    return image_id


def _pull(engine: EngineAPI, base: str, image: str, progress: Progress) -> None:
    repository, tag = _named(base)
    progress(f"pulling {base}")
    try:
        with engine_errors():
            engine.pull(repository, tag=tag)
            engine.tag(base, image)
    except SandboxUnavailable as error:
        raise PrerequisiteError(
            f"{base!r} could not be pulled: {error}",
            hint="without a registry, build from Debian packages: sudo python magentic_one_orchestrator.py "
            "sandbox build --base debian",
        ) from error


def _named(image: str) -> tuple[str, str]:
    """Repository and tag; a colon before the last slash belongs to a registry's port."""
    found = re.fullmatch(r"([a-z0-9][a-z0-9._/-]*(?::[0-9]+/[a-z0-9._/-]+)?)(?::([A-Za-z0-9_][A-Za-z0-9_.-]*))?", image)
    if found is None:
        raise ConfigError(f"{image!r} is not an image name", hint=f"use {DEFAULT_BASE} or debian")
    return found[1], found[2] or "latest"


def _import_debian(engine: EngineAPI, image: str, progress: Progress) -> None:
    if os.geteuid() != 0:
        raise PrerequisiteError("debootstrap needs root", hint="run this one command with sudo")
    if shutil.which("debootstrap") is None:
        raise PrerequisiteError("debootstrap is not installed", hint="apt-get install debootstrap")
    with tempfile.TemporaryDirectory(prefix="sandbox-image-") as folder:
        root, archive = Path(folder, "root"), Path(folder, "root.tar")
        _debootstrap(root, progress)
        progress("packing the file system")
        with tarfile.open(archive, "w") as tar:
            tar.add(root, arcname=".", filter=slim)
        progress(f"importing {archive.stat().st_size >> 20} MB into the engine")
        name, tag = _named(image)
        with engine_errors():
            engine.import_image(src=str(archive), repository=name, tag=tag)


def _debootstrap(root: Path, progress: Progress) -> None:
    command = ["debootstrap", "--variant=minbase", "--include=python3", _DEBIAN_SUITE, str(root), _DEBIAN_MIRROR]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            last = line.strip()
            progress(last)
    if process.returncode != 0:
        raise PrerequisiteError(
            f"debootstrap failed: {last}", hint="is the Debian mirror reachable, and may this machine mount and chroot?"
        )


def slim(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out what code never needs, and take the setuid and setgid bits off everything else."""
    path = entry.name.removeprefix("./")
    if any(path.startswith(dropped + "/") for dropped in _DROPPED) or entry.ischr() or entry.isblk():
        return None
    entry.mode &= 0o1777
    return entry
