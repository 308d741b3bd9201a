"""Takes secrets out of text."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["NullRedactor"]


class NullRedactor:
    """Lets everything through: `--no-redact`, for logs that never leave the machine."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Always empty."""
        return MappingProxyType({})

    def redact(self, text: str) -> str:
        """The text as it is."""
        return text

    def redact_field(self, name: str, text: str) -> str:
        """The text as it is."""
        return text
