"""YAML documents as trees with lines.

Only the events of the parser are used: no tag is resolved, nothing is built from a document's own wishes, and an alias
is the anchored value itself and not a copy, so a document of aliases of aliases stays as small as its text. Values are
read along paths of known keys; nobody walks what an alias could have multiplied.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from responder.triage.signals.trees.tree import DEEPEST, MISSING, DamagedError, Tree

__all__ = ["yaml_documents"]

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


def yaml_documents(text: str) -> Iterator[Tree]:
    """Every document of a text.

    Raises:
        DamagedError: The text is no YAML from some line on; its documents before that line have been given.
    """
    import yaml

    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        events = yaml.parse(text, Loader=loader)
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                yield _document(events, starts)
    except yaml.MarkedYAMLError as error:
        line = bisect_right(starts, error.problem_mark.index) if error.problem_mark else 0
        raise DamagedError(f"line {line}: {error.problem or 'not YAML'}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise DamagedError(str(error).split("\n", 1)[0][:200]) from error


def _document(events: Iterator[object], starts: Sequence[int]) -> Tree:
    """Build one document without recursion: the stack holds the open collections and the key each waits to fill."""
    import yaml

    top = MISSING
    anchors: dict[str, Tree] = {}
    stack: list[tuple[Tree, list[Tree]]] = []
    for event in events:
        if isinstance(event, yaml.DocumentEndEvent):
            break
        if isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
            continue
        tree = _begun(event, anchors, starts)
        if stack:
            _put(stack[-1], tree)
        else:
            top = tree
        if isinstance(event, yaml.CollectionStartEvent):
            stack.append((tree, []))
            if len(stack) > DEEPEST:
                raise DamagedError(f"line {tree.line}: nested more than {DEEPEST} deep")
    return top


def _begun(event: object, anchors: dict[str, Tree], starts: Sequence[int]) -> Tree:
    import yaml

    # The parser ends lines at more characters than files do; its positions are those of the text.
    line = bisect_right(starts, event.start_mark.index)  # type: ignore[attr-defined]
    if isinstance(event, yaml.AliasEvent):
        return Tree(anchors.get(event.anchor or "", MISSING).value, line)
    if isinstance(event, yaml.ScalarEvent):
        tree = Tree("" if event.implicit[0] and event.value in _NOTHING else event.value, line)
    else:
        tree = Tree({} if isinstance(event, yaml.MappingStartEvent) else [], line)
    anchor = getattr(event, "anchor", None)
    if anchor:
        anchors[anchor] = tree
    return tree


def _put(place: tuple[Tree, list[Tree]], tree: Tree) -> None:
    """Add a value to an open collection; in a mapping every other value is a key."""
    holder, waiting = place
    if isinstance(holder.value, list):
        holder.value.append(tree)
    elif isinstance(holder.value, dict):
        if not waiting:
            waiting.append(tree)
            return
        key = waiting.pop()
        if isinstance(key.value, str):
            holder.value[key.value] = tree
            tree.line = key.line
