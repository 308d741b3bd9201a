"""Which components a text names: as a whole word, as a pod, as a host name, as the set whose members they are."""

from collections import defaultdict
from collections.abc import Iterable

from responder.patterns import lazy
from responder.triage.components import without_pod_hash

__all__ = ["Names"]

_WORD = lazy(r"[a-z0-9][a-z0-9_-]*")
_ORDINAL = lazy(r"-\d{1,3}$")


class Names:
    """Finds names in texts, in time linear in the text however many names there are.

    A name inside of a longer one is not named: `ledger` is not in `ledger-db-1`.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._plain: dict[str, list[str]] = defaultdict(list)
        self._odd: dict[str, str] = {}
        self._sets: dict[str, list[str]] = defaultdict(list)
        for name in sorted(names):
            lower = name.lower()
            if _WORD.fullmatch(lower):
                self._plain[lower].append(name)
            else:
                self._odd[lower] = name
        for lower, members in self._plain.items():
            self._sets[_ORDINAL.sub("", lower)] += members

    def in_text(self, text: str) -> set[str]:
        """Every name that the text mentions."""
        lower = text.lower()
        found: set[str] = set()
        for word in set(_WORD.findall(lower)):
            for form in (word, without_pod_hash(word), _ORDINAL.sub("", word)):
                if form in self._plain:
                    found.update(self._plain[form])
                    break
            else:
                found.update(self._sets.get(word, ()))
        return found | {name for odd, name in self._odd.items() if _stands(lower, odd)}


def _stands(text: str, name: str) -> bool:
    """Whether a name with dots, colons or slashes stands in a text with nothing grown onto it."""
    at = text.find(name)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        at = text.find(name, at + 1)
    return False
