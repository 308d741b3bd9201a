"""What every test may rely on: how Docker tests are chosen, and where the sandboxes find a private folder."""

import functools
import shutil
import signal
from pathlib import Path

import pytest

from responder.errors import SandboxUnavailable
from responder.triage.compiled import has_compiled


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-docker", action="store_true", help="fail, rather than skip, where the engine or image is missing"
    )
    parser.addoption(
        "--require-sandboxes",
        action="store_true",
        help="fail, rather than skip, where bubblewrap or Landlock is missing",
    )
    parser.addoption(
        "--require-prometheus", action="store_true", help="fail, rather than skip, where Prometheus is not installed"
    )
    parser.addoption(
        "--require-compiled", action="store_true", help="fail, rather than skip, where triage's loops are not compiled"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let tests interrupt what they start: a shell's background job begins with Ctrl-C ignored, and hands that on."""
    config.addinivalue_line("markers", "prometheus: needs a Prometheus to start; skipped with the reason without one")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked with what is missing here, giving the reason, or fail it when that was required."""
    for marker, what_lacks in (
        ("compiled", _what_compiled_lacks),
        ("docker", _what_docker_lacks),
        ("prometheus", _what_prometheus_lacks),
    ):
        if item.get_closest_marker(marker) is None or not (missing := what_lacks()):
            continue
        if item.config.getoption(f"--require-{marker}"):
            pytest.fail(f"--require-{marker}, but {missing}", pytrace=False)
        pytest.skip(missing)


@functools.cache
def _what_docker_lacks() -> str:
    from responder.sandbox.engine import IMAGE, connect, engine_errors, image_facts

    try:
        with engine_errors():
            engine = connect()
            try:
                image_facts(engine, IMAGE)
            finally:
                engine.close()
    except SandboxUnavailable as error:
        return f"{error} ({error.hint})"
    return ""


def _what_compiled_lacks() -> str:
    return "" if has_compiled() else "triage's loops are not compiled (make .venv/compiled; Debian: gcc python3-dev)"


def _what_prometheus_lacks() -> str:
    absent = [name for name in ("prometheus", "promtool") if shutil.which(name) is None]
    return f"{' and '.join(absent)} not installed (Debian: apt-get install prometheus)" if absent else ""


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """A folder of evidence as staging leaves it: readable by everybody, writable by its owner."""
    folder = tmp_path / "evidence"
    folder.mkdir(mode=0o755)
    log = folder / "app.log"
    log.write_text("2026-03-14 12:00:00 ERROR remaining connection slots are reserved\n", encoding="utf-8")
    log.chmod(0o444)
    return folder
