"""How traces are written: tables of spans, Jaeger, OpenTelemetry and Zipkin JSON."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from responder.patterns import lazy
from responder.triage.components import without_pod_hash
from responder.triage.signals.content import Content
from responder.triage.signals.tables import find_column, moment, number, split_rows
from responder.triage.signals.traces.spans import TraceSpan

__all__ = ["is_span_table", "looks_like_traces", "spans_of_document", "spans_of_table"]

_TRACE = ("traceid", "trace")
_SPAN = ("spanid", "span", "id")
_PARENT = ("parentid", "parentspanid", "parentspan", "parent")
_SERVICE = ("servicename", "service", "podname", "pod", "cmdbid", "component", "application", "host")
_OPERATION = ("operationname", "operation", "spanname", "name", "methodname", "url", "endpoint")
_START = ("starttimeunixnano", "starttime", "starttimemillis", "start", "timestamp", "time")
_END = ("endtimeunixnano", "endtime", "end")
_DURATION = ("duration", "elapsed", "durationus", "durationms", "latency", "elapsedtime")
_STATUS = ("statuscode", "status", "error", "iserror", "success", "resultcode", "httpstatuscode")
_ROOTS = frozenset({"", "root", "null", "none", "0", "-1", "nan", "0" * 16})
_JSON = lazy(r'"(?:resourceSpans|spanID|spanId|traceID|parentSpanId|localEndpoint)"\s*:')

Json = Mapping[str, object]


def is_span_table(head: str, delimiter: str) -> bool:
    """Whether the beginning of a table has the columns of spans."""
    row = next((cells for _, cells in split_rows(head, delimiter)), [])
    needed = (_TRACE, _SPAN, _PARENT, _SERVICE, _START)
    timed = find_column(row, *_END) is not None or find_column(row, *_DURATION) is not None
    return timed and all(find_column(row, *names) is not None for names in needed)


def spans_of_table(content: Content, delimiter: str) -> Iterator[TraceSpan]:
    """Every complete row of a table that `is_span_table` knows."""
    rows = split_rows(content.text, delimiter)
    _, header = next(rows, (0, []))
    columns = [find_column(header, *names) for names in (_TRACE, _SPAN, _PARENT, _SERVICE, _OPERATION, _START)]
    end, duration, status = (find_column(header, *names) for names in (_END, _DURATION, _STATUS))
    for line, row in rows:
        if len(row) < len(header):
            continue
        trace, span, parent, service, operation, start = (row[c].strip() if c is not None else "" for c in columns)
        begun = moment(start)
        stopped = moment(row[end]) if end is not None else None
        if begun is None or not span or not service:
            continue
        seconds = stopped - begun if stopped is not None else _seconds(row, duration, header, start)
        yield TraceSpan(
            *(trace, span, "" if parent.lower() in _ROOTS else parent, without_pod_hash(service), operation, begun),
            *(max(0.0, seconds), status is not None and _is_failure(header[status], row[status]), content.path, line),
        )


def _seconds(row: Sequence[str], column: int | None, header: Sequence[str], start: str) -> float:
    """A duration; its unit is the column's when that names one, else that of the start."""
    if column is None:
        return 0.0
    value, lower = number(row[column]) or 0.0, header[column].lower()
    for unit, scale in (("nano", 1e9), ("micro", 1e6), ("us", 1e6), ("milli", 1e3), ("ms", 1e3)):
        if unit in lower:
            return value / scale
    return value / (1e6 if len(start.partition(".")[0]) > 13 else 1e3)


def _is_failure(name: str, cell: str) -> bool:
    word = cell.strip().lower()
    plain = re.sub(r"[^a-z]", "", name.lower())
    if plain == "success":
        return word in ("false", "0", "no")
    code = number(word)
    if code is not None:
        return code >= 500 if code >= 100 else ("error" in plain and code != 0)
    return word in ("error", "true", "failed", "failure", "status_code_error")


def looks_like_traces(head: str) -> bool:
    """Whether the beginning of a JSON document or of JSON lines holds spans."""
    return head.lstrip()[:1] in ("{", "[") and '"log"' not in head[:200] and bool(_JSON.search(head))


def spans_of_document(content: Content) -> list[TraceSpan]:
    """Every span of a JSON document, or of JSON lines.

    Raises:
        ValueError: It is neither.
    """
    try:
        documents = [json.loads(content.text)]
    except ValueError:
        documents = [json.loads(line) for line in content.lines if line.strip()]
    found = [span for document in documents for span in _walk(document, {}, {}, 0)]
    return _placed(found, content)


def _walk(value: object, processes: Json, resource: Json, depth: int) -> Iterator[TraceSpan]:
    if depth > 12:
        return
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, processes, resource, depth + 1)
    elif isinstance(value, dict):
        if span := _span(value, processes, resource):
            yield span
            return
        inner = value.get("processes")
        processes = inner if isinstance(inner, dict) else processes
        around = value.get("resource")
        resource = around if isinstance(around, dict) else resource
        for item in value.values():
            if isinstance(item, dict | list):
                yield from _walk(item, processes, resource, depth + 1)


def _span(item: Json, processes: Json, resource: Json) -> TraceSpan | None:
    identity = item.get("spanID") or item.get("spanId") or (item.get("id") if "localEndpoint" in item else None)
    trace = item.get("traceID") or item.get("traceId")
    start = item.get("startTimeUnixNano") or item.get("startTime") or item.get("timestamp")
    begun = moment(start) if isinstance(start, str | int | float) else None
    if not isinstance(identity, str) or not isinstance(trace, str) or begun is None:
        return None
    stop = item.get("endTimeUnixNano")
    stopped = moment(stop) if isinstance(stop, str | int | float) else None
    length = item.get("duration")
    micro = float(length) / 1e6 if isinstance(length, int | float) else 0.0
    tags = _tags(item.get("tags")) | _tags(item.get("attributes"))
    status = item.get("status")
    code = str(status.get("code", "")) if isinstance(status, dict) else ""
    failed = code in ("2", "STATUS_CODE_ERROR", "ERROR") or str(tags.get("error", "false")).lower() not in ("false", "")
    failed = failed or str(tags.get("http.status_code", tags.get("http.response.status_code", ""))).startswith("5")
    said = status.get("message") if isinstance(status, dict) else tags.get("error.message")
    operation = item.get("operationName") or item.get("name") or ""
    return TraceSpan(
        *(trace, identity, _parent(item), _service(item, processes, resource), str(operation), begun),
        *(max(0.0, stopped - begun if stopped is not None else micro), failed, "", 0, str(said or "")),
    )


def _parent(item: Json) -> str:
    parent = item.get("parentSpanId") or item.get("parentSpanID") or item.get("parentId")
    if isinstance(parent, str):
        return "" if parent.lower() in _ROOTS else parent
    references = item.get("references")
    for reference in references if isinstance(references, list) else ():
        if isinstance(reference, dict) and reference.get("refType", "CHILD_OF") == "CHILD_OF":
            return str(reference.get("spanID", ""))
    return ""


def _service(item: Json, processes: Json, resource: Json) -> str:
    process = item.get("process") or processes.get(str(item.get("processID", "")))
    endpoint = item.get("localEndpoint")
    name: object = _tags(resource.get("attributes")).get("service.name")
    for place in (process, endpoint):
        if isinstance(place, dict):
            name = place.get("serviceName") or name
    return without_pod_hash(str(name or "unknown"))


def _tags(value: object) -> dict[str, object]:
    """Key and plain value of tags, as a mapping, a list of Jaeger or of OpenTelemetry."""
    if isinstance(value, dict):
        return dict(value)
    tags: dict[str, object] = {}
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict) and "key" in item:
            inner = item.get("value")
            tags[str(item["key"])] = next(iter(inner.values()), "") if isinstance(inner, dict) else inner
    return tags


def _placed(spans: list[TraceSpan], content: Content) -> list[TraceSpan]:
    """The spans with the line that names them; one that cannot be found stands on the first."""
    placed, at = [], 0
    for span in spans:
        found = content.text.find(f'"{span.id}"', at)
        found = found if found >= 0 else content.text.find(f'"{span.id}"')
        at = max(found, at)
        line = content.line_at(max(found, 0))
        placed.append(
            TraceSpan(
                *(span.trace, span.id, span.parent, span.service, span.operation, span.start, span.seconds),
                *(span.failed, content.path, line, span.message),
            )
        )
    return placed
