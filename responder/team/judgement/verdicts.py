"""The typed verdict line with which a Coder's program says what it found, and when such a line is worth nothing.

A log can talk a model into a program that only prints what the log wants. So a verdict counts when the program could
have said something else: it must know more than one outcome, compute its reason, and not be the log's own text.
"""

import json
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

__all__ = ["CodeVerdict", "find_verdict", "flaw_of"]

_OUTCOMES = ("confirmed", "refuted", "none")
_TELLING_CHARACTERS = 12
"""Shorter lines of a program, `import json`, stand in many texts by chance."""


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


def flaw_of(verdict: CodeVerdict, code: str, shown: Iterable[str]) -> str | None:
    """Say why a verdict does not count, as a clause; None when it does.

    What this cannot see is a program that hides its constant, or one that a log spelt out in a cipher; such a program
    still runs in the sandbox, and stands in the report with its output.

    Args:
        verdict: What the program printed.
        code: The program.
        shown: Texts of the logs that the model had been shown.
    """
    if sum(outcome in code for outcome in _OUTCOMES) < 2:
        return "its program knows one outcome only, so it tested nothing"
    because = verdict.because.strip()
    if not because or because in code:
        return "its reason is not computed but written in the program"
    telling = {line.strip() for line in code.split("\n") if len(line.strip()) >= _TELLING_CHARACTERS}
    copied = {line for text in shown for line in telling if line in text}
    if telling and 2 * len(copied) >= len(telling):
        return "its program is text of the logs"
    return None
