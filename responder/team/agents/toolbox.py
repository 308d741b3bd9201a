"""The tools with which evidence is read: what a model may ask for, and which reader answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from autogen_core.tools import ParametersSchema, ToolSchema

from responder.team.agents.metrics import MetricReader
from responder.team.agents.pages import Page
from responder.team.agents.reader import StagedReader
from responder.team.agents.templates import TemplateReader
from responder.team.case import Case

__all__ = ["TOOLS", "Toolbox"]


def _tool(name: str, description: str, required: Sequence[str] = (), /, **properties: str) -> ToolSchema:
    described = {
        key: {"type": "integer" if key == "line" else "string", "description": text} for key, text in properties.items()
    }
    parameters = ParametersSchema(type="object", properties=described, required=list(required))
    return ToolSchema(name=name, description=description, parameters=parameters)


TOOLS = (
    _tool("list_files", "List every file of the evidence."),
    _tool("open", "Open a file at a line of the original.", ["path"], path="As listed.", line="1 if not given."),
    _tool("next_page", "Show the next page of the open file."),
    _tool("previous_page", "Show the page before."),
    _tool(
        "find",
        "Find literal text, ignoring case; no wildcards.",
        ["text"],
        text="The text.",
        path="Only in this file; all if not given.",
    ),
    _tool("context", "Show the lines around a numbered piece of evidence.", ["id"], id="E3"),
    _tool(
        "template",
        "Show all lines that are like one line but for numbers and names.",
        ["id"],
        id="T3 for lines like those of E3, or path:line.",
    ),
    _tool(
        "metric",
        "Show the values of a metric.",
        ["name"],
        name="Words of its name.",
        window="FROM/TO, such as 14:00/14:30; everything if not given.",
    ),
)


class Toolbox:
    """Answers each call with a page, an unknown name and nonsense arguments included."""

    def __init__(self, case: Case) -> None:
        self._evidence = {item.id: item.span for item in case.explanation.evidence}
        self._reader = StagedReader(case.staged)
        self._templates = TemplateReader(case, self._reader)
        self._metrics = MetricReader(case.staged)

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Page:
        """Run one tool.

        Raises:
            ValueError: An argument is not what it must be.
        """
        match tool:
            case "list_files":
                return self._reader.list_files()
            case "open":
                return self._reader.open(_text(arguments, "path"), int(arguments.get("line") or 1))
            case "next_page":
                return self._reader.next_page()
            case "previous_page":
                return self._reader.previous_page()
            case "find":
                return self._reader.find(_text(arguments, "text"), _text(arguments, "path"))
            case "context":
                return self._context(_text(arguments, "id").strip().upper())
            case "template":
                return self._templates.page(_text(arguments, "id"))
            case "metric":
                return self._metrics.page(_text(arguments, "name"), _text(arguments, "window"))
        return Page(f"There is no tool {tool!r}; known: {', '.join(schema['name'] for schema in TOOLS)}.")

    def _context(self, wanted: str) -> Page:
        for key, span in self._evidence.items():
            if key == wanted:
                return self._reader.open(span.path, span.line)
        return Page(f"There is no evidence {wanted!r}; known: {', '.join(self._evidence)}.")


def _text(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name)
    return "" if value is None else str(value)
