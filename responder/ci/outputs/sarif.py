"""SARIF 2.1.0: each group of failures as one result, on the line of the source it names or else of the log."""

from typing import Any
from urllib.parse import quote

from responder import __version__
from responder.ci.interface import Diagnosis, Group
from responder.ci.outputs.encoding import json_bytes
from responder.ci.outputs.words import headline, kind_line, plain_line, what_failed
from responder.incident import Span

__all__ = ["sarif"]

_MOST_RESULTS = 500
_TOOL = "magentic-one-responder"
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Json = dict[str, Any]


def sarif(diagnosis: Diagnosis) -> bytes:
    """The log file, UTF-8."""
    groups = diagnosis.groups[:_MOST_RESULTS]
    categories = sorted({_rule(group, diagnosis, number == 0) for number, group in enumerate(groups)})
    run: Json = {
        "tool": {
            "driver": {
                "name": _TOOL,
                "version": __version__,
                "rules": [
                    {"id": name, "shortDescription": {"text": name.replace(".", ": ").replace("_", " ")}}
                    for name in categories
                ],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(group, diagnosis, number, categories) for number, group in enumerate(groups)],
    }
    if diagnosis.build.job:
        run["automationDetails"] = {"id": f"{_TOOL}/{plain_line(diagnosis.build.job, 200)}/"}
    if diagnosis.build.commit:
        run["properties"] = {"commit": diagnosis.build.commit}
    return json_bytes({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(group: Group, diagnosis: Diagnosis, number: int, rules: list[str]) -> Json:
    rule = _rule(group, diagnosis, number == 0)
    said = f"{headline(diagnosis)}. {kind_line(diagnosis)}" if number == 0 else what_failed(group)
    lead = group.lead
    place = _location(lead.place.path, lead.place.line) if lead.place else _location(lead.span.path, lead.span.line)
    result: Json = {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": "error",
        "message": {"text": _message(plain_line(said, 1000))},
        "locations": [place],
        "partialFingerprints": {"failure/v1": group.fingerprint},
        "occurrenceCount": max(1, group.count),
    }
    if lead.place:
        result["relatedLocations"] = [_related(lead.span, lead.text)]
    return result


def _rule(group: Group, diagnosis: Diagnosis, first: bool) -> str:
    cause = diagnosis.report.root_cause
    return cause.category.value if first and cause else group.lead.category.value


def _location(path: str, line: int) -> Json:
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": {"startLine": max(1, line)}}}


def _related(span: Span, text: str) -> Json:
    return {**_location(span.path, span.line), "message": {"text": _message(plain_line(text, 400))}}


def _uri(path: str) -> str:
    """A relative reference; a colon in its first part would make it a scheme."""
    return quote(path.lstrip("/"), safe="/._-~")


def _message(text: str) -> str:
    """Plain text that a viewer takes for plain text: no placeholder, no embedded link."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("{", "{{").replace("}", "}}")
