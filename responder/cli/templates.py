"""`templates`: which lines are the same but for their variable parts; what log-parsing benchmarks score."""

import json as jsonlib
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from responder.cli import options
from responder.cli.configuration import inputs_or_sample, load_settings
from responder.cli.console import say, write_result
from responder.errors import EvidenceError, ExitCode

if TYPE_CHECKING:
    from responder.evidence.interface import Artifact

__all__ = ["templates"]


def templates(
    ctx: typer.Context,
    inputs: options.Inputs = None,
    redact: options.Redact = None,
    json: Annotated[bool, typer.Option("--json", help="The default, and the only format.")] = True,
    show_config: options.ShowConfig = False,
) -> ExitCode:
    """Print the log template of each line as JSON.

    {"lines": [id, ...], "templates": {id: template}}: the lines of all inputs in order, with the variable parts of
    their messages masked.
    """
    settings = load_settings(ctx, {"redact": redact}, show=show_config, as_json=json)

    from responder.cli.wiring.stages import redactor_for, triage_deps
    from responder.triage.templates import template_ids

    deps = triage_deps(redactor_for(settings))
    collection = deps.evidence.collect(inputs_or_sample(inputs))
    for skipped in collection.skipped:
        say(f"skipped {skipped.path}: {skipped.reason}")
    ids, by_id = template_ids(chain.from_iterable(map(_lines, collection.artifacts)))
    shown = {number: deps.redactor.redact(template) for number, template in by_id.items()}
    write_result(jsonlib.dumps({"lines": ids, "templates": shown}))
    return ExitCode.OK


def _lines(artifact: "Artifact") -> Iterator[bytes]:
    """The beginnings of the artifact's lines, which end at line feeds alone as everywhere in this tool."""
    from responder.triage.lines import LINE_LIMIT

    try:
        with artifact.open() as stream:
            at_start = True
            while piece := stream.readline(LINE_LIMIT):
                if at_start:
                    yield piece.removesuffix(b"\n")
                at_start = piece.endswith(b"\n")
    except (OSError, EvidenceError) as error:
        say(f"{artifact.path}: not read to its end: {error}")
