"""Workflow commands: those we mean to give, and the certainty that no log line is one.

A runner obeys what looks like a command, whoever wrote it. So whatever this tool prints inside a pipeline goes through
`inert`, and a command is only ever built from escaped parts.
"""

from collections.abc import Iterator

from responder.ci.interface import Build, Diagnosis, Group
from responder.ci.outputs.words import headline, plain_line
from responder.incident import Verdict
from responder.safety.runners import inert

__all__ = ["MOST_ANNOTATIONS", "annotations", "inert"]

MOST_ANNOTATIONS = 10
"""GitHub shows no more errors of one step."""

_TITLE_CHARS, _MESSAGE_CHARS = 120, 600


def annotations(diagnosis: Diagnosis) -> list[str]:
    """The commands that put the diagnosis on the file and line it names; empty where the service has none."""
    render = {"github": _github, "azure": _azure}.get(diagnosis.build.provider)
    if render is None or diagnosis.verdict is Verdict.HEALTHY:
        return []
    told = list(_told(diagnosis))
    return [render(diagnosis.build, group, title, message) for group, title, message in told[:MOST_ANNOTATIONS]]


def _told(diagnosis: Diagnosis) -> Iterator[tuple[Group | None, str, str]]:
    cause = plain_line(headline(diagnosis), _MESSAGE_CHARS)
    first = diagnosis.groups[0] if diagnosis.groups else None
    yield first, f"Cause of the failure ({diagnosis.judgement.kind.value})", cause
    for group in diagnosis.groups[1:]:
        if group.lead.place is not None:
            yield group, "Also failed", plain_line(group.lead.title, _MESSAGE_CHARS)


def _github(build: Build, group: Group | None, title: str, message: str) -> str:
    place = group.lead.place if group else None
    parts = [f"file={_property(inert(place.path))}", f"line={place.line}"] if place else []
    parts.append(f"title={_property(title[:_TITLE_CHARS])}")
    return f"::error {','.join(parts)}::{_data(inert(message))}"


def _azure(build: Build, group: Group | None, title: str, message: str) -> str:
    place = group.lead.place if group else None
    parts = ["type=error"]
    if place:
        parts += [f"sourcepath={_azure_property(inert(place.path))}", f"linenumber={place.line}"]
    return f"##vso[task.logissue {';'.join(parts)}]{_azure_data(inert(f'{title}: {message}'))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _azure_data(text: str) -> str:
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _azure_property(text: str) -> str:
    return _azure_data(text).replace(";", "%3B").replace("]", "%5D")
