"""Log lines as steps of a request: the line that writes a span or request id says where in the code it was."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from responder.patterns import lazy
from responder.triage.components import component_of_path, without_pod_hash
from responder.triage.signals.content import Content
from responder.triage.signals.tables import moment

__all__ = ["Step", "by_span", "has_span_ids", "steps_of"]

_SPAN = lazy(r"\bspan[_-]?id\\?[\"']?\s{0,3}[=:]\s{0,3}\\?[\"']?(?P<id>[0-9a-f]{8,32})\b", re.IGNORECASE)
_PLACE = lazy(r"(?<![\w.])(?P<place>[A-Za-z][\w.$\[\]/-]{1,120}[#:]\d{1,6})(?![\w:.])")
_VARIABLE = lazy(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12,}\b|\d+|\"[^\"]*\"|'[^']*'")
_TIME_KEYS = ("time", "timestamp", "@timestamp", "ts")
_STAMP = lazy(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?")
_ERROR = lazy(r"\b(?:ERROR|FATAL|SEVERE|CRITICAL)\b")
_STEP_CHARACTERS = 60
_LONGEST = 4000


class Step(NamedTuple):
    """One line of one request."""

    at: float
    """Seconds since 1970."""
    component: str | None
    span: str
    statement: str
    """Which statement of the program wrote it: its place in the code, else the message without its values."""
    error: bool
    line: int


def has_span_ids(head: str) -> bool:
    """Whether the beginning of a log names spans."""
    return "span" in head.lower() and bool(_SPAN.search(head))


def steps_of(content: Content) -> Iterator[Step]:
    """Every line with a moment and a span id, in file order."""
    of_path = component_of_path(content.path)
    owner = without_pod_hash(of_path.removesuffix("-json")) if of_path else None
    for number, raw in enumerate(content.lines, 1):
        text = raw[:_LONGEST].decode(errors="replace")
        named = _SPAN.search(text)
        if named is None:
            continue
        at, message = _read(text)
        if at is not None:
            place = _PLACE.search(message)
            statement = place["place"] if place else _masked(message)
            yield Step(at, owner, named["id"], statement, bool(_ERROR.search(message[:200])), number)


def _read(text: str) -> tuple[float | None, str]:
    """The moment of a line and its message: of a JSON wrapper the outer clock, whose zone is known."""
    if text.startswith("{"):
        try:
            record = json.loads(text)
        except ValueError:
            record = None
        if isinstance(record, dict):
            written = next((record[key] for key in _TIME_KEYS if isinstance(record.get(key), str | int | float)), None)
            message = next((record[k] for k in ("log", "message", "msg") if isinstance(record.get(k), str)), text)
            return (moment(written) if written is not None else None), str(message)
    stamp = _STAMP.search(text[:200])
    return (moment(stamp[0]) if stamp else None), text


def _masked(message: str) -> str:
    after = message[found.end() :] if (found := _SPAN.search(message)) else message
    return _VARIABLE.sub("*", after.strip())[:_STEP_CHARACTERS]


def by_span(steps: Iterator[Step] | list[Step]) -> dict[tuple[str | None, str], list[Step]]:
    """The steps of each span of each component, in file order: a program writes in its order, a clock may jump."""
    spans: dict[tuple[str | None, str], list[Step]] = defaultdict(list)
    for step in steps:
        spans[step.component, step.span].append(step)
    return spans
