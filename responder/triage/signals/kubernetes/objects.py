"""The objects in texts of `kubectl get` and `kubectl describe`, each field with the line it stands on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from responder.triage.components import without_pod_hash
from responder.triage.signals.content import Content

__all__ = ["Cluster", "Described", "Field", "Row", "app_of", "described_of", "rows_of"]

_COLUMN = re.compile(r"\S+(?: \S+)*")
_HEADER = re.compile(r"^(?:NAMESPACE\s+)?(?:NAME|LAST SEEN)\s{2,}[A-Z]")
_EVENT = re.compile(
    r"^\S{1,20}\s+(?P<TYPE>Normal|Warning)\s+(?P<REASON>\w+)\s+(?P<OBJECT>[a-z]+/\S+)\s+(?P<MESSAGE>\S.*)$"
)
"""A row of events; sorted outside of kubectl the header stands anywhere."""
_FIELD = re.compile(r"^(?P<indent> *)(?P<key>[\w./() -]{1,120}?):(?:\s+(?P<value>.*))?$")
_KINDS = (
    ("pod", ("QoS Class",)),
    ("deployment", ("StrategyType", "Pods Status", "Update Strategy")),
    ("replicaset", ("Controlled By", "Replicas")),
    ("service", ("TargetPort", "Session Affinity", "IP Family Policy")),
    ("endpoints", ("Subsets",)),
    ("node", ("Allocatable", "Unschedulable")),
    ("claim", ("Used By",)),
    ("volume", ("Reclaim Policy",)),
)
"""By which field a described object is known; the first that fits wins."""


@dataclass(frozen=True, slots=True)
class Field:
    """One `Key: value` of a described object."""

    line: int
    indent: int
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Described:
    """One object as `kubectl describe` prints it."""

    kind: str
    name: str
    namespace: str
    content: Content
    first: int
    """The 1-based line of its name."""
    texts: tuple[str, ...]
    """All of its lines, from `first` on."""
    fields: tuple[Field, ...]

    def get(self, key: str) -> Field | None:
        """The first field of a name."""
        return next((field for field in self.fields if field.key == key), None)

    def value(self, key: str) -> str:
        """The value of the first field of a name, else an empty text."""
        field = self.get(key)
        return field.value if field and field.value not in ("<none>", "<unset>") else ""

    def under(self, key: str) -> Iterator[Field]:
        """The fields inside of every section of a name."""
        inside = -1
        for field in self.fields:
            if field.key == key:
                inside = field.indent
            elif inside >= 0 and field.indent > inside:
                yield field
            else:
                inside = -1


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a `kubectl get` table."""

    columns: frozenset[str]
    cells: dict[str, str]
    content: Content
    line: int

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Everything that was read of one cluster."""

    rows: tuple[Row, ...]
    objects: tuple[Described, ...]

    def of(self, kind: str) -> tuple[Described, ...]:
        """The described objects of one kind."""
        return tuple(item for item in self.objects if item.kind == kind)

    def having(self, *columns: str) -> tuple[Row, ...]:
        """The rows of tables with these columns."""
        return tuple(row for row in self.rows if row.columns.issuperset(columns))


def app_of(name: str) -> str:
    """The workload of a pod or replica set, as people call it."""
    return without_pod_hash(name.rpartition("/")[2])


def rows_of(content: Content) -> list[Row]:
    """The rows of all `kubectl get` tables in a text."""
    rows: list[Row] = []
    starts: list[tuple[str, int]] = []
    for number, raw in enumerate(content.lines, 1):
        text = raw.decode(errors="replace").rstrip("\r")
        if event := _EVENT.match(text):
            cells = event.groupdict()
            rows.append(Row(frozenset(cells), cells, content, number))
        elif _HEADER.match(text):
            starts = [(match[0], match.start()) for match in _COLUMN.finditer(text)]
        elif not text.strip() or text[0].isspace():
            starts = [] if not text.strip() else starts
        elif starts:
            ends = [start for _, start in starts[1:]] + [len(text)]
            cells = {name: text[at:end].strip() for (name, at), end in zip(starts, ends, strict=True)}
            rows.append(Row(frozenset(cells), cells, content, number))
    return rows


def described_of(content: Content) -> list[Described]:
    """The objects of a `kubectl describe` text."""
    texts = [raw.decode(errors="replace").rstrip("\r") for raw in content.lines]
    starts = [at for at, text in enumerate(texts) if re.match(r"Name:\s+\S", text)]
    found = []
    for start, end in zip(starts, [*starts[1:], len(texts)], strict=True):
        part = tuple(texts[start:end])
        fields = tuple(
            Field(start + at + 1, len(match["indent"]), match["key"].strip(), (match["value"] or "").strip())
            for at, text in enumerate(part)
            if (match := _FIELD.match(text[:4000]))
        )
        keys = {field.key for field in fields if field.indent == 0}
        kind = next((kind for kind, marks in _KINDS if not keys.isdisjoint(marks)), "")
        kind = kind or ("quota" if any(re.match(r"Resource\s+Used\s+Hard", text) for text in part) else "")
        space = next((field.value for field in fields if field.key == "Namespace"), "")
        found.append(Described(kind, fields[0].value, space, content, start + 1, part, fields))
    return found
