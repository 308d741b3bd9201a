"""YAML documents as trees with lines.

Only the events of the parser are used: no tag is resolved, nothing is built from a document's own wishes, and an alias
is the anchored value itself and not a copy, so a document of aliases of aliases stays as small as its text. Values are
read along paths of known keys; nobody walks what an alias could have multiplied.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any

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
    parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        event = parser.get_event()
        while event is not None and type(event) is not yaml.StreamEndEvent:
            if type(event) is yaml.DocumentStartEvent:
                yield _Document(starts).read(parser.get_event)
            event = parser.get_event()
    except yaml.MarkedYAMLError as error:
        line = bisect_right(starts, error.problem_mark.index) if error.problem_mark else 0
        raise DamagedError(f"line {line}: {error.problem or 'not YAML'}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise DamagedError(str(error).split("\n", 1)[0][:200]) from error
    finally:
        parser.dispose()


class _Document:
    """One document under construction, without recursion: each open collection waits on a stack to be filled."""

    def __init__(self, starts: Sequence[int]) -> None:
        self._starts = starts
        self._anchors: dict[str, Tree] = {}
        self._open: list[Tree] = []
        self._keys: list[Tree | None] = []
        """Of each open collection the key that waits for its value."""
        self._top = MISSING

    def read(self, next_event: Callable[[], Any]) -> Tree:
        """Take events until the document ends."""
        import yaml

        # An event of one of a few exact types comes for every scalar of a dump: the likeliest is asked for first.
        while True:
            event = next_event()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                nothing = event.implicit[0] and event.value in _NOTHING
                self._add(event, Tree("" if nothing else event.value, self._line(event)))
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._open.pop()
                self._keys.pop()
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                tree = Tree({} if kind is yaml.MappingStartEvent else [], self._line(event))
                self._add(event, tree)
                self._open.append(tree)
                self._keys.append(None)
                if len(self._open) > DEEPEST:
                    raise DamagedError(f"line {tree.line}: nested more than {DEEPEST} deep")
            elif kind is yaml.AliasEvent:
                self._put(Tree(self._anchors.get(event.anchor, MISSING).value, self._line(event)))
            else:
                return self._top

    def _line(self, event: Any) -> int:
        """The parser ends lines at more characters than files do; its positions are those of the text."""
        return bisect_right(self._starts, event.start_mark.index)

    def _add(self, event: Any, tree: Tree) -> None:
        if event.anchor:
            self._anchors[event.anchor] = tree
        self._put(tree)

    def _put(self, tree: Tree) -> None:
        """Add a value to what is open; in a mapping every other value is a key."""
        if not self._open:
            self._top = tree
            return
        holder = self._open[-1].value
        if isinstance(holder, list):
            holder.append(tree)
        elif isinstance(holder, dict):
            key = self._keys[-1]
            if key is None:
                self._keys[-1] = tree
                return
            self._keys[-1] = None
            if isinstance(key.value, str):
                holder[key.value] = tree
                tree.line = key.line
