"""The typed verdict line with which a Coder's program says what it found."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

__all__ = ["CodeVerdict", "find_verdict"]


class CodeVerdict(BaseModel):
    """What one program says of one hypothesis."""

    model_config = ConfigDict(extra="ignore")

    hypothesis: str
    outcome: Literal["confirmed", "refuted", "none"]
    because: str = Field(default="", max_length=2000)
    evidence: tuple[str, ...] = ()


def find_verdict(output: str, mark: str) -> CodeVerdict | None:
    """Return the last legal verdict line of an output.

    Args:
        output: What the program printed.
        mark: How such a line begins; it holds the run's random word, so a quoted log line cannot forge one.
    """
    for line in reversed(output.split("\n")):
        if line.startswith(f"{mark} "):
            try:
                return CodeVerdict.model_validate(json.loads(line[len(mark) :]))
            except (ValueError, ValidationError, RecursionError):
                continue
    return None
