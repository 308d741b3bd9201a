"""`sandbox`: makes the image that code runs in, and proves the walls of every backend on this machine."""

from typing import Annotated

import typer

from responder.cli.configuration import load_settings
from responder.cli.console import say

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
