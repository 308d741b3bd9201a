"""Regular expressions that are compiled when they are first used.

A run uses few of the hundreds that the package states, and compiling all of them took a sixth of the start.
"""

import re
from typing import Any, AnyStr, Generic, cast

__all__ = ["lazy"]


def lazy(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`; a pattern that is wrong is told of at its first use."""
    return cast("re.Pattern[AnyStr]", _Lazy(pattern, flags))


class _Lazy(Generic[AnyStr]):
    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self._stated: tuple[AnyStr, int] = pattern, flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(*self._stated)
        # What is asked for once is found in the object itself from then on, as fast as in any pattern.
        value = self.__dict__[name] = getattr(compiled, name)
        return value
