"""Which files of a workspace tell how the build went, when nobody names them.

Only names that test runners and pipelines use by convention are taken: reading a whole checkout as evidence would
find every error message that its sources contain. The walk is bounded and enters no folder of tools or dependencies.
"""

import os
from pathlib import Path

from responder.patterns import lazy

__all__ = ["MOST_ARTIFACTS", "discover"]

MOST_ARTIFACTS = 500
"""Files taken at most; a build with more is better served by naming its folder."""

_MOST_FOLDERS = 5_000
_DEEPEST = 8
_NOT_ENTERED = frozenset(
    {"node_modules", "vendor", "third_party", "site-packages", "__pycache__", "reports", "testdata", "fixtures"}
)
_JUNIT = lazy(r"(?i)(?:TEST-.*|.*junit.*|.*test[-_]?results?.*|x?unit.*|report)\.xml")
_LOG = lazy(r"(?i)(?:.*(?:build|test|ci|console|job|output|npm-debug|pytest|cargo|gradle|maven|make).*\.log)")
_RESULT_FOLDERS = frozenset({"test-results", "test-reports", "surefire-reports", "failsafe-reports", "test_results"})


def discover(workspace: Path) -> tuple[Path, ...]:
    """The logs and JUnit files below `workspace`, sorted; empty when there are none.

    Symbolic links are neither followed nor taken.
    """
    found: list[Path] = []
    for number, (folder, names, files) in enumerate(os.walk(workspace)):
        here = Path(folder)
        depth = len(here.relative_to(workspace).parts)
        names[:] = sorted(
            name for name in names if depth < _DEEPEST and not name.startswith(".") and name not in _NOT_ENTERED
        )
        found += [here / name for name in sorted(files) if _tells(here.name, name) and not (here / name).is_symlink()]
        if number >= _MOST_FOLDERS or len(found) >= MOST_ARTIFACTS:
            break
    return tuple(sorted(found)[:MOST_ARTIFACTS])


def _tells(folder: str, name: str) -> bool:
    if name.endswith(".xml"):
        return folder in _RESULT_FOLDERS or _JUNIT.fullmatch(name) is not None
    return name.endswith(".log") and _LOG.fullmatch(name) is not None
