"""`doctor`: what a run would use on this machine, what is missing, and the command that changes it.

It asks the real parts: the engine is called, every sandbox is started and must pass its self-test. A model is called
with `--live` only.
"""

import json as jsonlib
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from msgspec import Struct
from msgspec.structs import asdict

from responder.cli import options
from responder.cli.configuration import env_file_in_use, load_settings
from responder.cli.console import one_line, print_table, write_result
from responder.errors import ConfigError, ExitCode, SandboxError, SandboxUnavailable

if TYPE_CHECKING:
    from responder.sandbox.interface import BackendName
    from responder.settings import Settings

__all__ = ["Check", "ask_models", "doctor", "examine", "verdict"]

_ENOUGH_FREE_BYTES = 1 << 30


class Check(Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    state: Literal["ok", "missing", "warning", "wrong"]
    """missing: a run does without it; warning: it works and should not stay so; wrong: a run would refuse to start."""
    found: str
    fix: str = ""
    """The command or step that makes it `ok`."""


async def doctor(
    ctx: typer.Context,
    sandbox: options.SandboxName = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the model two tiny questions and say what of it works.")
    ] = False,
    json: options.Json = False,
    show_config: options.ShowConfig = False,
) -> ExitCode:
    """Show what is present, what is missing and how to get it.

    Exits 0 when a run would start, even without model, engine or sandbox; 2 or 5 when the settings ask for what is
    not there.
    """
    flags = {"sandbox": sandbox, "model": model, "base_url": base_url}
    settings = load_settings(ctx, flags, show=show_config, as_json=json)
    checks = await examine(settings, env_file=env_file_in_use(ctx))
    if live:
        checks += await ask_models(settings)
    code = verdict(checks, settings)
    if json:
        write_result(jsonlib.dumps({"ready": code == ExitCode.OK, "checks": [asdict(c) for c in checks]}, indent=2))
    else:
        print_table(("check", "state", "found", "to fix it"), [(c.name, c.state, c.found, c.fix) for c in checks])
    return code


async def examine(settings: "Settings", *, env_file: Path | None) -> list[Check]:
    """Look at everything a run depends on, in the order of the table."""
    return [
        _python(),
        _compiled(),
        _env_file(env_file),
        _model(settings),
        *_engine(settings),
        *[await _sandbox(name, settings) for name in ("docker", "bwrap", "landlock")],
        _output(settings.out),
    ]


async def ask_models(settings: "Settings") -> list[Check]:
    """Call the model of a run, and that of its workers where it is another one; the built-in analyst needs no call."""
    from responder.cli.wiring.stages import redactor_for
    from responder.team.models import build_client, choose_model, choose_worker
    from responder.team.models.live import ask_live

    try:
        choices = [choice for choice in (choose_model(settings), choose_worker(settings)) if choice is not None]
    except ConfigError:
        return []  # the table has it already
    redactor = redactor_for(settings)
    checks = []
    for choice in choices:
        if choice.provider == "analyst":
            checks.append(Check("model, live", "ok", "the built-in analyst answers without a call"))
            continue
        client = build_client(choice, timeout_seconds=settings.call_timeout_seconds)
        seen = await ask_live(client, timeout_seconds=settings.call_timeout_seconds)
        await client.close()
        if seen.error:
            found = one_line(redactor.redact(f"{choice.model}: {seen.error}"))
            fix = "check key, name and address; until then the built-in analyst would take over"
            checks.append(Check("model, live", "warning", found, fix))
        else:
            checks.append(Check("model, live", "ok", f"{choice.model} {seen}"))
    return checks


def verdict(checks: list[Check], settings: "Settings") -> ExitCode:
    """How `investigate` would end with these settings before it began."""
    state = {check.name: check.state for check in checks}
    if settings.sandbox not in ("auto", "off") and state[f"sandbox {settings.sandbox}"] != "ok":
        return ExitCode.SANDBOX_REFUSED
    return ExitCode.USAGE if "wrong" in state.values() else ExitCode.OK


def _python() -> Check:
    return Check("python", "ok", f"{platform.python_version()} at {sys.executable}")


def _compiled() -> Check:
    from responder.triage.compiled import has_compiled

    if has_compiled():
        return Check("compiled triage", "ok", "large logs are read at full speed")
    fix = "make .venv/compiled, with a C compiler and Python's headers (Debian: apt-get install gcc python3-dev)"
    return Check("compiled triage", "missing", "the same result, in several times the time on large logs", fix)


def _env_file(path: Path | None) -> Check:
    if path is None:
        return Check(".env", "missing", "no settings file", "cp .env.example .env && chmod 600 .env")
    if path.is_file() and path.stat().st_mode & 0o077:
        return Check(".env", "warning", f"{path} can be read by other users", f"chmod 600 {path}")
    return Check(".env", "ok", str(path))


def _model(settings: "Settings") -> Check:
    from responder.team.models import choose_model

    try:
        choice = choose_model(settings)
    except ConfigError as error:
        return Check("model", "wrong", str(error), error.hint)
    by_default = choice.provider == "analyst" and not settings.model
    fix = "for a hosted model, put its key into .env, such as GEMINI_API_KEY" if by_default else ""
    return Check("model", "ok", f"{choice.model}: {choice.reason}", fix)


def _engine(settings: "Settings") -> Iterator[Check]:
    from responder.sandbox.engine import connect, engine_errors, image_facts

    name = "container engine"
    try:
        engine = connect(settings.docker_host or None)
    except SandboxUnavailable as error:
        yield Check(name, "missing", str(error), error.hint or "apt-get install docker.io")
        return
    try:
        with engine_errors():
            yield Check(name, "ok", f"{engine.version()['Version']} at {settings.docker_host or 'the default socket'}")
        with engine_errors():
            facts = image_facts(engine, settings.sandbox_image)
            size = f"{facts.get('Size', 0) / 1e6:.0f} MB"
            yield Check("sandbox image", "ok", f"{settings.sandbox_image}, {facts['Id'][:19]}, {size}")
    except SandboxUnavailable as error:
        yield Check("sandbox image", "missing", str(error), error.hint)
    finally:
        engine.close()


async def _sandbox(name: "BackendName", settings: "Settings") -> Check:
    from responder.sandbox.interface import Mounts
    from responder.sandbox.select import select_sandbox

    with tempfile.TemporaryDirectory(prefix="doctor-") as scratch:
        try:
            sandbox = await select_sandbox(
                name,
                mounts=Mounts(scratch=Path(scratch)),
                docker_host=settings.docker_host or None,
                image=settings.sandbox_image,
                runtime=settings.sandbox_runtime or None,
            )
        except SandboxError as error:
            return Check(f"sandbox {name}", "missing", str(error), error.hint)
        await sandbox.stop()
    return Check(f"sandbox {name}", "ok", "passed its self-test")


def _output(folder: Path) -> Check:
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Check("output folder", "wrong", f"{existing} cannot be written", "name another with --out")
    free = shutil.disk_usage(existing).free
    found = f"{folder.absolute()}, {free / (1 << 30):.1f} GiB free"
    return Check("output folder", "ok" if free >= _ENOUGH_FREE_BYTES else "warning", found)
