"""What every gate through which text leaves the tool is given: something that takes the secrets out."""

from collections.abc import Mapping
from typing import Protocol

__all__ = ["TextRedactor"]


class TextRedactor(Protocol):
    """Replaces secrets by placeholders; shared by all gates of one run, from any thread."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Replacements so far by kind, every hit counted; empty when nothing was found or redaction is off."""
        ...

    def redact(self, text: str) -> str:
        r"""Replace each secret by `[REDACTED:kind:hash8]`. Never fails; the number of `\n` stays the same."""
        ...

    def redact_field(self, name: str, text: str) -> str:
        """Redact the value of a named field: all of it when the name itself announces a secret (`password`)."""
        ...
