"""The rules for what Kubernetes itself says, read from the table that ships with the package."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple

from msgspec import Struct

from responder.incident import Category, Role
from responder.patterns import lazy
from responder.shipped import shipped_table
from responder.tables import read_table

__all__ = ["CRASH_LOOP", "PROBE_FAILED", "Rule", "Said", "packaged"]

CRASH_LOOP = "cluster.crash-loop"
"""The rule of a container that ends again after each start; why, its own log says."""
PROBE_FAILED = "cluster.probe-failed"
"""The rule of a probe that keeps failing, be it wrong itself or right about the container."""
_PLACE = lazy(r"\{(\w+)\}")


class Said(NamedTuple):
    """What is said of one message."""

    sentence: str
    shows: bool = False
    """It only shows that something is wrong."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """What one kind of message means."""

    id: str
    match: re.Pattern[str]
    category: Category
    salience: float
    summary: str
    """What is said of a message of which no more is known."""
    next_check: str
    remedy: str
    about: Literal["app", "namespace"] = "app"
    role: Role = "cause"
    lasting: bool = False
    """Holds although the workload is ready now."""
    restarts: bool = False
    """Ends containers: over where the workload is ready and none of its containers was ever restarted."""
    repeated: int = 1
    """Seen fewer times it is ordinary."""
    explains: tuple[str, ...] = ()
    """Other rules whose messages this one brings about."""
    told: dict[str, str] = {}
    """By a group of `match`: what is said of a message in which it took part, with groups for names in braces."""
    shown_by: tuple[str, ...] = ()
    """Groups of messages that only show that something is wrong, and not what."""

    def say(self, text: str) -> "Said":
        """What is said of one message, by the first place in it that tells more than the rule itself knows."""
        for match in self.match.finditer(text):
            groups = {name: " ".join(part.split()).rstrip(" .,:") for name, part in match.groupdict().items() if part}
            group = next((group for group in self.told if groups.get(group)), "")
            if group:
                return Said(_filled(self.told[group], groups), group in self.shown_by)
        return Said(self.summary)


def _filled(sentence: str, groups: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: groups.get(place[1], ""), sentence).rstrip(" :")


@cache
def packaged() -> tuple[Rule, ...]:
    """The rules in order: the first that matches a message is taken."""
    return tuple(read_table(Rule, row) for row in shipped_table("triage/signals/kubernetes/rules.toml")["rule"])
