"""`sandbox`: makes the image that code runs in, and proves the walls of every backend on this machine."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import asdict

from responder.cli.configuration import load_settings
from responder.cli.console import print_table, say, stderr_console
from responder.errors import ConfigError, ExitCode, SandboxUnavailable
from responder.settings import Settings

if TYPE_CHECKING:
    from responder.sandbox.checks import CheckResult
    from responder.sandbox.interface import BackendName

__all__ = ["app"]

app = typer.Typer(help="Build the sandbox image; prove the sandboxes of this machine.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Build the sandbox image; prove the sandboxes of this machine."""


@app.command("build")
def build(
    ctx: typer.Context,
    base: Annotated[
        str,
        typer.Option(metavar="IMAGE", help="`debian` builds from Debian packages, as root and without a registry."),
    ] = "python:3.12-slim",
) -> None:
    """Build the container image that agent code runs in."""
    from responder.sandbox.image import build_image

    settings = load_settings(ctx, {})
    build_image(base, docker_host=settings.docker_host or None, image=settings.sandbox_image, progress=say)


@app.command("check")
async def check(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Save every result as JSON.")] = None,
    only: Annotated[
        str | None, typer.Option("--backend", metavar="BACKEND", help="docker, bwrap or landlock; all without it.")
    ] = None,
) -> ExitCode:
    """Attack every sandbox of this machine and print what held.

    Exits 0 when everything held that the backends here claim, 5 when something broke or no backend works.
    """
    from responder.sandbox.select import TIERS

    settings = load_settings(ctx, {})
    if only is not None and only not in TIERS:
        raise ConfigError(f"there is no sandbox {only!r}", hint=f"known: {', '.join(TIERS)}")
    results: dict[BackendName, list[CheckResult]] = {}
    absent: dict[BackendName, str] = {}
    for backend in TIERS:
        if only in (None, backend):
            try:
                results[backend] = await _attacked(backend, settings)
            except SandboxUnavailable as error:
                absent[backend] = f"{error}" + (f" ({error.hint})" if error.hint else "")
    _print(results, absent)
    if file is not None:
        _save(file, results, absent)
    broken = any(result.verdict == "broken" for rows in results.values() for result in rows)
    return ExitCode.SANDBOX_REFUSED if broken or not results else ExitCode.OK


async def _attacked(backend: "BackendName", settings: Settings) -> "list[CheckResult]":
    from responder.sandbox.checks import CHECKS, bench, run_check

    checks = [check for check in CHECKS if check.concerns(backend)]
    results = []
    async with bench(
        backend,
        docker_host=settings.docker_host or None,
        image=settings.sandbox_image,
        runtime=settings.sandbox_runtime or None,
    ) as on:
        with stderr_console().status(backend) as status:
            for number, check in enumerate(checks, start=1):
                status.update(f"{backend} {number}/{len(checks)} {check.name}")
                results.append(await run_check(check, on))
    return results


def _print(results: "dict[BackendName, list[CheckResult]]", absent: "dict[BackendName, str]") -> None:
    by_name: dict[str, dict[str, CheckResult]] = {}
    for rows in results.values():
        for result in rows:
            by_name.setdefault(result.name, {})[result.backend] = result
    if by_name:
        print_table(["check", "claim", *results], [_row(found, list(results)) for found in by_name.values()])
    for rows in results.values():
        for result in rows:
            if result.verdict != "held":
                say(f"{result.backend} {result.name}: {result.verdict}: {result.detail}")
        counts = {verdict: sum(r.verdict == verdict for r in rows) for verdict in ("held", "broken")}
        say(f"{rows[0].backend}: {', '.join(f'{count} {verdict}' for verdict, count in counts.items())}")
    for backend, reason in absent.items():
        say(f"{backend}: not available: {reason}")


def _row(found: "dict[str, CheckResult]", backends: "Sequence[BackendName]") -> list[str]:
    first = next(iter(found.values()))
    return [first.name, first.claim, *(found[b].verdict if b in found else "-" for b in backends)]


def _save(file: Path, results: "dict[BackendName, list[CheckResult]]", absent: "dict[BackendName, str]") -> None:
    data = {"results": [asdict(result) for rows in results.values() for result in rows], "not_available": absent}
    try:
        file.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{str(file)!r} cannot be written: {error.strerror}") from error
