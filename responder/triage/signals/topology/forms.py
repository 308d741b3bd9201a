"""The ways people write a dependency graph: matrices, edge lists, arrows, compose files, service maps."""

import re
from collections.abc import Iterator, Mapping, Sequence

from responder.patterns import lazy
from responder.triage.signals.tables import find_column, number, split_rows

__all__ = ["Edge", "edges_of_arrows", "edges_of_compose", "edges_of_json", "edges_of_table"]

Edge = tuple[str, str]
"""Caller and callee."""

_NAME = r'"?(?P<{0}>[A-Za-z0-9_][\w.:/@ -]{{0,120}}?)"?(?:\[[^\]\n]{{0,120}}\]|\([^)\n]{{0,120}}\))?'
_ARROW = lazy(
    rf"^\s*{_NAME.format('caller')}\s*(?:-{{1,3}}>|=>|→|==>|depends on|calls)\s*"
    r"(?:\|[^|\n]{0,80}\|\s*)?(?P<callees>\S[^\n]{0,400}?)\s*;?\s*$"
)
_FRAME = lazy(r"^\s*(?:(?:strict\s+)?(?:di)?graph\b.*|flowchart\b.*|[{}]|(?:node|edge|rankdir)\b.*|```.*)\s*$")
_ATTRIBUTES = lazy(r"\[[^\]]{0,400}\]|\([^)]{0,200}\)")
_ENDS = (
    *(("source", "target"), ("caller", "callee"), ("from", "to"), ("parent", "child"), ("client", "server")),
    *(("source_service", "target_service"), ("upstream", "downstream")),
)
_CALLEES = ("depends_on", "dependsOn", "dependencies", "calls", "callees", "downstream", "links", "edges")
_DEEPEST = 12


def edges_of_arrows(text: str) -> list[Edge] | None:
    """Lines of `a -> b, c`, `a depends on b`, DOT or Mermaid; None when the text holds anything else."""
    edges: list[Edge] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith(("#", "//", "%%")) or _FRAME.match(line):
            continue
        arrow = _ARROW.match(line)
        if arrow is None:
            return None
        callees = _ATTRIBUTES.sub("", arrow["callees"])
        edges += [(arrow["caller"].strip(), c) for part in callees.split(",") if (c := part.strip().strip('";'))]
    return edges or None


def edges_of_table(text: str, delimiter: str) -> list[Edge] | None:
    """An adjacency matrix with names on both sides, or two columns of names that say who calls whom."""
    rows = [row for _, row in split_rows(text, delimiter)]
    if len(rows) < 2:
        return None
    header = [cell.strip() for cell in rows[0]]
    if {row[0].strip() for row in rows[1:]} == set(header[1:]) and len(header) > 2:
        return _of_matrix(header, rows[1:])
    for one, other in _ENDS:
        caller, callee = find_column(header, one.replace("_", "")), find_column(header, other.replace("_", ""))
        if caller is not None and callee is not None and len(header) <= 6:
            wide = max(caller, callee)
            return [(row[caller].strip(), row[callee].strip()) for row in rows[1:] if len(row) > wide]
    return None


def _of_matrix(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Edge] | None:
    edges = []
    for row in rows:
        for name, cell in zip(header[1:], row[1:], strict=False):
            if cell.strip() and number(cell) is None:
                return None
            if number(cell):
                edges.append((row[0].strip(), name))
    return edges


def edges_of_compose(text: str) -> list[Edge] | None:
    """`depends_on` and `links` of a compose file, by indentation; None when there is no `services:` block."""
    service, key, edges = None, None, list[Edge]()
    depth: dict[str, int] = {}
    inside = False
    for line in text.splitlines():
        bare = line.split(" #", 1)[0].rstrip()
        indent = len(bare) - len(bare.lstrip())
        words = bare.strip()
        if not words or words.startswith("#"):
            continue
        if indent == 0:
            inside, service = words == "services:", None
        elif inside and words.endswith(":") and (service is None or indent <= depth["service"]):
            service, key = words[:-1].strip("\"'"), None
            depth["service"] = indent
        elif inside and service and (head := re.match(r"(depends_on|links):\s*(.*)$", words)):
            key, depth["key"] = head[1], indent
            edges += [(service, name) for name in re.findall(r"[\w.-]+", head[2])]
        elif inside and service and key and indent >= depth["key"] and (words.startswith("- ") or words.endswith(":")):
            if not words.startswith("- ") and indent == depth["key"]:
                key = None
            elif words.startswith("- ") or indent == depth.setdefault("item", indent):
                edges.append((service, words.removeprefix("- ").strip("\"' ").split(":")[0]))
        elif key and indent <= depth["key"]:
            key = None
    return edges or None


def edges_of_json(value: object) -> list[Edge]:
    """Edges of a service map: objects with two ends, `depends_on` lists, a mapping of names to lists of names."""
    edges = list(_walk(value, None, 0))
    if not edges and isinstance(value, dict) and all(_names(item) is not None for item in value.values()):
        edges = [(name, callee) for name, item in value.items() for callee in _names(item) or ()]
    return edges


def _walk(value: object, owner: str | None, depth: int) -> Iterator[Edge]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, owner, depth + 1)
    elif isinstance(value, dict):
        for one, other in _ENDS:
            if isinstance(value.get(one), str) and isinstance(value.get(other), str):
                yield str(value[one]), str(value[other])
        name = next((str(value[k]) for k in ("name", "Name", "service", "id") if isinstance(value.get(k), str)), owner)
        for key in _CALLEES:
            if name and (callees := _names(value.get(key))):
                yield from ((name, callee) for callee in callees)
        for key, item in value.items():
            if isinstance(item, dict | list):
                yield from _walk(item, key if isinstance(item, dict) else owner, depth + 1)


def _names(value: object) -> list[str] | None:
    if isinstance(value, Mapping):
        return [str(key) for key in value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return [str(item) for item in value]
    return None
