"""Changes of the running system: what was changed, in words, and which change set which trouble off.

A change is told from the values that rules captured (`version`, `setting`, `old`, `new`, ...). Several records of one
roll-out are one change: the release line, the configuration diff and the restart that follow each other within
minutes on the same component.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from responder.causes.naming import captured
from responder.causes.situation import Situation, canonical, not_after
from responder.incident import Category
from responder.patterns import lazy
from responder.triage.interface import Finding

__all__ = ["LOOK_BACK", "SHORTLY", "Change", "focus_on", "group_changes", "names_value", "nearest_change"]

LOOK_BACK = timedelta(hours=6)
"""A change older than this before the first failure is not connected with it without further evidence."""
SHORTLY = timedelta(minutes=30)
"""A change this close before the first failure is what a person would look at first."""
_ONE_ROLL_OUT = timedelta(minutes=10)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)

_OLD = ("old", "from", "previous", "before", "old_value")
_NEW = ("new", "to", "after", "value", "new_value")
_SETTING = ("setting", "key", "parameter", "option", "name", "field", "resource")
_VERSION = ("version", "release", "new_version", "revision", "tag", "image")
_AMOUNT = lazy(r"^\s*(-?\d+(?:\.\d+)?)\s*([A-Za-z%]*)\s*$")
_CONFIG_WORDS = lazy(
    r"config|setting|flag|parameter|reload|values\.ya?ml|\.(?:conf|ini|ya?ml|toml|env)\b", re.IGNORECASE
)
_USES: Mapping[Category, re.Pattern[str]] = {
    Category.CONNECTIONS: lazy(r"pool|conn|session|replica|worker|instance|scale|retr|attempt", re.IGNORECASE),
    Category.MEMORY: lazy(r"mem|heap|cache|buffer|batch|worker|limit|xmx|size", re.IGNORECASE),
    Category.DISK: lazy(
        r"log|level|retention|wal|retain|keep|backup|dump|slot|size|debug|trace|archive", re.IGNORECASE
    ),
    Category.CPU: lazy(r"worker|thread|concurren|replica|rate|cpu|parallel|limit|retr|attempt", re.IGNORECASE),
    Category.THREADS: lazy(r"thread|worker|concurren|pool|parallel|retr|attempt", re.IGNORECASE),
    Category.FILE_DESCRIPTORS: lazy(r"file|descriptor|nofile|conn|pool|socket|worker", re.IGNORECASE),
    Category.QUOTA: lazy(r"quota|replica|request|limit|rate|scale|cpu|mem", re.IGNORECASE),
}
"""Settings that move the use of a resource, or its limit."""


class Change(Struct, frozen=True):
    """One change of one component, told by one or more findings."""

    component: str | None
    findings: tuple[Finding, ...]
    """In order of time."""
    telling: Finding
    """The one that says what matters."""
    at: datetime | None

    @property
    def setting(self) -> str:
        """Name of what was set, as the logs write it."""
        return _first(self.telling, _SETTING)

    @property
    def values(self) -> tuple[str, str]:
        """Old and new value; empty when not stated."""
        return _first(self.telling, _OLD), _first(self.telling, _NEW)

    @property
    def version(self) -> str:
        """The release that went out with it, when one did."""
        named = [_first(finding, _VERSION) or self._version_in(finding) for finding in (self.telling, *self.findings)]
        return next((version for version in named if version), "")

    def _version_in(self, finding: Finding) -> str:
        """The version that stands right behind the component's name."""
        if self.component is None:
            return ""
        found = re.search(rf"\b{re.escape(self.component)}[ :@/=]v?(\d+\.\d+[\w.+-]{{0,40}})", finding.text[:1000])
        return found[1].rstrip(".,;:") if found else ""

    @property
    def category(self) -> Category:
        """What failed if this change is the cause."""
        stated = self.telling.category
        if stated.family in ("configuration", "deployment", "security"):
            return stated
        text = f"{self.telling.rule or ''} {self.telling.text[:400]}"
        if self.setting or (not self.version and _CONFIG_WORDS.search(text)):
            return Category.CONFIGURATION_INVALID
        return Category.DEPLOYMENT_REGRESSION

    @property
    def direction(self) -> int:
        """1 when a number went up, -1 when one went down, 0 when neither or unknown."""
        before, after = (_AMOUNT.match(value) for value in self.values)
        if not before or not after or before[2] != after[2]:
            return 0
        return (float(after[1]) > float(before[1])) - (float(after[1]) < float(before[1]))

    def uses(self, category: Category) -> bool:
        """Whether it moved the use, or the limit, of the resource that `category` names."""
        words = _USES.get(category)
        return bool(words and self.direction and words.search(f"{self.setting} {self.telling.text[:400]}"))

    def told(self) -> str:
        """The change as the clause after `because`: "release 2.41 of `checkout` raised its pool from 20 to 200"."""
        who = f"`{self.component}`" if self.component else "the system"
        old, new = self.values
        if not self.setting and self.version and self.version == new:
            return f"release {new} of {who} replaced {old}" if old else f"release {new} of {who} went out"
        if self.setting or (old and new):
            what = f"`{self.setting}`" if self.setting else "a setting"
            verb = {1: "raised", -1: "lowered", 0: "changed" if old else "set"}[self.direction]
            how = f"from {old} to {new}" if old and new else f"to {new}" if new else ""
            if self.version:
                return f"release {self.version} of {who} {verb} {what} {how}".rstrip()
            return f"{what} of {who} was {verb} {how}".rstrip()
        if self.version:
            return f"release {self.version} of {who} went out"
        if self.category.family == "configuration":
            return f"the configuration of {who} was changed"
        return f"{who} was rolled out anew"


def group_changes(situation: Situation) -> tuple[Change, ...]:
    """Join the records of one roll-out; changes in order of time, undated ones last."""
    groups: list[list[Finding]] = []
    newest: dict[str | None, list[Finding]] = {}
    for finding in sorted(situation.changes, key=lambda f: (f.timestamp or _NEVER, canonical(f))):
        place = finding.component
        group = newest.get(place)
        if group is None or not _one_roll_out(group[0].timestamp, finding.timestamp):
            group = newest[place] = []
            groups.append(group)
        group.append(finding)
    return tuple(
        Change(group[0].component, tuple(group), max(group, key=_tells), group[0].timestamp) for group in groups
    )


def nearest_change(
    changes: Sequence[Change], components: Iterable[str | None], before: datetime | None, category: Category
) -> Change | None:
    """The change of one of `components` that most likely set off a failure at `before`.

    One that moved the exhausted resource is preferred to one that is only near in time, and that to an earlier one.
    """
    places = set(components)
    likely = [
        focus_on(change, category)
        for change in changes
        if change.component in places
        and not_after(change.at, before)
        and (change.at is None or before is None or before - change.at <= LOOK_BACK)
    ]
    return max(likely, key=lambda change: (change.uses(category), change.at or _LONG_AGO), default=None)


def focus_on(change: Change, category: Category, texts: Sequence[str] = ()) -> Change:
    """Let the record tell the change that matters most for a failure of `category`, or whose value `texts` repeat."""

    def matters(finding: Finding) -> tuple[bool, bool, tuple[int, float, bool]]:
        seen = replace(change, telling=finding)
        return seen.uses(category), names_value(seen, texts), _tells(finding)

    return replace(change, telling=max(change.findings, key=matters))


def names_value(change: Change, texts: Sequence[str]) -> bool:
    """Whether failures repeat the value that was set, or the name of the setting."""
    new = change.values[1].strip("\"'`")
    marks = [mark for mark in (new, change.setting) if len(mark) >= 4 and not mark.isdigit()]
    return any(mark in text for mark in marks for text in texts)


def _tells(finding: Finding) -> tuple[int, float, bool]:
    stated = sum(bool(captured(finding, names)) for names in (_OLD, _NEW, _SETTING))
    return stated, finding.salience, bool(captured(finding, _VERSION))


def _first(finding: Finding, names: Sequence[str]) -> str:
    return next(iter(captured(finding, names)), "")


def _one_roll_out(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and other - one <= _ONE_ROLL_OUT
