"""The literals that each packaged rule needs, read off beforehand: `rules/needs.json`, made by `make rules`.

Reading them off takes longer than a small log does. The file states what it was made from, and counts for nothing when
a rule has changed since: then they are read off again.
"""

import hashlib
import json
from collections.abc import Sequence

import msgspec

from responder.shipped import shipped
from responder.triage.literals import Alternative, Needs

__all__ = ["stored_needs", "written"]

_FILE = "triage/rules/needs.json"


class _Stored(msgspec.Struct, frozen=True):
    rules: str
    """The digest of the rule files."""
    needs: list[tuple[Alternative, ...]]


def stored_needs(sources: Sequence[tuple[str, str]]) -> list[Needs] | None:
    """What the file says of these rules, in their order; None when it was made from others or cannot be read.

    Args:
        sources: Technology name and text of each rule file.
    """
    try:
        stored = msgspec.json.decode(shipped(_FILE).read_bytes(), type=_Stored)
    except (OSError, msgspec.DecodeError):
        return None
    return [Needs(alternatives) for alternatives in stored.needs] if stored.rules == _digest(sources) else None


def written(sources: Sequence[tuple[str, str]], needs: Sequence[Needs]) -> str:
    """The text of the file."""
    lists = ",\n".join(json.dumps(item.alternatives, ensure_ascii=False) for item in needs)
    return f'{{"rules": "{_digest(sources)}", "needs": [\n{lists}\n]}}\n'


def _digest(sources: Sequence[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for technology, text in sources:
        digest.update(f"{technology}\0{text}\0".encode())
    return digest.hexdigest()
