"""Loads AutoGen's FileSurfer without the document converter it would read files with.

`markitdown` renders logs as Markdown tables, which is why our subclass has a reader of its own. Loading it for nothing
costs most of a second, warns about a missing ffmpeg, and brings in a machine-learning runtime that writes a telemetry
session to the temporary folder. So AutoGen's module is loaded with an empty converter in its place.
"""

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType

__all__ = ["FileSurfer"]

_CONVERTER = "markitdown"
_NAMES = ("MarkItDown", "FileConversionException", "UnsupportedFormatException")


@contextlib.contextmanager
def _empty_converter() -> Iterator[None]:
    """Stand in for the converter while AutoGen's module loads; one that somebody else has loaded is left alone."""
    if _CONVERTER in sys.modules:
        yield
        return
    empty = ModuleType(_CONVERTER)
    for name in _NAMES:
        setattr(empty, name, type(name, (Exception,), {}))
    sys.modules[_CONVERTER] = empty
    try:
        yield
    finally:
        del sys.modules[_CONVERTER]


with _empty_converter():
    from autogen_ext.agents.file_surfer import FileSurfer
