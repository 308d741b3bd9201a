"""`sandbox build` and `sandbox check`, as a user types them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_ENTRYPOINT = Path(__file__).resolve().parents[2] / "magentic_one_orchestrator.py"


def _sandbox(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", **variables}
    return subprocess.run(
        [sys.executable, str(_ENTRYPOINT), "sandbox", *words], capture_output=True, text=True, env=environment
    )


@pytest.mark.slow
def test_check_prints_each_claim_and_saves_it(tmp_path: Path) -> None:
    """The table names every check, the summary counts them, and the file has the same verdicts."""
    saved = tmp_path / "check.json"

    done = _sandbox("check", "--backend", "landlock", "--json", str(saved))

    if "not available" in done.stderr:
        pytest.skip(done.stderr.strip())
    results = json.loads(saved.read_text())["results"]
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(results) + 1
    assert f"{sum(r['verdict'] == 'held' for r in results)} held" in done.stderr
    assert not [r for r in results if r["verdict"] == "broken"]


def test_check_says_why_a_backend_is_not_there(tmp_path: Path) -> None:
    """An absent engine is a line with the reason and the remedy, and no pass."""
    done = _sandbox("check", "--backend", "docker", DOCKER_HOST=f"unix://{tmp_path}/none.sock")

    assert done.returncode == 5
    assert "docker: not available: no container engine listens here" in done.stderr


def test_check_knows_its_backends() -> None:
    """A wrong name lists the right ones."""
    done = _sandbox("check", "--backend", "jail")

    assert done.returncode == 2
    assert "docker, bwrap, landlock" in done.stderr


@pytest.mark.docker
def test_build_without_a_registry_points_to_debian() -> None:
    """A pull that fails says how to do without."""
    done = _sandbox("build", "--base", "registry.invalid/python:3.12-slim")

    assert done.returncode != 0
    assert "could not be pulled" in done.stderr
    assert "--base debian" in done.stderr
