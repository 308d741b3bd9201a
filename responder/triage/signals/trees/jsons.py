"""JSON documents as trees with lines; the standard parser does not say where a value stood."""

import json
import re
from collections.abc import Iterator

from responder.patterns import lazy
from responder.triage.signals.trees.tree import DEEPEST, MISSING, DamagedError, Tree

__all__ = ["json_documents"]

_TOKEN = lazy(
    r'[ \t\r]*(?:(?P<lines>\n[\s]*)|(?P<text>"(?:[^"\\\n]|\\.)*+")|(?P<mark>[{}\[\],:])|(?P<word>[A-Za-z0-9+.-]{1,64}))'
)
_OPENING = {"{": dict, "[": list}


def json_documents(text: str) -> Iterator[Tree]:
    """Every document of a text: one, or several on end as JSON Lines and `kubectl -o json` of several calls have.

    Raises:
        DamagedError: The text is no JSON from some line on; its documents before that line have been given.
    """
    stack: list[tuple[Tree, list[Tree]]] = []
    line, at, end = 1, 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise DamagedError(f"line {line}: not JSON")
        at = match.end()
        if match["lines"]:
            line += match["lines"].count("\n")
        elif (mark := match["mark"]) in (",", ":"):
            continue
        elif mark in ("}", "]"):
            done = _closed(stack, mark, line)
            if not stack:
                yield done
        else:
            tree = Tree(_OPENING[mark](), line) if mark else Tree(_scalar(match, line), line)
            if stack:
                _put(stack[-1], tree, line)
            elif not mark:
                yield tree
            if mark:
                stack.append((tree, []))
                if len(stack) > DEEPEST:
                    raise DamagedError(f"line {line}: nested more than {DEEPEST} deep")
    if stack:
        raise DamagedError(f"line {line}: ends inside of a value")


def _closed(stack: list[tuple[Tree, list[Tree]]], mark: str, line: int) -> Tree:
    tree = stack.pop()[0] if stack else MISSING
    if not isinstance(tree.value, dict if mark == "}" else list):
        raise DamagedError(f"line {line}: {mark} closes nothing")
    return tree


def _scalar(match: re.Match[str], line: int) -> str:
    word = match["word"]
    if word is not None:
        return "" if word == "null" else word
    raw = match["text"]
    if "\\" not in raw:
        return raw[1:-1]
    try:
        return str(json.loads(raw, strict=False))
    except ValueError as error:
        raise DamagedError(f"line {line}: not JSON") from error


def _put(place: tuple[Tree, list[Tree]], tree: Tree, line: int) -> None:
    """Add a value to an open collection; in an object every other value is a key."""
    holder, waiting = place
    if isinstance(holder.value, list):
        holder.value.append(tree)
    elif isinstance(holder.value, dict):
        if waiting:
            key = waiting.pop()
            holder.value[str(key.value)] = tree
            tree.line = key.line
        elif isinstance(tree.value, str):
            waiting.append(tree)
        else:
            raise DamagedError(f"line {line}: a key is no text")
