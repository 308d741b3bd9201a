"""The commits of `git log` texts: who changed what in the source. A commit is merged; that it runs, others must say."""

import re
from datetime import UTC, datetime

from msgspec import Struct, field

from responder.patterns import lazy
from responder.triage.signals.content import Content
from responder.triage.timestamps import parse_stamp

__all__ = ["Commit", "commits_of", "looks_like_commits"]

_HEAD = lazy(r"^commit (?P<sha>[0-9a-f]{7,64})(?: \((?P<names>[^)\n]{0,400})\))?$")
_FIELD = lazy(r"^(?P<key>Author|AuthorDate|CommitDate|Date|Merge|Commit):\s+(?P<value>.*)$")
_ONE_LINE = lazy(
    r"^(?P<sha>[0-9a-f]{7,64})(?:\s+-)?\s+(?:\([^)]{0,200}\)\s+)?"
    r"(?P<at>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?: ?[+-]\d\d:?\d\d|Z)?)[ ,|]+(?P<subject>\S.{0,400})$"
)
_FILE = lazy(r"^ (?P<path>\S[^|\n]{0,400}?)\s+\|\s+(?:\d+|Bin)\b|^(?P<plain>[\w.-]+(?:/[\w. +@-]+)+|[\w-]+\.\w{1,10})$")
_TAG = lazy(r"tag: ([^,)]{1,100})")
_MOST = 2_000


class Commit(Struct):
    """One commit, newest first in a log."""

    content: Content
    line: int
    """Of its subject, or of its beginning where it has none."""
    sha: str
    tags: tuple[str, ...] = ()
    at: datetime | None = None
    """When it was committed; that is no deployment."""
    subject: str = ""
    files: list[str] = field(default_factory=list)


def looks_like_commits(head: str) -> bool:
    """Whether a text begins like the output of `git log`."""
    lines = [line for line in head.split("\n", 12)[:12] if line.strip()]
    if not lines:
        return False
    if _HEAD.match(lines[0].rstrip("\r")):
        return any(_FIELD.match(line) for line in lines[1:4])
    return len(lines) >= 2 and all(_ONE_LINE.match(line.rstrip("\r")) for line in lines[:-1])


def commits_of(content: Content) -> list[Commit]:
    """The commits of a text."""
    found: list[Commit] = []
    for number, raw in enumerate(content.lines, 1):
        text = raw[:2000].decode(errors="replace").rstrip("\r")
        if (head := _HEAD.match(text)) or (head := _ONE_LINE.match(text)):
            if len(found) == _MOST:
                break
            found.append(_begun(content, number, head))
        elif found:
            _add(found[-1], number, text)
    return found


def _begun(content: Content, number: int, head: re.Match[str]) -> Commit:
    groups = head.groupdict()
    commit = Commit(content, number, groups["sha"], tuple(_TAG.findall(groups.get("names") or "")))
    if groups.get("subject"):
        commit.at, commit.subject = _moment(groups["at"]), groups["subject"]
    return commit


def _add(commit: Commit, number: int, text: str) -> None:
    if (named := _FIELD.match(text)) and not commit.subject:
        if named["key"] in ("Date", "CommitDate"):
            commit.at = _moment(named["value"])
    elif text.startswith("    ") and text.strip() and not commit.subject:
        commit.subject, commit.line = text.strip(), number
    elif (file := _FILE.match(text)) and commit.subject:
        commit.files.append(file["path"] or file["plain"])


def _moment(text: str) -> datetime | None:
    text = text.strip()
    try:
        if text[:1].isdigit():
            moment = datetime.fromisoformat(re.sub(r" (?=[+-]\d\d:?\d\d$)", "", text))
        else:
            # Git's own form has the year before the zone; the standard's has it before the time.
            parts = text.split()
            if len(parts) == 6 and ":" in parts[3]:
                text = f"{parts[0]}, {parts[2]} {parts[1]} {parts[4]} {parts[3]} {parts[5]}"
            from email.utils import parsedate_to_datetime  # brings the whole of `socket` along

            moment = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        stamp = parse_stamp(text)
        return datetime.fromtimestamp(stamp.seconds, UTC) if stamp and stamp.dated else None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
