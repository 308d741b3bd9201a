"""The objects of one text, by its form: a dump or manifest in YAML or JSON, described objects, tables."""

from collections.abc import Iterable, Iterator

from responder.triage.signals.content import Content
from responder.triage.signals.kubernetes.forms.described import described_objects
from responder.triage.signals.kubernetes.forms.flat import flat_objects
from responder.triage.signals.kubernetes.forms.tables import table_objects
from responder.triage.signals.kubernetes.heads import ObjectForm
from responder.triage.signals.kubernetes.objects import Resource, Source
from responder.triage.signals.trees import DamagedError, Tree, json_documents, yaml_documents

__all__ = ["read_objects"]

_MOST = 200_000


def read_objects(content: Content, form: ObjectForm) -> tuple[list[Resource], str]:
    """The objects of a text, and where and why reading it ended early; empty when it did not."""
    found: list[Resource] = []
    try:
        for tree in _unwrapped(_trees(content, form)):
            if len(found) == _MOST:
                return found, f"only the first {_MOST} objects were read"
            if (item := _resource(tree, content, form)) is not None:
                found.append(item)
    except DamagedError as damage:
        return found, f"not whole: {damage}"
    return found, ""


def _trees(content: Content, form: ObjectForm) -> Iterator[Tree]:
    if form == "yaml":
        return yaml_documents(content.text)
    if form == "json":
        return json_documents(content.text)
    if form == "flat":
        return (item for document in json_documents(content.text) for item in flat_objects(document))
    lines = [raw.decode(errors="replace").rstrip("\r") for raw in content.lines]
    return described_objects(lines) if form == "described" else table_objects(lines)


def _unwrapped(trees: Iterable[Tree]) -> Iterator[Tree]:
    """The objects themselves: those of a list one by one, however it names its kind."""
    for tree in trees:
        if isinstance(tree.value, list):
            yield from tree.value
        elif "items" in tree.fields() and (tree.text("kind") in ("", "List") or tree.text("kind").endswith("List")):
            kind = tree.text("kind").removesuffix("List")
            for item in tree.items("items"):
                if kind and isinstance(item.value, dict) and "kind" not in item.value:
                    item.value["kind"] = Tree(kind, item.line)
                yield item
        else:
            yield tree


def _resource(tree: Tree, content: Content, form: ObjectForm) -> Resource | None:
    kind, name = tree.text("kind"), tree.text("metadata", "name")
    if not kind or (not name and kind != "Event"):
        return None
    source: Source = "described" if form in ("described", "flat") else "row"
    if form in ("yaml", "json"):
        there = tree.at("status") or tree.text("metadata", "uid") or tree.text("metadata", "creationTimestamp")
        source = "dump" if there or kind == "Event" else "manifest"
    return Resource(kind, name, tree.text("metadata", "namespace"), tree, content, source)
