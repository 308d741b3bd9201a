"""Which packages resolved to another version than in the last good run, read from what package managers print."""

import re
from collections.abc import Sequence

from msgspec import Struct

from responder.errors import EvidenceError
from responder.evidence.interface import Artifact

__all__ = ["NewVersion", "new_versions"]

_MOST_BYTES = 16 << 20
_NAME, _VERSION = rb"@?[A-Za-z0-9][\w./@-]{0,100}?", rb"v?\d[\w.+-]{0,40}"
_LINE = re.compile(
    rb"(?m)(?:^|[ \t\x1b\]m])(?:"
    rb"Successfully installed (?P<pip>[^\r\n]{1,4000})"
    rb"|(?:Using|Installing|Fetching) (?P<gem>" + _NAME + rb") \(?(?P<gem_version>" + _VERSION + rb")\)?"
    rb"|(?:Compiling|Downloaded|Locking|Adding) (?P<crate>" + _NAME + rb") (?P<crate_version>" + _VERSION + rb")"
    rb"|go: (?:downloading|added|upgraded) (?P<module>" + _NAME + rb") (?P<module_version>" + _VERSION + rb")"
    rb"|\+ (?P<npm>@?[\w./-]{1,100})@(?P<npm_version>" + _VERSION + rb")"
    rb"|(?:- )?Installing (?P<composer>[\w.-]{1,60}/[\w.-]{1,60}) \((?P<composer_version>" + _VERSION + rb")\)"
    rb"|(?:Get:\d{1,5} \S{1,200} \S{1,80} \S{1,40} )(?P<apt>[a-z0-9][\w.+-]{1,80}) "
    rb"\S{1,20} (?P<apt_version>[\w.:+~-]{1,80})"
    rb")"
)
_PINNED = re.compile(rb"(?P<name>[A-Za-z0-9][\w.]{0,80}(?:-[A-Za-z_][\w.]{0,80}){0,8})-(?P<version>\d[\w.+]{0,40})")


class NewVersion(Struct, frozen=True):
    """One package that changed. Names are untrusted text."""

    name: str
    before: str
    after: str


def new_versions(now: Sequence[Artifact], before: Sequence[Artifact]) -> tuple[NewVersion, ...]:
    """Packages in both runs with different versions, by name; empty when either run resolves nothing."""
    old, new = _versions(before), _versions(now)
    changed = sorted(name for name in old.keys() & new.keys() if old[name] != new[name])
    return tuple(NewVersion(name, old[name], new[name]) for name in changed)


def _versions(artifacts: Sequence[Artifact]) -> dict[str, str]:
    found: dict[str, str] = {}
    for artifact in artifacts:
        try:
            with artifact.open() as stream:
                data = stream.read(_MOST_BYTES)
        except (OSError, EvidenceError):
            continue
        for match in _LINE.finditer(data):
            if match["pip"]:
                found.update((m["name"].decode(), m["version"].decode()) for m in _PINNED.finditer(match["pip"]))
                continue
            for kind in ("gem", "crate", "module", "npm", "composer", "apt"):
                if match[kind]:
                    found[match[kind].decode("utf-8", "replace")] = match[f"{kind}_version"].decode("utf-8", "replace")
    return found
