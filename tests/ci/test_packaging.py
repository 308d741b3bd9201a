"""The package as users install it: a wheel in a clean environment, and an image without a registry."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from responder import __version__
from tests.ci.runner import PROJECT, run_step

pytestmark = pytest.mark.slow

SAMPLE = PROJECT / "sample_logs" / "failed-ci-job" / "logs"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the sources, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(
        PROJECT / "responder", folder / "source" / "responder", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "requirements.txt", "README.md"):
        shutil.copy(PROJECT / name, folder / "source")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, folder / "source"],
        check=True,
        capture_output=True,
        timeout=300,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console command of an environment that holds the wheel; only its dependencies come from here."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder, with_pip=False)
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet", "--no-deps", wheel],
        check=True,
        capture_output=True,
        timeout=300,
    )
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "magentic-one-responder"


def test_the_wheel_states_version_and_dependencies_once(wheel: Path) -> None:
    """Both come from where they are kept: the package and requirements.txt."""
    with ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = Parser().parsestr(archive.read(name).decode())
    lines = (line.partition("#")[0].strip() for line in (PROJECT / "requirements.txt").read_text().splitlines())
    wanted = {Requirement(line) for line in lines if line}

    stated = map(Requirement, metadata.get_all("Requires-Dist", []))

    assert metadata["Version"] == __version__
    assert {item for item in stated if "extra ==" not in str(item.marker)} == wanted


def test_the_wheel_holds_every_data_file(wheel: Path) -> None:
    """Rules, templates, schemas and style sheets are found by name at run time only."""
    kept = {".toml", ".json", ".j2", ".css"}
    wanted = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "responder").rglob("*")
        if path.suffix in kept and path.is_file()
    }
    with ZipFile(wheel) as archive:
        assert wanted <= set(archive.namelist())


def test_the_console_command_explains_a_build(program: Path, tmp_path: Path) -> None:
    """From an environment that has never seen the checkout."""
    step = run_step(tmp_path, SAMPLE, "--no-agents", program=[str(program)], service="github")

    assert step.code == 0, step.stderr
    assert "test_mirrors_invoice" in step.comment.splitlines()[0]


def test_without_input_an_installed_package_says_what_to_name(program: Path, tmp_path: Path) -> None:
    """The samples belong to the checkout; there is nothing to fall back to."""
    done = subprocess.run(
        [program, "triage"], cwd=tmp_path, capture_output=True, text=True, timeout=60, env={"PATH": os.environ["PATH"]}
    )

    assert done.returncode == 2
    assert "no input is given" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.docker
def test_the_image_builds_without_a_registry_and_explains_a_build(tmp_path: Path) -> None:
    """On the sandbox's Debian base, as an ordinary user, without network, root file system read only."""
    image = "magentic-one-responder-test"
    base = os.environ.get("RESPONDER_SANDBOX_IMAGE", "magentic-one-responder-sandbox")
    source = tmp_path / "source"
    source.mkdir()
    for name in ("responder", "docker"):
        shutil.copytree(PROJECT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "requirements.txt", "requirements.lock", "README.md", "Dockerfile", ".dockerignore"):
        shutil.copy(PROJECT / name, source)
    out = tmp_path / "out"
    out.mkdir()
    out.chmod(0o777)
    built = subprocess.run(
        [source / "docker" / "build"],
        env={**os.environ, "IMAGE": image, "BASE": base, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert built.returncode == 0, built.stderr
    try:
        done = subprocess.run(
            [
                *("docker", "run", "--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp"),
                *("--cap-drop", "ALL", "--volume", f"{SAMPLE}:/evidence:ro", "--volume", f"{out}:/out"),
                *(image, "ci", "/evidence"),
            ],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert "test_mirrors_invoice" in done.stdout
        report = json.loads((out / "latest" / "report.json").read_text())
        assert report["agents"]["turns"] > 0
        assert (out / "latest" / "ci" / "comment.md").stat().st_uid == 10001
    finally:
        subprocess.run(["docker", "image", "rm", "--force", image], capture_output=True, timeout=60)
