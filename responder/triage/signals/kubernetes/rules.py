"""The rules for what Kubernetes itself says, read from the table that ships with the package."""

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict

from responder.incident import Category, Role

__all__ = ["Rule", "packaged"]


class Rule(BaseModel):
    """What one kind of message means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    match: re.Pattern[str]
    category: Category
    salience: float
    summary: str
    next_check: str
    remedy: str
    about: Literal["app", "namespace"] = "app"
    role: Role = "cause"
    lasting: bool = False
    """Holds although the workload is ready now."""
    repeated: int = 1
    """Seen fewer times it is ordinary."""
    explains: tuple[str, ...] = ()
    """Other rules whose messages this one brings about."""


@cache
def packaged() -> tuple[Rule, ...]:
    """The rules in order: the first that matches a message is taken."""
    text = resources.files("responder.triage.signals.kubernetes").joinpath("rules.toml").read_text(encoding="utf-8")
    return tuple(Rule.model_validate(row) for row in tomllib.loads(text)["rule"])
