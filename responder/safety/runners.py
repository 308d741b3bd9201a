"""Text that a build server may read: nothing in it is a command to the runner.

A runner reads the output of a step and obeys lines that begin with `::`, or hold `##[` or `##vso[` anywhere, whoever
wrote them. Any command of this tool may run as such a step, so whatever it prints goes through `inert`.
"""

from responder.patterns import lazy
from responder.safety.sanitise import sanitise

__all__ = ["inert"]

# A space after the first character of the mark is enough: every runner looks for the mark as it is spelt. Lines end
# for a runner where its own reader ends them, which may be at more places than a line feed.
_ANYWHERE = lazy(r"(?i)#(?=#\[|#vso\[|#teamcity\[)")
_AT_START = lazy(r"(?m)^([^\S\n]*+:)(?=:)")


def inert(text: str) -> str:
    """Text that no runner takes for a command; sanitised, and the same number of lines."""
    return _AT_START.sub(r"\1 ", _ANYWHERE.sub("# ", sanitise(text)))
