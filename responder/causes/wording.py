"""The few phrases that the engine puts together itself; names and values stand exactly as the logs have them."""

import re
from datetime import datetime

from responder.causes.builds import decisive_line
from responder.causes.stories import Story
from responder.incident import Category
from responder.patterns import lazy
from responder.triage.interface import Finding

__all__ = ["ago", "capital", "clock", "lower", "named", "said", "summary", "times"]

_RAN_OUT = {
    Category.CONNECTIONS: "ran out of connection slots",
    Category.MEMORY: "ran out of memory",
    Category.CPU: "ran out of CPU",
    Category.DISK: "ran out of disk space",
    Category.THREADS: "ran out of threads",
    Category.FILE_DESCRIPTORS: "ran out of file descriptors",
    Category.QUOTA: "reached its quota",
}
_BROKE = {
    Category.DEPLOYMENT_REGRESSION: "began to fail",
    Category.CONFIGURATION_INVALID: "failed on an invalid setting",
    Category.CONFIGURATION_MISSING: "failed on a missing setting",
    Category.CONFIGURATION_MISMATCH: "failed on settings that do not agree",
}
_LONGEST = 200
_LOGS = lazy(r"(?P<who>[^\s`]{1,200}) logs: (?P<message>[^`]+)")
_NAME = lazy(r"(?=[^\s`]*[._/-])(?=[^\s`]*[A-Za-z])[\w./-][^\s`]{1,119}")
"""What nobody would take for a word: it is marked where a sentence holds it."""
_ORDINARY = lazy(r"[A-Z](?:[a-z]*(?![\w])|(?= ))")


def clock(time: datetime | None) -> str:
    """A moment as a person on call says it."""
    return f"{time:%H:%M:%S} UTC" if time else "an unknown time"


def named(component: str | None) -> str:
    """A component in the text."""
    return f"`{component}`" if component else "a component the evidence does not name"


def times(count: int) -> str:
    """`, 412 times`, or nothing for once."""
    return f", {count:,} times" if count > 1 else ""


def said(finding: Finding) -> str:
    """What a finding says as a sentence without its full stop; names and quoted messages between backquotes."""
    told = finding.summary.strip().rstrip(" .:")
    if told and (match := _LOGS.fullmatch(told)) and "`" not in told:
        return f"`{match['who']}` logs: `{match['message'].strip()}`"
    head, colon, rest = told.partition(": ")
    test = finding.captures.get("test", "").rstrip(" .:")
    for value in sorted(set(finding.captures.values()), key=lambda value: (-len(value), value)):
        named = _NAME.fullmatch(value) or (value == test and head.startswith(f"{value} ") and "`" not in value)
        if named and "`" not in head:
            name = rf"(?<![\w./`-]){re.escape(value)}(?![\w/`-])"
            head = re.sub(name, lambda match: f"`{match[0]}`", head, count=1)
    return f"{head}{colon}{rest}"


def ago(later: datetime | None, earlier: datetime | None) -> str:
    """The distance of two moments in the unit a person would use."""
    if later is None or earlier is None:
        return "some time"
    seconds = max((later - earlier).total_seconds(), 0)
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (seconds >= size and unit != "minute"):
            return f"{seconds / size:.0f} {unit}s"
    return f"{seconds:.0f} second" + ("s" if round(seconds) != 1 else "")


def summary(story: Story) -> str:
    """One sentence: the component, what happened to it and when, and what set it off."""
    change = story.change
    if story.by_change_only and change is not None:
        when = f" at {clock(change.at)}" if change.at else ""
        return capital(f"{change.told()}{when}, and failures followed.")
    what, reason = _what(story), _reason(story)
    if reason:
        return f"{what} {reason}."
    if story.category in _RAN_OUT:
        return f"{what}; what used it up is not in the evidence."
    return f"{what}."


def _what(story: Story) -> str:
    since = f" at {clock(story.first)}" if story.first and not story.is_build else ""
    told = said(story.primary)
    if story.category in _RAN_OUT and story.component:
        what = f"{named(story.component)} {_RAN_OUT[story.category]}{since}"
        enough = story.change or story.led_by or not told or _RAN_OUT[story.category] in told
        return what if enough else f"{what} ({lower(told)})"
    if told:
        captures = story.primary.captures
        place = captures.get("file") or captures.get("test", "") if story.is_build else ""
        named_already = bool(place) and place in told  # a file of the same failure next to it would confuse
        where = (
            f" (`{story.component}`)" if story.component and not named_already and story.component not in told else ""
        )
        quoted = decisive_line(story.primary) if story.is_build or not story.component else ""
        return f"{told}{where}{since}" + (f": {quoted}" if quoted and quoted not in told else "")
    line = " ".join(story.primary.text.strip().partition("\n")[0].split())[:_LONGEST]
    broke = _BROKE.get(story.category, "failed")
    return f"{named(story.component)} {broke}{since}: {line}" if story.component else f"{capital(broke)}: {line}"


def _reason(story: Story) -> str:
    if story.change is not None:
        return f"because {story.change.told()}"
    if story.led_by:
        sign = story.led_by[0]
        told = lower(said(sign) or sign.why.strip().rstrip("."))
        since = _clock_beside(sign.timestamp, story.first)
        if sign.category is story.category:
            return f"and had been coming since {since}: {told}"
        return f"because at {since} {told}"
    return ""


def _clock_beside(time: datetime | None, other: datetime | None) -> str:
    """A moment with its date where another one in the same sentence is of another day."""
    if time is not None and other is not None and time.date() != other.date():
        return f"{time:%H:%M:%S} UTC on {time:%Y-%m-%d}"
    return clock(time)


def capital(text: str) -> str:
    """The text with a capital at its beginning, as a sentence has it."""
    return text[:1].upper() + text[1:]


def lower(text: str) -> str:
    """The text in the middle of a sentence; a first word with capitals inside, such as `PostgreSQL`, is a name."""
    return text[:1].lower() + text[1:] if _ORDINARY.match(text) else text
