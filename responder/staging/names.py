"""Names for staged files: plain ASCII that is safe to type in a shell, unique, and still recognisable."""

import hashlib

from responder.patterns import lazy
from responder.staging.interface import INDEX_NAME

__all__ = ["StagedNames"]

_UNSAFE = lazy(r"[^A-Za-z0-9._-]+")
_MAX_PART_CHARS = 80
_MAX_PARTS = 8


class StagedNames:
    """Gives each path of the evidence its name in the staged folder. Case does not tell names apart."""

    def __init__(self) -> None:
        self._files = {INDEX_NAME}
        self._folders: set[str] = set()

    def give(self, path: str) -> str:
        """A new name, relative, with `/`; never absolute, hidden, an option, or above the folder."""
        parts = [_plain(part) for part in path.split("/") if part not in {"", ".", ".."}] or ["unnamed"]
        if len(parts) > _MAX_PARTS:
            digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:12]
            parts = [*parts[:2], digest, *parts[-2:]]
        name, count = "/".join(parts), 1
        while not self._free(name):
            count += 1
            stem, dot, suffix = parts[-1].partition(".")
            name = "/".join([*(f"{part}-{count}" for part in parts[:-1]), f"{stem}-{count}{dot}{suffix}"])
        folded = name.lower().split("/")
        self._files.add("/".join(folded))
        self._folders.update("/".join(folded[:depth]) for depth in range(1, len(folded)))
        return name

    def _free(self, name: str) -> bool:
        folded = name.lower().split("/")
        parents = {"/".join(folded[:depth]) for depth in range(1, len(folded))}
        whole = "/".join(folded)
        return whole not in self._files and whole not in self._folders and not parents & self._files


def _plain(part: str) -> str:
    safe = _UNSAFE.sub("_", part)
    if len(safe) > _MAX_PART_CHARS:
        safe = f"{safe[: _MAX_PART_CHARS - 24]}_{safe[-23:]}"
    return f"_{safe}" if safe[0] in ".-" else safe
